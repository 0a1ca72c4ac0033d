// What is measured: corpora, and the command of each tool on them.
import { appendFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { FORMATS } from "../dist/src/report/report.js";
import { copyDump, migrations, schemaDump, smallFile } from "./corpora.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
export const bin = join(here, "node_modules", ".bin");

/** How large everything is; the short form is a small part of it, to see that it works. */
export const FULL = { migrations: 2000, tenth: 200, schema: 20_000_000, copy: 50_000_000 };
export const SHORT = { migrations: 20, tenth: 2, schema: 50_000, copy: 1_000_000 };

/** Writes all corpora below a directory: the same bytes on every machine and every run. */
export async function writeCorpora(directory, size) {
  smallFile(join(directory, "small", "small.sql"));
  migrations(join(directory, "migrations", "db"), size.migrations);
  migrations(join(directory, "tenth", "db"), size.tenth);
  await schemaDump(join(directory, "schema", "schema.sql"), size.schema);
  await copyDump(join(directory, "copy", "dump.sql"), size.copy);
}

/**
 * By name: what it is, where to run, what to do before each run, whether pgvet ran there before, and the tools' commands,
 * which are made anew for each run.
 */
export function casesIn(directory) {
  const at = (...parts) => join(directory, ...parts);
  const pgvet = (...args) => ["node", join(here, "..", "dist", "cli", "pgvet.js"), ...args];
  const squawk = (...args) => [join(bin, "squawk"), ...args];
  const server = (...args) => [join(bin, "postgres-language-server"), "check", ...args];
  const files = readdirSync(at("migrations", "db")).map((name) => join("db", name));
  const middle = files[files.length >> 1];
  let changes = 0;
  const cases = {
    small: {
      title: "one file of 4 KB, cold",
      cwd: at("small"),
      tools: {
        pgvet: () => pgvet("--no-cache", "small.sql"),
        squawk: () => squawk("small.sql"),
        server: () => server("small.sql"),
      },
    },
    migrations: {
      title: "2,000 files, 8.6 MB, cold",
      cwd: at("migrations"),
      tools: {
        pgvet: () => pgvet("--no-cache", "db"),
        squawk: () => squawk(...files),
        server: () => server("db"),
      },
    },
    unchanged: {
      title: "the same, nothing changed",
      cwd: at("migrations"),
      warm: true,
      tools: { pgvet: () => pgvet("db"), squawk: () => squawk(...files) },
    },
    changed: {
      title: "one of the 2,000 changed, the hook names it",
      cwd: at("migrations"),
      warm: true,
      before: () => appendFileSync(at("migrations", middle), `-- change ${++changes}\n`),
      tools: { pgvet: () => pgvet(middle) },
    },
    tenth: {
      title: "200 files, 0.9 MB, cold",
      cwd: at("tenth"),
      tools: { pgvet: () => pgvet("--no-cache", "db") },
    },
    schema: {
      title: "one schema dump of 20 MB",
      cwd: at("schema"),
      tools: {
        pgvet: () => pgvet("--no-cache", "schema.sql"),
        squawk: () => squawk("schema.sql"),
        server: () => server("schema.sql"),
      },
    },
    copy: {
      title: "one dump of 50 MB with COPY data",
      cwd: at("copy"),
      tools: {
        pgvet: () => pgvet("--no-cache", "dump.sql"),
        squawk: () => squawk("dump.sql"),
        server: () => server("dump.sql"),
      },
    },
  };
  // What is found is in the cache; what is printed of it never is, as each run prints into a file of another name.
  let prints = 0;
  for (const format of FORMATS) {
    for (const corpus of ["tenth", "migrations"]) {
      cases[`${format}-${corpus}`] = {
        title: `${format}, ${corpus}`,
        reporter: true,
        cwd: at(corpus),
        warm: true,
        tools: { pgvet: () => pgvet(`--format=${format}=${at(`printed-${++prints}`)}`, "db") },
      };
    }
  }
  return cases;
}
