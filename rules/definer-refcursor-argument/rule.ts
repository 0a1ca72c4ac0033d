import { type Definer, definers } from "../../src/access/definers.ts";
import { walkBody } from "../../src/events/walk.ts";
import { defineRule, type RuleContext } from "../../src/rule/define.ts";
import type { Span } from "../../src/text/span.ts";

export default defineRule({
  title: "SECURITY DEFINER routine fetches from its caller's cursor",
  severity: "critical",
  category: "definer",
  cwe: [269, 94],
  since: "0.1.0",
  variants: {},
  why: "A cursor's query runs as it is fetched from, with the rights of whoever fetches: the functions that the caller put into it run as the routine's owner.",
  check(context) {
    for (const definer of definers(context)) {
      const fetched = fetchedArgument(definer);
      if (fetched !== null) report(context, definer, fetched);
    }
  },
});

interface Fetched {
  readonly name: string;
  readonly at: Span;
}

/** The first FETCH or MOVE from a cursor that an argument names and that the code does not open itself. */
function fetchedArgument({ routine, body }: Definer): Fetched | null {
  if (body.language !== "plpgsql") return null;
  const parameters = new Map<string, string>();
  routine.parameters.forEach(({ name, mode, type }, i) => {
    if (mode === "out" || mode === "table" || type.base !== "pg_catalog.refcursor" || type.array) return;
    parameters.set(`$${i + 1}`, name ?? `$${i + 1}`);
    if (name !== null) parameters.set(name, name);
  });
  const texts = new Set(routine.parameters.flatMap(({ name }) => (name === null ? [] : [name])));
  const opened = new Set<string>();
  let fetched: Fetched | null = null;
  walkBody(body, {
    plpgsql(statement) {
      switch (statement.kind) {
        case "block":
          for (const { name, type, aliasFor, default: value } of statement.declarations) {
            const other = aliasFor === null ? undefined : parameters.get(aliasFor);
            if (other !== undefined) parameters.set(name, other);
            // `c refcursor := p_name`
            const given = value?.kind === "column" ? value.name[0] : undefined;
            if (type?.name.at(-1) === "refcursor" && given !== undefined && texts.has(given))
              parameters.set(name, given);
          }
          break;
        case "assign": {
          const [name = ""] = statement.target.name;
          if (parameters.has(name)) parameters.delete(name);
          break;
        }
        case "open":
          opened.add(statement.cursor);
          break;
        case "fetch": {
          const name = parameters.get(statement.cursor);
          if (name !== undefined && !opened.has(statement.cursor))
            fetched ??= { name, at: statement.span ?? body.span };
          break;
        }
        default:
          break;
      }
    },
    expr(expr) {
      if (expr.kind !== "call" || expr.name.at(-1) !== "cursor_to_xml") return;
      const [first] = expr.args;
      const name = first?.value.kind === "column" ? parameters.get(first.value.name[0] ?? "") : undefined;
      if (name !== undefined) fetched ??= { name, at: expr.span };
    },
  });
  return fetched;
}

function report(context: RuleContext, definer: Definer, fetched: Fetched): void {
  const { routine, name, owner } = definer;
  const reach = context.reach(routine);
  context.report({
    variant: null,
    severity: context.access.severity("critical", reach, { needsSql: true }),
    confidence: "high",
    message: `${name} fetches from the cursor that its caller gives as ${fetched.name}: the caller's query runs as ${owner}`,
    label: "the caller's query runs here",
    place: definer.place(fetched.at),
    object: name,
    reach,
    related: [{ place: routine.securityDefiner.place, message: `runs as ${owner}` }],
    help: "take the values themselves (an array, or JSON) instead of a cursor, or make the routine SECURITY INVOKER",
  });
}
