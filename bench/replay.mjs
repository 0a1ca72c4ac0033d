// How long the static catalog takes to replay the benchmark's migrations, without reading, parsing and judging them.
//
//   npm run bench:replay               2,000 and 200 migrations in turn, five fresh processes each: medians and their ratio
//   node bench/replay.mjs DIRECTORY    once, for the files of one directory: JSON
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { migrations } from "./corpora.mjs";

const own = fileURLToPath(import.meta.url);

/** Medians over fresh processes of the milliseconds, and the statements, of replaying each directory. */
export function replayTimes(directories, rounds) {
  const times = directories.map(() => []);
  let statements = [];
  for (let round = 0; round < rounds; round++) {
    statements = directories.map((directory, i) => {
      const { status, stdout } = spawnSync(process.execPath, [own, directory], { encoding: "utf8" });
      if (status !== 0) throw new Error(`${directory} was not replayed`);
      const once = JSON.parse(stdout);
      times[i].push(once.milliseconds);
      return once.statements;
    });
  }
  return times.map((list, i) => ({
    milliseconds: list.sort((a, b) => a - b)[list.length >> 1],
    statements: statements[i],
  }));
}

/** One sentence on the replay of 2,000 and of 200 migrations. */
export function replayText([large, small]) {
  const ratio = (large.milliseconds / small.milliseconds).toFixed(1);
  return `Replay alone, in a fresh process: ${large.statements} statements of 2,000 files in ${Math.round(large.milliseconds)} ms, ${small.statements} of 200 in ${Math.round(small.milliseconds)} ms, ${ratio} times the time.`;
}

async function replayOnce(directory) {
  const { replay } = await import("../dist/src/catalog/replay.js");
  const { readSource } = await import("../dist/src/engine/database.js");
  const { loadParser } = await import("../dist/src/parser/postgres.js");
  const parser = await loadParser();
  const sources = readdirSync(directory)
    .sort()
    .map((name) =>
      readSource(
        { path: name, bytes: readFileSync(join(directory, name)) },
        { file: null, prelude: false, range: null },
        parser,
      ),
    );
  const start = performance.now();
  replay(sources, {
    postgresVersion: 18,
    sessionRole: "postgres",
    searchPath: ["$user", "public"],
    assume: true,
    parser,
  });
  const milliseconds = performance.now() - start;
  const statements = sources.reduce((sum, { statements }) => sum + statements.length, 0);
  console.log(JSON.stringify({ milliseconds, statements }));
}

if (process.argv[1] === own) {
  const [directory] = process.argv.slice(2);
  if (directory !== undefined) await replayOnce(directory);
  else {
    const work = realpathSync(mkdtempSync(join(tmpdir(), "pgvet-replay-")));
    process.on("exit", () => rmSync(work, { recursive: true, force: true }));
    const [large, small] = [join(work, "large"), join(work, "small")];
    migrations(large, 2000);
    migrations(small, 200);
    console.log(replayText(replayTimes([large, small], 5)));
  }
}
