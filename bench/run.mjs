// Measures pgvet beside squawk and postgres-language-server on the same files, and writes RESULTS.md.
//
//   npm run bench                  five rounds; BENCH_ROUNDS=1 for a first look
//   npm run bench -- small copy    only these cases; RESULTS.md stays as it is
//   npm run bench:short            only that all cases run, on small corpora, pgvet alone
//
// Runs are interleaved: each round runs every tool on every case once, so that what else the machine does meets all of
// them. A tool that takes longer than BENCH_LIMIT seconds (120) on a case is not run on it again.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { cpus, loadavg, tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { FORMATS } from "../dist/src/report/report.js";
import { bin, casesIn, FULL, writeCorpora } from "./cases.mjs";
import { replayText, replayTimes } from "./replay.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const rounds = Number(process.env.BENCH_ROUNDS ?? 5);
const limit = Number(process.env.BENCH_LIMIT ?? 120) * 1000;
const TOOLS = { server: "postgres-language-server" };
const wanted = process.argv.slice(2);

if (!existsSync("/usr/bin/time")) {
  console.error("GNU time is needed: it tells the processor time and the peak memory of a command");
  process.exit(2);
}
if (!existsSync(bin)) {
  console.error("installing what pgvet is measured against");
  run("npm", ["install", "--no-package-lock", "--no-audit", "--no-fund"], here);
}

const work = realpathSync(mkdtempSync(join(tmpdir(), "pgvet-bench-")));
process.on("exit", () => rmSync(work, { recursive: true, force: true }));
const at = (...parts) => join(work, ...parts);

console.error(`writing corpora to ${work}`);
await writeCorpora(work, FULL);
const cases = casesIn(work);

/** case → tool → runs */
const runs = new Map();
const chosen = Object.entries(cases).filter(([name]) => wanted.length === 0 || wanted.includes(name));
const env = { ...process.env, PGVET_CACHE_DIR: at("cache") };
for (let round = 0; round < rounds; round++) {
  for (const [name, { cwd, tools, before, warm }] of chosen) {
    // Each time: another case may have changed a file since.
    if (warm) measured(tools.pgvet(), cwd);
    for (const [tool, command] of Object.entries(tools)) {
      const list = runs.get(`${name} ${tool}`) ?? [];
      runs.set(`${name} ${tool}`, list);
      if (list.some((each) => each === null)) continue;
      before?.();
      list.push(measured(command(), cwd));
      const last = list.at(-1);
      console.error(
        `${round + 1}/${rounds} ${name} ${tool}: ${last === null ? "over the limit" : `${seconds(last.wall)} wall, ${seconds(last.cpu)} cpu, ${Math.round(last.memory)} MB`}`,
      );
    }
  }
}

/** One run; null when it took too long. Times in ms, memory (the largest process) in MB. */
function measured(command, cwd) {
  const report = at("time");
  rmSync(report, { force: true });
  const start = performance.now();
  // GNU timeout ends whatever the command started, too.
  const { status } = spawnSync(
    "/usr/bin/time",
    ["-q", "-o", report, "-f", "%U %S %M", "timeout", "-s", "KILL", `${limit / 1000}`, ...command],
    { cwd, env, stdio: ["ignore", "ignore", "ignore"] },
  );
  const wall = performance.now() - start;
  if (status === null || status === 137 || status === 124) return null;
  const [user = 0, system = 0, memory = 0] = readFileSync(report, "utf8").trim().split(" ").map(Number);
  return { wall, cpu: (user + system) * 1000, memory: memory / 1024 };
}

function run(command, args, cwd) {
  const { status } = spawnSync(command, args, { cwd, stdio: ["ignore", 2, 2] });
  if (status !== 0) process.exit(2);
}

function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

/** Medians of a tool on a case; null where it took too long, undefined where it was not run. */
function medians(name, tool) {
  const list = runs.get(`${name} ${tool}`);
  if (list === undefined) return undefined;
  if (list.some((each) => each === null)) return null;
  const of = (key) => median(list.map((each) => each[key]));
  return { wall: of("wall"), cpu: of("cpu"), memory: Math.max(...list.map((each) => each.memory)) };
}

