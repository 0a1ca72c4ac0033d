import { type Definer, definers } from "../../src/access/definers.ts";
import type { Statement } from "../../src/events/tree.ts";
import { walkBody, walkStatement } from "../../src/events/walk.ts";
import { defineRule, type RuleContext } from "../../src/rule/define.ts";
import { HOLE_NAME, parseTemplate } from "../../src/templates/index.ts";
import type { Span } from "../../src/text/span.ts";

export default defineRule({
  title: "SECURITY DEFINER routine takes its caller's temporary table for its own",
  severity: "critical",
  category: "definer",
  cwe: [426, 377],
  since: "0.1.0",
  variants: {},
  why: "CREATE TEMP TABLE IF NOT EXISTS keeps a table that is already there: the caller's. He reads what the routine writes to it, and his trigger runs as the owner.",
  check(context) {
    for (const definer of definers(context)) {
      const reused = reusedTable(context, definer);
      if (reused !== null) report(context, definer, reused);
    }
  },
});

interface Reused {
  readonly table: string;
  readonly span: Span;
  readonly created: boolean;
}

/** The first temporary table that the code takes as it finds it. */
function reusedTable(context: RuleContext, definer: Definer): Reused | null {
  const made = new Set<string>();
  let found: Reused | null = null;
  const visit = (statement: Statement): void => {
    if (found !== null) return;
    if (statement.kind !== "utility") {
      const target = statement.kind === "select" ? null : statement.target;
      const [schema, table = ""] = target?.name ?? [];
      if (target !== null && schema === "pg_temp" && !made.has(table) && table !== HOLE_NAME)
        found = { table, span: target.span, created: false };
      return;
    }
    for (const event of statement.events) {
      // Dropping another's table fails, unless the owner is a superuser: either way it is gone.
      if (event.kind === "drop") for (const { name } of event.objects) made.add(name.at(-1) ?? "");
      if ((event.kind !== "create-table" && event.kind !== "create-table-as") || !event.temporary) continue;
      const table = event.name.name.at(-1) ?? "";
      if (event.ifNotExists && !made.has(table) && table !== HOLE_NAME)
        found ??= { table, span: statement.span, created: true };
      made.add(table);
    }
  };
  walkBody(definer.body, { statement: visit });
  for (const sink of context.flow(definer.routine).sinks) {
    if (sink.query === null || sink.path.length > 0) continue;
    for (const { statements } of parseTemplate(sink.query.value, context.parser))
      for (const statement of statements ?? []) walkStatement(statement, { statement: visit });
  }
  return found;
}

function report(context: RuleContext, definer: Definer, reused: Reused): void {
  const { access, catalog } = context;
  const { routine, name, owner } = definer;
  const reach = context.reach(routine).filter(({ role }) => {
    const oid = role === "PUBLIC" ? 0 : catalog.roleNamed(role)?.oid;
    return oid === undefined || access.canMakeTemporary(oid);
  });
  context.report({
    variant: null,
    severity: access.severity("critical", reach, { needsSql: true }),
    confidence: reused.created ? "high" : "medium",
    message: reused.created
      ? `${name} keeps a temporary table ${reused.table} that its caller already has, and uses it as ${owner}`
      : `${name} writes to pg_temp.${reused.table}, which it does not create: it is the caller's table`,
    label: reused.created ? "IF NOT EXISTS keeps the caller's" : "the caller's table",
    place: definer.place(reused.span),
    object: name,
    reach,
    related: [{ place: routine.securityDefiner.place, message: `runs as ${owner}` }],
    help: "leave IF NOT EXISTS out (the call then fails when the table is there) and drop it at the end, or use a WITH query or an array",
  });
}
