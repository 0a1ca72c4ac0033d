# docker build -t pgvet . && docker run --rm -v "$PWD:/work:ro" pgvet migrations
FROM node:20-slim AS build
WORKDIR /build
COPY . .
RUN npm ci --no-audit --no-fund && npm pack --silent --pack-destination /tmp

FROM node:20-slim
COPY --from=build /tmp/pgvet-*.tgz /tmp/pgvet.tgz
RUN npm install --global --no-audit --no-fund /tmp/pgvet.tgz && rm -r /tmp/pgvet.tgz /root/.npm
USER node
WORKDIR /work
ENTRYPOINT ["pgvet"]
