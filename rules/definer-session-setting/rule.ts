import { conditionsOf } from "../../src/access/conditions.ts";
import { type Definer, definers, pathOf } from "../../src/access/definers.ts";
import type { Routine } from "../../src/catalog/model.ts";
import type { Expr, Insert } from "../../src/events/tree.ts";
import { walkBody, walkExpr } from "../../src/events/walk.ts";
import { defineRule, type RuleContext } from "../../src/rule/define.ts";

export default defineRule({
  title: "SECURITY DEFINER routine goes by its caller's time zone",
  severity: "low",
  category: "definer",
  cwe: [807],
  since: "0.1.0",
  variants: {},
  why: "The day of a time, and the words of a text, depend on settings of the session, which the caller chooses: a rule such as once a day is passed twice.",
  check(context) {
    for (const definer of definers(context)) {
      const found = dependent(context, definer);
      if (found !== null) report(context, definer, found);
    }
  },
});

interface Dependent {
  readonly at: Expr;
  readonly what: string;
  readonly setting: string;
}

/** The first value that depends on a setting the routine does not fix, and that is part of a key or turns callers away. */
function dependent(context: RuleContext, { body, routine }: Definer): Dependent | null {
  const fixed = (setting: string): boolean => routine.settings.has(setting.toLowerCase());
  const values: Expr[] = [];
  walkBody(body, {
    statement(statement) {
      if (statement.kind === "insert") values.push(...keyValues(context, routine, statement));
    },
  });
  for (const { expr, kind, denies } of conditionsOf(body, routine))
    if (kind === "if" && denies) values.push(expr);
  for (const value of values) {
    const found = first(value, fixed);
    if (found !== null) return found;
  }
  return null;
}

/** Values given to columns of primary keys and unique constraints: what must not be there twice. */
function keyValues({ catalog }: RuleContext, routine: Routine, insert: Insert): readonly Expr[] {
  const table = catalog.resolveRelation(insert.target.name, pathOf(catalog, routine));
  const { source } = insert;
  if (table === undefined || source === null) return [];
  const keys = new Set<number>();
  for (const { kind, columns } of catalog.state.constraints.by.relation.all(table.oid))
    if (kind === "primary-key" || kind === "unique") for (const number of columns) keys.add(number);
  const names = insert.columns.length > 0 ? insert.columns : table.columns.map(({ name }) => name);
  const inKey = (i: number): boolean =>
    table.columns.some(({ name, number }) => name === names[i] && keys.has(number));
  const rows = source.values ?? [source.targets.map(({ value }) => value)];
  return rows.flatMap((row) => row.filter((_, i) => inKey(i)));
}

function first(value: Expr, fixed: (setting: string) => boolean): Dependent | null {
  let found: Dependent | null = null;
  walkExpr(value, {
    expr(expr) {
      if (found !== null) return false;
      // A zone that is written out; a span of time that is the same in every zone.
      if (expr.kind === "call" && (expr.name.at(-1) === "timezone" || expr.grammar)) return false;
      const what = dayOf(expr);
      if (what !== null && !fixed("TimeZone")) found = { at: expr, what, setting: "TimeZone" };
      if (
        expr.kind === "call" &&
        expr.name.at(-1) === "to_tsvector" &&
        expr.args.length === 1 &&
        !fixed("default_text_search_config")
      )
        found = {
          at: expr,
          what: "to_tsvector without a configuration",
          setting: "default_text_search_config",
        };
      return found === null;
    },
  });
  return found;
}

/** `current_date`, `now()::date`, `date_trunc('day', now())`. */
function dayOf(expr: Expr): string | null {
  if (expr.kind === "session-value")
    return /^(current_date|localtime|localtimestamp)$/.test(expr.name) ? expr.name : null;
  if (expr.kind === "cast")
    return isDate(expr.type.name.at(-1)) && isNow(expr.operand) ? "the day of now()" : null;
  if (expr.kind !== "call" || expr.name.at(-1) !== "date_trunc" || expr.args.length !== 2) return null;
  const [unit, time] = expr.args;
  const named = unit?.value.kind === "string" ? unit.value.value : "";
  return time !== undefined && isNow(time.value) && /^(day|week|month|quarter|year)$/i.test(named)
    ? `the ${named} of now()`
    : null;
}

function isDate(name: string | undefined): boolean {
  return name === "date" || name === "time" || name === "timestamp";
}

function isNow(expr: Expr): boolean {
  if (expr.kind === "cast") return isNow(expr.operand);
  if (expr.kind === "session-value") return expr.name === "current_timestamp";
  return (
    expr.kind === "call" &&
    expr.args.length === 0 &&
    /^(now|clock_timestamp|statement_timestamp|transaction_timestamp)$/.test(expr.name.at(-1) ?? "")
  );
}

function report(context: RuleContext, definer: Definer, { at, what, setting }: Dependent): void {
  const { routine, name } = definer;
  const reach = context.reach(routine);
  const kind = routine.kind === "procedure" ? "PROCEDURE" : "FUNCTION";
  const fix = setting === "TimeZone" ? "'UTC'" : "'pg_catalog.simple'";
  context.report({
    variant: null,
    severity: context.access.severity("low", reach, { needsSql: true }),
    confidence: "medium",
    message: `${name} goes by ${what}, which depends on its caller's ${setting}`,
    label: `the caller's ${setting} decides`,
    place: definer.place(at.span),
    object: name,
    reach,
    related: [],
    help: `ALTER ${kind} ${name} SET ${setting} = ${fix};`,
  });
}
