/** Looking names up after the replay, as a role with a search_path would. */
import type { Context, SessionState } from "./context.ts";
import type { Oid } from "./model.ts";
import { settingText } from "./setting-text.ts";
import type { State } from "./store.ts";

/** Refuses nothing and notes nothing. */
export function lookupContext(
  state: State,
  postgresVersion: number,
  role: Oid,
  searchPath: readonly string[],
): Context {
  const settings = new Map([["search_path", settingText("search_path", searchPath, postgresVersion)]]);
  const session: SessionState = { sessionUser: role, role: null, settings };
  return {
    state,
    postgresVersion,
    bootstrap: role,
    source: { path: "<lookup>", bytes: Buffer.alloc(0) },
    prelude: true,
    session,
    lasting: session,
    path: null,
    transactions: [],
    assume: true,
    parser: null,
    failed: false,
    guarded: true,
    nested: 0,
    firing: false,
    effort: { turns: 0, steps: 0, callsLeftOut: false, granted: 0, queries: new WeakMap() },
    dropped: 0,
  };
}
