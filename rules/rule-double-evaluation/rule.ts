import { clients } from "../../src/access/policies.ts";
import type { Rule } from "../../src/catalog/model.ts";
import type { Expr } from "../../src/events/tree.ts";
import { type Visitor, walkExpr, walkStatement } from "../../src/events/walk.ts";
import { defineRule } from "../../src/rule/define.ts";
import type { Severity } from "../../src/rule/finding.ts";
import type { Span } from "../../src/text/span.ts";

export default defineRule({
  title: "Rewrite rule that evaluates the writer's expressions again",
  severity: "medium",
  category: "views",
  cwe: [367, 778],
  since: "0.1.0",
  variants: {},
  why: "A rule is a macro: NEW.x is replaced by the expression that the writer gave for x, and evaluated again. With a volatile expression the row that is logged or tested is another than the row that is stored. COPY does not run rules at all.",
  check(context) {
    const { catalog, access } = context;
    for (const rule of catalog.state.rules.all()) {
      const { event } = rule;
      if (rule.prelude || rule.enabled.value === "disabled") continue;
      if (event.event !== "insert" && event.event !== "update") continue;
      const relation = catalog.state.relations.get(rule.relation);
      if (relation === undefined || relation.prelude) continue;
      const twice = evaluatedTwice(rule);
      if (twice === null) continue;
      const reach = clients(context, access.users(relation, event.event));
      const name = catalog.relationName(relation);
      context.report({
        variant: null,
        severity: access.severity(twice.severity, reach, { needsSql: true }),
        confidence: twice.severity === "medium" ? "high" : "medium",
        message: `rule ${rule.name} on ${name} evaluates NEW again: ${twice.what}`,
        label: "evaluated again",
        place: { source: rule.place.source, span: twice.span },
        object: name,
        reach,
        help: `DROP RULE ${rule.name} ON ${name}; and CREATE TRIGGER … ${relation.kind === "view" ? "INSTEAD OF" : "AFTER"} ${event.event.toUpperCase()} ON ${name} FOR EACH ROW with a function that sees the row itself`,
      });
    }
  },
});

interface Twice {
  readonly severity: Severity;
  readonly what: string;
  readonly span: Span;
}

/** Where NEW is evaluated a second time: beside the statement that stores the row, in a condition, or twice in what is done instead. */
function evaluatedTwice({ event }: Rule): Twice | null {
  const uses = new Map<string, Span[]>();
  const visitor: Visitor = { expr: (expr) => note(expr, uses) };
  for (const action of event.actions) walkStatement(action, visitor);
  const [inAction] = [...uses.values()].flat();
  if (!event.instead) {
    return inAction === undefined
      ? null
      : { severity: "medium", what: "what it writes can differ from the row that is stored", span: inAction };
  }
  if (event.where !== null) {
    walkExpr(event.where, visitor);
    const [first] = [...uses.values()].flat();
    return first === undefined
      ? null
      : { severity: "low", what: "its condition can see another value than the one stored", span: first };
  }
  const [, second] = [...uses.values()].find((spans) => spans.length > 1) ?? [];
  return second === undefined
    ? null
    : { severity: "low", what: "two uses of one column can see different values", span: second };
}

function note(expr: Expr, uses: Map<string, Span[]>): void {
  if (expr.kind !== "column" || expr.name[0] !== "new") return;
  const column = expr.name.slice(1).join(".");
  uses.set(column, [...(uses.get(column) ?? []), expr.span]);
}
