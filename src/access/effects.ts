/** What running a body can do, at a glance: for routines that somebody else may call or attach. */
import type { Body } from "../events/tree.ts";
import { walkBody } from "../events/walk.ts";

export interface Effects {
  /** Writes, calls, executes or reads anything: more than changing NEW and returning it. */
  readonly acts: boolean;
  /** Turns the row (or a record) into JSON: casts of the row's types run. */
  readonly convertsRow: boolean;
  /** Runs SQL built at run time. */
  readonly executes: boolean;
}

const HARMLESS_CALLS: ReadonlySet<string> = new Set([
  "now",
  "clock_timestamp",
  "statement_timestamp",
  "transaction_timestamp",
  "lower",
  "upper",
  "btrim",
  "trim",
  "coalesce",
  "nullif",
  "gen_random_uuid",
  "timezone",
  "replace",
  "regexp_replace",
  "length",
  "left",
  "right",
  "concat",
  "md5",
  "jsonb_set",
  "to_tsvector",
  "setweight",
  "date_trunc",
]);

const ROW_TO_JSON: ReadonlySet<string> = new Set([
  "to_jsonb",
  "to_json",
  "row_to_json",
  "jsonb_build_object",
  "json_build_object",
  "hstore",
]);

/** Bodies that cannot be read may do anything. */
export function effectsOf(body: Body): Effects {
  if (body.language === "other" || body.language === "unparsed")
    return { acts: true, convertsRow: false, executes: false };
  let acts = false;
  let convertsRow = false;
  let executes = false;
  walkBody(body, {
    statement(statement) {
      if (statement.kind !== "select") acts = true;
    },
    relation() {
      acts = true;
    },
    plpgsql(statement) {
      if (["execute", "for-execute", "return-query-execute"].includes(statement.kind)) {
        acts = true;
        executes = true;
      }
      if (statement.kind === "open" && statement.dynamic !== null) {
        acts = true;
        executes = true;
      }
      if (statement.kind === "call") acts = true;
    },
    expr(expr) {
      if (expr.kind !== "call") return;
      const name = expr.name.at(-1) ?? "";
      const builtIn = expr.name.length === 1 || expr.name[0] === "pg_catalog";
      if (ROW_TO_JSON.has(name)) convertsRow = true;
      if (!builtIn || !HARMLESS_CALLS.has(name)) acts = true;
    },
  });
  return { acts, convertsRow, executes };
}
