import { type Definer, definers } from "../../src/access/definers.ts";
import type { Expr, PlBlock, PlStatement } from "../../src/events/tree.ts";
import { walkBody, walkExpr, walkPlpgsql } from "../../src/events/walk.ts";
import { defineRule, type RuleContext } from "../../src/rule/define.ts";
import type { Span } from "../../src/text/span.ts";

export default defineRule({
  title: "SECURITY DEFINER routine hands error messages to its caller",
  severity: "low",
  category: "definer",
  cwe: [209],
  since: "0.1.0",
  variants: {},
  why: "PostgreSQL's messages hold values: of the row that violates a key, of the text that is no number. From a definer they are values of rows that its caller may not read.",
  check(context) {
    for (const definer of definers(context)) {
      if (definer.routine.returnsTrigger !== null) continue;
      const found = handedOut(definer);
      if (found !== null) report(context, definer, found);
    }
  },
});

interface HandedOut {
  readonly what: string;
  readonly at: Span;
}

const DETAILS = new Set(["message_text", "pg_exception_detail", "pg_exception_hint", "pg_exception_context"]);
/** Conditions that only code of the project's own raises: the text is its author's. */
const OWN = new Set(["raise_exception", "p0001"]);

/** The first handler that returns the error's text, or what GET STACKED DIAGNOSTICS says of it. */
function handedOut({ routine, body }: Definer): HandedOut | null {
  const outs = new Set(
    routine.parameters.flatMap(({ name, mode }) =>
      name !== null && (mode === "out" || mode === "inout" || mode === "table") ? [name] : [],
    ),
  );
  if (body.language !== "plpgsql" || !touchesData(body)) return null;
  let found: HandedOut | null = null;
  walkBody(body, {
    plpgsql(statement) {
      if (statement.kind !== "block" || found !== null) return;
      for (const handler of statement.handlers) {
        if (handler.conditions.every((condition) => OWN.has(condition.toLowerCase()))) continue;
        found ??= inHandler(handler.body, outs);
      }
    },
  });
  return found;
}

function touchesData(body: { readonly block: PlBlock } & Definer["body"]): boolean {
  let found = false;
  walkBody(body, {
    relation() {
      found = true;
    },
    plpgsql(statement) {
      if (statement.kind === "execute" || statement.kind === "return-query-execute") found = true;
    },
  });
  return found;
}

function inHandler(statements: readonly PlStatement[], outs: ReadonlySet<string>): HandedOut | null {
  const details = new Set(["sqlerrm"]);
  let found: HandedOut | null = null;
  const look = (value: Expr | null): void => {
    if (value === null) return;
    walkExpr(value, {
      expr(expr) {
        const [name = ""] = expr.kind === "column" ? expr.name : [];
        if (expr.kind === "column" && expr.name.length === 1 && details.has(name))
          found ??= { what: name.toUpperCase(), at: expr.span };
      },
    });
  };
  for (const one of statements) {
    walkPlpgsql(one, {
      plpgsql(statement) {
        switch (statement.kind) {
          case "get-diagnostics":
            for (const { target, item } of statement.items)
              if (DETAILS.has(item.toLowerCase())) details.add(target.name[0] ?? "");
            break;
          case "assign": {
            const [target = ""] = statement.target.name;
            if (outs.has(target)) look(statement.value);
            else if (mentions(statement.value, details)) details.add(target);
            break;
          }
          case "return":
          case "return-next":
            look(statement.value);
            break;
          case "return-query":
            if (statement.query.kind === "select")
              for (const { value } of statement.query.targets) look(value);
            break;
          default:
            break;
        }
      },
    });
  }
  return found;
}

function mentions(value: Expr, names: ReadonlySet<string>): boolean {
  let found = false;
  walkExpr(value, {
    expr(expr) {
      if (expr.kind === "column" && names.has(expr.name[0] ?? "")) found = true;
    },
  });
  return found;
}

function report(context: RuleContext, definer: Definer, { what, at }: HandedOut): void {
  const { routine, name, owner } = definer;
  const reach = context.access.callers(routine);
  context.report({
    variant: null,
    severity: context.access.severity("low", reach),
    confidence: "medium",
    message: `${name} returns ${what} to its caller: messages of errors hold values of rows that only ${owner} may read`,
    label: "the message goes to the caller",
    place: definer.place(at),
    object: name,
    reach,
    related: [{ place: routine.securityDefiner.place, message: `runs as ${owner}` }],
    help: "return a text of your own, and write SQLERRM to the server's log with RAISE LOG; catch the errors that are expected by name",
  });
}
