/** Routines that change nothing, and hand out only what other rules judge. */
import { type Definer, pathOf } from "../access/definers.ts";
import { isCatalogFunction, isCatalogRelation } from "../catalog/builtin/index.ts";
import { callsIn } from "../catalog/references.ts";
import type { Call } from "../events/tree.ts";
import { walkBody } from "../events/walk.ts";
import type { RuleContext } from "./define.ts";
import type { Reach } from "./finding.ts";
import { isOpenTo } from "./identity-arguments.ts";

type ReadContext = Pick<RuleContext, "catalog" | "access" | "body" | "flow" | "hiddenCalls">;

/** Built-in functions that do something, or read what is no table. */
const ACTS =
  /^(nextval|setval|set_config|pg_notify|lo_|pg_read_|pg_ls_|pg_stat_file|pg_terminate|pg_cancel|pg_reload|pg_advisory|query_to|table_to|schema_to|database_to|cursor_to|ts_stat|pg_logical|pg_create|pg_drop|pg_promote|setseed)/;

/**
 * What a routine reads that does nothing else: `open` tables that its callers may read anyway, or also some that are under
 * row-level security (`hidden`): what it shows of these, definer-bypasses-rls and definer-unchecked-identity say. Null:
 * anything else.
 */
export function onlyReads(
  context: ReadContext,
  definer: Definer,
  callers: readonly Reach[],
): "open" | "hidden" | null {
  const { catalog } = context;
  const { routine, body } = definer;
  const { accesses, sinks } = context.flow(routine);
  if (sinks.length > 0 || accesses.length === 0 || hasUtility(definer)) return null;
  const path = pathOf(catalog, routine);
  let hidden = false;
  for (const { command, relation } of accesses) {
    if (command !== "select") return null;
    const table = catalog.resolveRelation(relation, path);
    if (table === undefined ? isCatalogRelation(relation.at(-1) ?? "") : isOpenTo(context, table, callers))
      continue;
    if (table === undefined || table.assumed || !table.rowSecurity.value) return null;
    hidden = true;
  }
  if (context.hiddenCalls(routine).length > 0 || !callsIn(body).every((call) => isQuiet(call, context)))
    return null;
  return hidden ? "hidden" : "open";
}

/** A built-in function that only computes. */
function isQuiet({ name, grammar }: Call, { catalog }: ReadContext): boolean {
  const last = name.at(-1) ?? "";
  if (grammar) return true;
  if (name.length > 1 && name[0] !== "pg_catalog") return false;
  return isCatalogFunction(last) && !ACTS.test(last) && !catalog.state.routines.by.name.has(last);
}

function hasUtility({ body }: Definer): boolean {
  let found = false;
  walkBody(body, {
    statement(statement) {
      if (statement.kind === "utility") found = true;
    },
  });
  return found;
}