function seconds(ms) {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

/** Of wall or processor time; `<` where the other one took longer than the limit. */
function ratio(one, other, key) {
  if (one == null) return "–";
  // The limit is one of wall time.
  if (other === null) return key === "wall" ? `< ${(one[key] / limit).toFixed(2)}` : "–";
  return other === undefined ? "–" : (one[key] / other[key]).toFixed(2);
}

function aim(name, tool, target, otherName = name) {
  const own = medians(name, "pgvet");
  const other = medians(otherName, tool);
  const wall = ratio(own, other, "wall");
  const reached = wall.startsWith("<") || Number(wall) <= target ? "yes" : "no";
  return [wall, ratio(own, other, "cpu"), `≤ ${target}`, wall === "–" ? "–" : reached];
}

const largest = (names) => Math.max(...names.map((name) => medians(name, "pgvet")?.memory ?? 0));
const aims = [
  ["one file, cold, against squawk", ...aim("small", "squawk", 1.3)],
  ["2,000 files, cold, against squawk", ...aim("migrations", "squawk", 1)],
  ["the same, nothing changed, against squawk", ...aim("unchanged", "squawk", 0.15)],
  ["one of 2,000 changed, against a run on one file", ...aim("changed", "pgvet", 3, "small")],
  ["20 MB schema, against squawk", ...aim("schema", "squawk", 1.2)],
  ["20 MB schema, against postgres-language-server", ...aim("schema", "server", 0.3)],
  ["50 MB dump, against squawk", ...aim("copy", "squawk", 0.3)],
  ["2,000 files against 200", ...aim("migrations", "pgvet", 11, "tenth")],
];
// All they do is read, take what was found from the cache, and print.
const reporters = FORMATS.map((format) => {
  const [small, large] = [`${format}-tenth`, `${format}-migrations`].map((name) => medians(name, "pgvet"));
  const cells = [small, large].map((found) => (found == null ? "–" : seconds(found.cpu)));
  return [`\`${format}\``, ...cells, ratio(large, small, "cpu")];
});
const table = (head, rows) =>
  [head, head.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n");
const details = chosen
  .filter(([, { reporter }]) => reporter !== true)
  .flatMap(([name, { title, tools }]) =>
    Object.keys(tools).map((tool) => {
      const found = medians(name, tool);
      const cells =
        found == null
          ? [`more than ${limit / 1000} s`, "–", "–"]
          : [seconds(found.wall), seconds(found.cpu), `${Math.round(found.memory)} MB`];
      return [title, TOOLS[tool] ?? tool, ...cells];
    }),
  );
const replayed = replayText(replayTimes([at("migrations", "db"), at("tenth", "db")], rounds));
const memory = Math.round(largest(chosen.map(([name]) => name)));
const { dependencies } = JSON.parse(readFileSync(join(here, "package.json"), "utf8"));
const text = `# Benchmark

What \`npm run bench\` measured, ${new Date().toISOString().slice(0, 10)}: ${cpus().length} cores (${cpus()[0]?.model.trim()}), ${Math.round(totalmem() / 2 ** 30)} GB, Node ${process.versions.node},
squawk-cli ${dependencies["squawk-cli"]}, @postgres-language-server/cli ${dependencies["@postgres-language-server/cli"]}; ${rounds === 1 ? "one run each" : `medians of ${rounds} interleaved runs`}. Load average at the end: ${loadavg()[0]?.toFixed(1)}; above
the number of cores wall times say little, and the ratios of processor time are the ones to look at.
Ratios are pgvet's time divided by the other's. pgvet runs all its rules over a replayed catalog and analyses PL/pgSQL bodies, the others
look at one statement at a time. What paid and what did not is in [docs/performance.md](../docs/performance.md).

${table(["case", "wall", "CPU", "target (wall)", "reached"], aims)}

Peak memory of pgvet over all cases: ${memory} MB (target ≤ 200 MB).

${replayed}

Where a target is missed, the time goes here:

- One file, cold: a fifth is Node's own start, another fifth compiling and starting the parser; the rest is code that runs once.
- 2,000 files and the 20 MB schema, cold: a fifth each reading statements, reading PL/pgSQL bodies, and the rules; then replay, collecting
  garbage, data flow. The others do the first of these alone. It is one thread: two halves of the rules share bodies, flows and replay.
- Nothing changed: Node's start, and reading and digesting 2,000 files.
- One of 2,000 changed: what the parser made of the others is kept, and only that file is judged, but all of them are replayed anew.
- Memory: the events, the catalog, and all bodies and flows are held while the rules run, and as much again is garbage not yet collected.

${table(["case", "tool", "wall", "CPU", "peak memory"], details)}

Processor time of printing what is found in 200 and in 2,000 files, read and taken from the cache before (target of the ratio ≤ 11):

${table(["format", "200 files", "2,000 files", "ratio"], reporters)}
`;
if (wanted.length === 0) writeFileSync(join(here, "RESULTS.md"), text);
else console.log(text);
