import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { installedServers, type Server, startServer } from "../oracle/server.ts";
import { openEmbedded, openOnServer } from "./databases.ts";
import { loadProofs, type Proof } from "./proofs.ts";
import { runProof } from "./run-proof.ts";

// PROOFS: regular expression on ids. PROOFS_PART: `i/n`, or `all`. PROOFS_SERVER: everything that a server can run on it.
const { PROOFS = "", PROOFS_PART = "", PROOFS_SERVER = "" } = process.env;

const EMBEDDED = 18;
const PARTS = 4;

/** By default a part that changes with the day. */
function partOf(proofs: readonly Proof[]): readonly Proof[] {
  if (PROOFS_PART === "all" || (PROOFS !== "" && PROOFS_PART === "")) return proofs;
  const match = /^(\d+)\/(\d+)$/.exec(PROOFS_PART);
  const count = match === null ? PARTS : Number(match[2]);
  const part = match === null ? Math.floor(Date.now() / 86_400_000) % count : Number(match[1]) - 1;
  return proofs.filter((_, index) => index % count === part);
}

const proofs = partOf(loadProofs().filter(({ id }) => new RegExp(PROOFS).test(id)));
const servers = installedServers().map((bin) => ({ bin, version: Number(/(\d+)\/bin\/?$/.exec(bin)?.[1]) }));

function runsOn({ versions, onlyEmbedded }: Proof, version: number): boolean {
  return versions.includes(version) && onlyEmbedded === null;
}

async function holds(proof: Proof, open: Parameters<typeof runProof>[2]): Promise<void> {
  const vulnerable = await runProof(proof, "vulnerable", open);
  expect(vulnerable.succeeds, `exploit on vulnerable.sql: ${vulnerable.errors.join("; ")}`).toBe(true);
  expect(vulnerable.legitimate, `legitimate use: ${vulnerable.errors.join("; ")}`).not.toBe(false);
  const fixed = await runProof(proof, "fixed", open);
  expect(fixed.succeeds, "exploit on fixed.sql").toBe(false);
  expect(fixed.legitimate, `legitimate use after the fix: ${fixed.errors.join("; ")}`).not.toBe(false);
}

const onEmbedded = PROOFS_SERVER === "" ? proofs.filter(({ versions }) => versions.includes(EMBEDDED)) : [];

describe.skipIf(onEmbedded.length === 0)(`on PostgreSQL ${EMBEDDED}, embedded`, () => {
  for (const proof of onEmbedded) it(`${proof.id}: ${proof.title}`, () => holds(proof, openEmbedded), 60_000);
});

const rest = proofs.filter((proof) => !onEmbedded.includes(proof));
for (const { bin, version } of servers) {
  const here = rest.filter((proof) => runsOn(proof, version));
  describe.skipIf(here.length === 0)(`on PostgreSQL ${version}, ${bin}`, () => {
    let server: Server;
    beforeAll(() => {
      server = startServer(bin);
    }, 120_000);
    afterAll(() => server.close());
    for (const proof of here)
      it(`${proof.id}: ${proof.title}`, () => holds(proof, () => openOnServer(server)), 60_000);
  });
}

for (const proof of rest) {
  if (servers.some(({ version }) => runsOn(proof, version))) continue;
  const why = proof.onlyEmbedded ?? `needs a server of PostgreSQL ${proof.versions.join(" or ")}`;
  it.skip(`${proof.id}: not run, ${why}`, () => {});
}
