/** What the sections of a static dump are made from. */
import type { Catalog } from "../../../src/catalog/catalog.ts";
import { createCatalog } from "../../../src/catalog/catalog.ts";
import { replay } from "../../../src/catalog/replay.ts";
import { readSource } from "../../../src/engine/database.ts";
import { loadParser } from "../../../src/parser/postgres.ts";

export interface StaticDatabase {
  readonly catalog: Catalog;
}

/**
 * Replays a script as pgvet does: one file, run by the superuser `postgres`. Given as text it runs in a transaction, as
 * `withFreshDatabase` runs it.
 */
export async function replayScript(
  script: string | { readonly sql: string; readonly commits: boolean },
  postgresVersion = 18,
): Promise<StaticDatabase> {
  const parser = await loadParser();
  const { sql, commits } = typeof script === "string" ? { sql: script, commits: false } : script;
  const source = { path: "script.sql", bytes: Buffer.from(commits ? sql : `BEGIN;\n${sql}`) };
  const read = readSource(source, { file: null, prelude: false, range: null }, parser);
  const state = replay([read], {
    postgresVersion,
    sessionRole: "postgres",
    searchPath: ["$user", "public"],
    assume: false,
    leaveOpen: true,
    parser,
  });
  return { catalog: createCatalog(state, postgresVersion) };
}
