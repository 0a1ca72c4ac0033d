import { dumpQuery, quote } from "./dump-sql.ts";
import type { Dump, EffectivePrivileges, OwnedDump, SessionDump } from "./dump-types.ts";
import type { Oracle } from "./postgres.ts";
import { privilegesQuery } from "./privileges-sql.ts";

/**
 * The state of the oracle's database and session, with `members` also those of extensions. Changes neither. Throws in a
 * transaction that has failed.
 */
export async function dump(oracle: Oracle, how: { readonly members?: boolean } = {}): Promise<Dump> {
  const [session] = await oracle.query<SessionDump>(
    `SELECT ${quote("session_user")} AS "sessionUser", ${quote("current_user")} AS "currentUser",
      current_setting('search_path') AS "searchPath", current_setting('row_security') AS "rowSecurity"`,
  );
  const { initial } = oracle;
  const [row] = await oracle.asAdministrator(() =>
    oracle.query<{
      dump: Omit<Dump, "session"> & { builtins: Record<string, OwnedDump & { plain: boolean }> };
    }>(dumpQuery(oracle.version, initial.xid, how.members)),
  );
  if (session === undefined || row === undefined) throw new Error("the dump query returned no row");
  const { schemas, languages, builtins } = row.dump;
  return {
    session,
    ...row.dump,
    schemas: withoutUnchanged(schemas, { ...initial.schemas, public: null }),
    languages: withoutUnchanged(languages, initial.languages),
    builtins: withoutUnchanged(
      Object.fromEntries(
        Object.entries(builtins).flatMap(([name, { plain, ...now }]) =>
          plain && !Object.hasOwn(initial.builtins, name) ? [] : [[name, now]],
        ),
      ),
      initial.builtins,
    ),
  };
}

// Planning takes ten times as long as execution. A prepared statement outlives transactions, but not DISCARD ALL.
async function prepared<Row>(oracle: Oracle, name: string, sql: string): Promise<readonly Row[]> {
  const existing = await oracle.query(`SELECT FROM pg_prepared_statements WHERE name = '${name}'`);
  if (existing.length === 0) await oracle.run(`PREPARE ${name} AS ${sql}`);
  return oracle.query<Row>(`EXECUTE ${name}`);
}

function withoutUnchanged<T>(
  now: Readonly<Record<string, T>>,
  before: Readonly<Record<string, T | null>>,
): Readonly<Record<string, T>> {
  return Object.fromEntries(
    Object.entries(now).filter(
      ([name, value]) =>
        !Object.hasOwn(before, name) || JSON.stringify(before[name]) !== JSON.stringify(value),
    ),
  );
}

/** What each user-made role and PUBLIC may do, as PostgreSQL itself answers. */
export async function effectivePrivileges(oracle: Oracle): Promise<EffectivePrivileges> {
  const [row] = await oracle.asAdministrator(() =>
    prepared<{ privileges: EffectivePrivileges }>(
      oracle,
      "pgvet_privileges",
      privilegesQuery(oracle.version),
    ),
  );
  if (row === undefined) throw new Error("the privileges query returned no row");
  return row.privileges;
}
