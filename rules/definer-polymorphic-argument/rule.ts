import { type Definer, definers } from "../../src/access/definers.ts";
import type { RoutineParameter } from "../../src/catalog/model.ts";
import type { Expr } from "../../src/events/tree.ts";
import { walkBody } from "../../src/events/walk.ts";
import { argumentReach } from "../../src/rule/argument-reach.ts";
import { defineRule, type RuleContext } from "../../src/rule/define.ts";
import type { Span } from "../../src/text/span.ts";

export default defineRule({
  title: "SECURITY DEFINER routine converts a value of its caller's own type",
  severity: "critical",
  category: "definer",
  cwe: [269, 843],
  since: "0.1.0",
  variants: {},
  why: "A polymorphic argument can be of a type that the caller made. Its casts and domain checks are his code, and run as the routine's owner whatever the search_path is.",
  check(context) {
    for (const definer of definers(context)) {
      for (const { name, mode, type, written } of definer.routine.parameters) {
        if (mode === "out" || mode === "table" || !isPolymorphic(type.base)) continue;
        const number = definer.routine.parameters.findIndex((other) => other.written === written) + 1;
        const use = converted(definer, name, number);
        if (use !== null)
          report(context, definer, { name: name ?? `$${number}`, type: written.type.name.at(-1) ?? "", use });
      }
    }
  },
});

function isPolymorphic(base: RoutineParameter["type"]["base"]): boolean {
  return (
    typeof base === "string" &&
    /^(pg_catalog\.)?(any(element|array|nonarray|range|multirange|enum|compatible.*)?|record)$/.test(base)
  );
}

/** Functions that only use a type's own output function, or nothing of the value. */
const HARMLESS = new Set(
  "format concat concat_ws array_to_string array_length array_ndims array_lower array_upper cardinality pg_typeof num_nulls num_nonnulls pg_column_size count".split(
    " ",
  ),
);

/** The first place where the argument is cast, assigned or handed on; null when it is only looked at. */
function converted({ body }: Definer, name: string | null, number: number): Span | null {
  const is = (expr: Expr | undefined): boolean =>
    (expr?.kind === "column" && name !== null && (expr.name[0] === name || expr.name[1] === name)) ||
    (expr?.kind === "column" && expr.name[0] === `$${number}`) ||
    (expr?.kind === "parameter" && expr.number === number);
  let found: Span | null = null;
  walkBody(body, {
    expr(expr) {
      if (found !== null) return false;
      if (expr.kind === "is" && is(expr.operand)) return false;
      if (expr.kind === "call" && HARMLESS.has(expr.name.at(-1) ?? ""))
        return !expr.args.every(
          ({ value }) => is(value) || value.kind === "string" || value.kind === "number",
        );
      if (is(expr)) found = expr.span;
      return found === null;
    },
  });
  return found;
}

interface Converted {
  readonly name: string;
  readonly type: string;
  readonly use: Span;
}

function report(context: RuleContext, definer: Definer, { name: parameter, type, use }: Converted): void {
  const { routine, name, owner } = definer;
  const reach = argumentReach(context, routine, parameter);
  context.report({
    variant: null,
    severity: context.access.severity("critical", reach, { needsSql: true }),
    confidence: "medium",
    message: `${name} uses its argument ${parameter} of type ${type}: casts and checks of the caller's own type run as ${owner}`,
    label: "the caller's type decides what runs here",
    place: definer.place(use),
    object: name,
    reach,
    related: [{ place: routine.securityDefiner.place, message: `runs as ${owner}` }],
    help: "give the parameter a type of its own (jsonb, text, integer), or make the routine SECURITY INVOKER",
  });
}
