import type { Body, Expr } from "../../src/events/tree.ts";
import { walkBody, walkExpr } from "../../src/events/walk.ts";
import { defineRule } from "../../src/rule/define.ts";
import type { Span } from "../../src/text/span.ts";

/** Fields that say which row changed and how, not what is in it. */
const SAYS_WHICH =
  /^(?:\w*id|uuid|guid|ctid|oid|op|operation|action|event|type|kind|status|state|version|\w*_at|seq|number|queue)$/;

const ROW_TO_TEXT: ReadonlySet<string> = new Set(["row_to_json", "to_json", "to_jsonb", "hstore"]);

export default defineRule({
  title: "Row data in a notification",
  severity: "info",
  category: "row-security",
  cwe: [200],
  since: "0.1.0",
  variants: {},
  why: "Every role that can connect may LISTEN on every channel: a payload is readable past privileges and row-level security.",
  check(context) {
    const { catalog } = context;
    for (const routine of context.askedRoutines()) {
      if (routine.prelude || routine.assumed || routine.returnsTrigger !== "trigger") continue;
      const found = rowData(context.body(routine));
      if (found === null) continue;
      const name = catalog.routineName(routine);
      const { source } = routine.definitionPlace;
      context.report({
        variant: null,
        severity: "info",
        confidence: "medium",
        message: `${name} sends ${found.what} in a notification, which every role can listen to`,
        label: found.what,
        place: { source, span: found.span },
        object: name,
        related:
          found.call.start === found.span.start
            ? []
            : [{ place: { source, span: found.call }, message: "sent here" }],
        help: "send the row's key alone, and let listeners read the row with their own rights",
      });
    }
  },
});

interface Found {
  readonly what: string;
  readonly span: Span;
  readonly call: Span;
}

/** The first value of the row in a payload, directly or through variables. */
function rowData(body: Body): Found | null {
  if (body.language !== "plpgsql") return null;
  const assigned = new Map<string, Expr[]>();
  const payloads: { readonly value: Expr; readonly call: Span }[] = [];
  const assign = (name: string, value: Expr): void => {
    assigned.set(name, [...(assigned.get(name) ?? []), value]);
  };
  walkBody(body, {
    plpgsql(statement) {
      if (statement.kind === "assign") assign(statement.target.name.join("."), statement.value);
      if (statement.kind === "block")
        for (const { name, default: value } of statement.declarations)
          if (value !== null) assign(name, value);
      if (statement.kind === "sql" && statement.statement.kind === "select")
        statement.into.forEach((variable, i) => {
          const target = statement.statement.kind === "select" ? statement.statement.targets[i] : undefined;
          if (target !== undefined) assign(variable.name.join("."), target.value);
        });
    },
    expr(expr) {
      if (expr.kind !== "call" || expr.name.at(-1) !== "pg_notify") return;
      const payload = expr.args[1]?.value;
      if (payload !== undefined) payloads.push({ value: payload, call: expr.span });
    },
  });
  for (const { value, call } of payloads) {
    const seen = new Set<string>();
    const open = [value];
    for (const next of open) {
      let found: Found | null = null;
      walkExpr(next, {
        expr(expr) {
          const what = found === null ? valueOfRow(expr) : null;
          if (what !== null) found = { what, span: expr.span, call };
          if (expr.kind !== "column") return;
          const name = expr.name.join(".");
          if (!seen.has(name)) open.push(...(assigned.get(name) ?? []));
          seen.add(name);
        },
      });
      if (found !== null) return found;
    }
  }
  return null;
}

/** What of NEW or OLD an expression is: the whole row, or a field beyond those that say which row it is. */
function valueOfRow(expr: Expr): string | null {
  if (expr.kind === "call" && ROW_TO_TEXT.has(expr.name.at(-1) ?? "")) {
    const row = expr.args[0]?.value;
    if (row !== undefined && isRow(row)) return "the whole row";
  }
  if (expr.kind === "cast" && isRow(expr.operand)) return "the whole row";
  if (expr.kind !== "column" || expr.name.length !== 2) return null;
  const [record = "", field = ""] = expr.name;
  if (record !== "new" && record !== "old") return null;
  if (field === "*") return "the whole row";
  return SAYS_WHICH.test(field) ? null : `${record.toUpperCase()}.${field}`;
}

function isRow(expr: Expr): boolean {
  return (
    expr.kind === "column" && expr.name.length === 1 && (expr.name[0] === "new" || expr.name[0] === "old")
  );
}
