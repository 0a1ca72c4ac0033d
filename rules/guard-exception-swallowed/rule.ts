import { type Definer, readable } from "../../src/access/definers.ts";
import { denies } from "../../src/access/denial.ts";
import { decidedAbout } from "../../src/access/unpinned.ts";
import type { Expr, PlBlock, PlStatement } from "../../src/events/tree.ts";
import { walkBody, walkExpr } from "../../src/events/walk.ts";
import { defineRule, type RuleContext } from "../../src/rule/define.ts";
import type { Span } from "../../src/text/span.ts";

export default defineRule({
  title: "Refusal that an exception handler takes back",
  severity: "high",
  category: "definer",
  cwe: [636, 755],
  since: "0.1.0",
  variants: {},
  why: "The check raises an error, the handler around it catches that and goes on: whoever was refused gets what he asked for.",
  check(context) {
    for (const routine of context.askedRoutines()) {
      if (routine.prelude || routine.assumed) continue;
      const trigger = routine.returnsTrigger === "trigger";
      if (!routine.securityDefiner.value && !trigger) continue;
      const guarded = readable(context, routine);
      if (guarded === null) continue;
      const check = context.flow(routine).callerChecks.find(({ swallowedBy }) => swallowedBy !== null);
      if (check?.swallowedBy != null) {
        report(context, guarded, {
          refusal: check.refusedAt,
          handler: check.swallowedBy,
          about: "the caller",
        });
        continue;
      }
      const swallowed = trigger ? swallowedRefusal(guarded) : null;
      if (swallowed !== null) report(context, guarded, { ...swallowed, about: "the row" });
    }
  },
});

interface Swallowed {
  readonly refusal: Span;
  readonly handler: Span;
}

const CATCHES = new Set(["others", "raise_exception"]);

/** In a trigger: an IF … THEN RAISE EXCEPTION inside a block whose handler lets the row pass. */
function swallowedRefusal({ body }: Definer): Swallowed | null {
  let found: Swallowed | null = null;
  walkBody(body, {
    plpgsql(statement) {
      if (found !== null || statement.kind !== "block") return;
      const handler = statement.handlers.find(
        (one) =>
          one.conditions.some((condition) => CATCHES.has(condition.toLowerCase())) && letsPass(one.body),
      );
      if (handler === undefined) return;
      const refusal = refusalIn(statement);
      if (refusal !== null) found = { refusal, handler: handler.span };
    },
  });
  return found;
}

/** Goes on after the block, or returns the row. */
function letsPass(statements: readonly PlStatement[]): boolean {
  return !denies(statements);
}

/** A refusal in the block itself, not in one inside it that has handlers of its own. */
function refusalIn(block: PlBlock): Span | null {
  const open: PlStatement[] = [...block.body].reverse();
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (next.kind === "block" && next.handlers.length === 0) open.push(...next.body);
    if (next.kind !== "if") continue;
    for (const branch of next.branches) {
      const last = branch.body.at(-1);
      if (
        last?.kind === "raise" &&
        last.level === "exception" &&
        last.span !== null &&
        isAboutRow(branch.condition)
      )
        return last.span;
      open.push(...branch.body);
    }
    open.push(...next.otherwise);
  }
  return null;
}

function isAboutRow(condition: Expr): boolean {
  let found = false;
  walkExpr(condition, {
    expr(expr) {
      if (expr.kind === "column" && /^(new|old)$/.test(expr.name[0] ?? "")) found = true;
    },
  });
  return found;
}

function report(
  context: RuleContext,
  guarded: Definer,
  { refusal, handler, about }: Swallowed & { readonly about: string },
): void {
  const { access } = context;
  const { routine, name } = guarded;
  const triggers = context.uses(routine).filter(({ by }) => by === "trigger");
  const reach = triggers.length > 0 ? decidedAbout(access, triggers) : context.reach(routine);
  context.report({
    variant: null,
    severity: access.severity(about === "the caller" ? "high" : "medium", reach),
    confidence: about === "the caller" ? "high" : "medium",
    message: `${name} refuses because of ${about}, and its own exception handler goes on all the same`,
    label: "caught by the routine itself",
    place: guarded.place(refusal),
    object: name,
    reach,
    related: [{ place: guarded.place(handler), message: "goes on from here" }],
    help: "put the check before the block, or let the handler end in RAISE; catch only the errors that are expected",
  });
}
