// The short form of the benchmark, for every change: the corpora are the same bytes as ever, and every case can be run.
// Nothing is measured, and the other tools are not needed.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative, sep } from "node:path";
import { casesIn, SHORT, writeCorpora } from "./cases.mjs";

/** A change of the corpora makes older results incomparable: it is said here. */
const CORPORA = "c3d6964bd713ec17d5e95df24b487d99ad703a0f8e4600eac100da6280c6914e";

const work = realpathSync(mkdtempSync(join(tmpdir(), "pgvet-bench-")));
process.on("exit", () => rmSync(work, { recursive: true, force: true }));
const problems = [];

await writeCorpora(work, SHORT);
const digest = digestOf(work);
if (digest !== CORPORA) problems.push(`the corpora are others: ${digest}`);

const env = { ...process.env, PGVET_CACHE_DIR: join(work, "cache") };
for (const [name, { cwd, tools, before }] of Object.entries(casesIn(work))) {
  before?.();
  const [program, ...args] = tools.pgvet();
  const json = args.some((arg) => arg.startsWith("--format")) ? [] : ["--format", "json"];
  const { status, stdout, stderr } = spawnSync(program, [...args, ...json], {
    cwd,
    env,
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  const said = json.length === 0 ? null : JSON.parse(stdout).summary;
  const fine = (status === 0 || status === 1) && (said === null || (said.files > 0 && said.notParsed === 0));
  if (!fine) problems.push(`${name}: exit code ${status}\n${stderr}`);
  console.log(
    `${name}: ${fine ? "ran" : "FAILED"}${said === null ? "" : `, ${said.files} files, ${said.statements} statements`}`,
  );
}
for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exitCode = 1;

/** Of all files below a directory, with their names. */
function digestOf(directory) {
  const hash = createHash("sha256");
  const files = readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
  for (const file of files.sort()) {
    hash
      .update(`${relative(directory, file).split(sep).join("/")}\0`)
      .update(readFileSync(file))
      .update("\0");
  }
  return hash.digest("hex");
}
