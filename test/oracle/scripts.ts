/** The scripts beside this file: histories of DDL, each about one family, that PostgreSQL accepts from the first to the last statement. */
import { readdirSync, readFileSync } from "node:fs";

export interface OracleScript {
  /** File name without `.sql`. */
  readonly name: string;
  readonly sql: string;
  /** It has transactions of its own (its name ends in `.commit`): run it with `resetDatabase` afterwards. */
  readonly commits: boolean;
  /** First major version that accepts it: `@since 16` in its first line. */
  readonly since: number;
  /** Only a server can run it, PGlite cannot: `@server` in its first line. */
  readonly server: boolean;
}

const directory = new URL("./scripts/", import.meta.url);

/** All of them, sorted by name. */
export function oracleScripts(): readonly OracleScript[] {
  return readdirSync(directory)
    .filter((file) => file.endsWith(".sql"))
    .sort()
    .map((file) => {
      const name = file.slice(0, -".sql".length);
      const sql = readFileSync(new URL(file, directory), "utf8");
      const since = Number(/^--.*@since (\d+)/.exec(sql)?.[1] ?? 0);
      const server = /^--.*@server\b/.test(sql);
      return { name, sql, commits: name.endsWith(".commit"), since, server };
    });
}

/** One by name. */
export function oracleScript(name: string): OracleScript {
  const found = oracleScripts().find((each) => each.name === name);
  if (found === undefined) throw new Error(`there is no script ${name}`);
  return found;
}
