#!/usr/bin/env node
/**
 * Loads the SQL of published packages (test/packages/list.json) in PostgreSQL and in the static catalog and compares what is there
 * afterwards: npm run compare:packages [-- NAME …]. Packages are downloaded once, with npm and apt-get, to PGVET_PACKAGES or the
 * directory for temporary files; nothing of them is installed. Writes test/packages/RESULTS.md when all are compared. Exits with 1 when
 * something differs.
 */
import { execFileSync, spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const cache = process.env.PGVET_PACKAGES ?? join(tmpdir(), "pgvet-packages");
const names = process.argv.slice(2);
const list = JSON.parse(readFileSync(join(root, "test/packages/list.json"), "utf8"));

for (const each of list) if (names.length === 0 || names.includes(each.name)) fetchPackage(each);

/** Unpacks a package into a directory of its own, unless it is there. */
function fetchPackage({ name, version, registry }) {
  // As directoryOf() in test/packages/list.ts.
  const directory = join(
    cache,
    registry,
    `${name.replaceAll("/", "+")}-${version.replaceAll(/[:+~]/g, "_")}`,
  );
  if (existsSync(directory)) return;
  console.log(`fetching ${name} ${version}`);
  const work = mkdtempSync(join(tmpdir(), "pgvet-fetch-"));
  const unpacked = join(work, "unpacked");
  mkdirSync(unpacked);
  const run = (program, ...args) =>
    execFileSync(program, args, { cwd: work, stdio: ["ignore", "ignore", "pipe"] });
  try {
    if (registry === "npm") {
      run("npm", "pack", "--silent", `${name}@${version}`);
      run("tar", "-xzf", fileIn(work, ".tgz"), "-C", unpacked, "--strip-components=1");
    } else {
      run("apt-get", "download", `${name}=${version}`);
      run("dpkg-deb", "-x", fileIn(work, ".deb"), unpacked);
    }
    mkdirSync(join(cache, registry), { recursive: true });
    run("mv", unpacked, directory);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function fileIn(directory, suffix) {
  const found = readdirSync(directory).find((file) => file.endsWith(suffix));
  if (found === undefined) throw new Error(`no ${suffix} came`);
  return join(directory, found);
}

const work = mkdtempSync(join(tmpdir(), "pgvet-report-"));
const report = join(work, "report");
const filter = names.length === 0 ? [] : ["-t", names.map((name) => ` ${name}$`).join("|")];
spawnSync(
  process.execPath,
  ["node_modules/vitest/vitest.mjs", "run", "test/packages/packages.test.ts", ...filter],
  {
    cwd: root,
    env: { ...process.env, PGVET_PACKAGES: cache, PGVET_PACKAGES_REPORT: report },
    stdio: "ignore",
  },
);
const rows = existsSync(report)
  ? readFileSync(report, "utf8")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line))
  : [];
rmSync(work, { recursive: true });

const table = [
  "| package | version | from | PostgreSQL | statements | refused | left out | unknown | differences |",
  "| --- | --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |",
  ...rows.map(
    (row) =>
      `| ${row.name} | ${row.version} | ${row.registry} | ${row.on} | ${row.statements} | ${row.refused} | ${row.leftOut} | ${row.unknowns.length} | ${row.differences.length} |`,
  ),
].join("\n");
console.log(table);
for (const row of rows) {
  if (row.differences.length > 0) console.log(`\n${row.name} on PostgreSQL ${row.on}:`);
  for (const difference of row.differences) console.log(`  ${difference}`);
}
const sum = (field) => rows.reduce((total, row) => total + row[field].length, 0);
const statements = rows.reduce((total, row) => total + row.statements, 0);
console.log(`\n${rows.length} comparisons, ${statements} statements, ${sum("differences")} differences`);
if (names.length === 0) {
  const date = new Date().toISOString().slice(0, 10);
  const text = `# Packages in PostgreSQL and in the static catalog

What \`npm run compare:packages\` found on ${date}: ${rows.length} comparisons, ${statements} statements, ${sum("differences")} differences.

${readFileSync(join(root, "test/packages/RESULTS.head.md"), "utf8").trim()}

${table}
`;
  writeFileSync(join(root, "test/packages/RESULTS.md"), text);
}
if (rows.length === 0 || sum("differences") > 0) process.exitCode = 1;
