import { conditionsOf } from "../../src/access/conditions.ts";
import { type Definer, readable } from "../../src/access/definers.ts";
import { sessionValuesIn } from "../../src/access/session-values.ts";
import { decidedAbout } from "../../src/access/unpinned.ts";
import type { Expr, PlStatement } from "../../src/events/tree.ts";
import { walkExpr } from "../../src/events/walk.ts";
import { defineRule, type RuleContext } from "../../src/rule/define.ts";
import type { Reach, Severity } from "../../src/rule/finding.ts";
import { type CallerCheck, type Flow, identityText, refusalOf } from "../../src/templates/index.ts";
import { contains } from "../../src/text/span.ts";

export default defineRule({
  title: "Check of the caller that NULL passes",
  severity: "high",
  category: "definer",
  cwe: [863, 476],
  since: "0.1.0",
  variants: {},
  why: "For a caller without an identity, or without the row that says what he may do, the comparison is neither true nor false but NULL, and IF takes NULL for no: the RAISE or RETURN behind it is skipped.",
  check(context) {
    for (const routine of context.askedRoutines()) {
      if (routine.prelude || routine.assumed) continue;
      // With the caller's own rights nothing is gained, but a trigger's refusal is a rule of the table.
      if (!routine.securityDefiner.value && routine.returnsTrigger !== "trigger") continue;
      const guarded = readable(context, routine);
      if (guarded === null) continue;
      const flow = context.flow(routine);
      const check = flow.callerChecks.find(
        (one) =>
          isOpen(one) &&
          refusesStrangers(guarded, one) &&
          !isRefusedLater(flow, one) &&
          !isRefusedAsNotFound(guarded.body, one),
      );
      if (check !== undefined) report(context, guarded, check);
    }
  },
});

function isOpen({ whenNull, nullWanted, refusal }: CallerCheck): boolean {
  return whenNull === "passes" && !nullWanted && refusal !== "skip";
}

/**
 * Whether the condition asks for a difference (`<>`, NOT, NOT IN) in something that depends on the caller. One that asks for
 * equality keeps certain callers out (`IF p = auth.uid() THEN RAISE 'not yourself'`), and nobody else.
 */
function refusesStrangers({ body, routine }: Definer, { span }: CallerCheck): boolean {
  const condition = conditionAt(body, routine, span);
  if (condition === undefined) return true;
  const parameters = new Set(routine.parameters.map(({ name }) => name ?? ""));
  return condition.denies
    ? hasDifference(condition.expr, false, parameters)
    : hasDifference(condition.expr, true, parameters);
}

function conditionAt(body: Definer["body"], routine: Definer["routine"], span: CallerCheck["span"]) {
  return conditionsOf(body, routine).find(
    ({ expr }) => expr.span.start === span.start && expr.span.end === span.end,
  );
}

/** `SELECT role INTO r … WHERE who = auth.uid(); IF r <> 'owner' …`: NULL where there is no such row, for whoever has signed in too. */
function asksRow({ body, routine }: Definer, { about, asked, span }: CallerCheck): boolean {
  if (asked.length > 0 || !about.some(({ kind }) => kind === "stored")) return false;
  const condition = conditionAt(body, routine, span);
  if (condition === undefined || sessionValuesIn(condition.expr).size > 0) return false;
  const variables = new Set<string>();
  walkExpr(condition.expr, {
    expr(inner) {
      if (inner.kind === "column") variables.add(inner.name[0] ?? "");
    },
  });
  // A second one may hold the identity.
  return variables.size === 1;
}

const EQUAL = new Set(["in", "any", "not-distinct", "like", "ilike", "similar", "between"]);

function hasDifference(expr: Expr, negated: boolean, parameters: ReadonlySet<string>): boolean {
  switch (expr.kind) {
    case "and":
    case "or":
      return expr.operands.some((operand) => hasDifference(operand, negated, parameters));
    case "not":
      return expr.operands.some((operand) => hasDifference(operand, !negated, parameters));
    case "is":
      return expr.what !== "null" && hasDifference(expr.operand, negated !== expr.not, parameters);
    case "operator": {
      const equal = EQUAL.has(expr.form) || (expr.form === "plain" && expr.name.at(-1) === "=");
      return equal === negated && dependsOnMore(expr, parameters);
    }
    default:
      return negated && dependsOnMore(expr, parameters);
  }
}

/** On more than the arguments of the call. */
function dependsOnMore(expr: Expr, parameters: ReadonlySet<string>): boolean {
  let found = false;
  walkExpr(expr, {
    expr(inner) {
      if (inner.kind === "call" || inner.kind === "subquery" || inner.kind === "session-value") found = true;
      if (inner.kind === "column" && !parameters.has(inner.name.at(-1) ?? "")) found = true;
    },
  });
  return found;
}

/** `SELECT … INTO r … WHERE owner = auth.uid(); IF NOT FOUND THEN RAISE …` before it: nobody without identity comes here. */
function isRefusedAsNotFound(body: Definer["body"], { span }: CallerCheck): boolean {
  if (body.language !== "plpgsql") return false;
  let list: readonly PlStatement[] = body.block.body;
  for (;;) {
    const at: number = list.findIndex((one) => one.span !== null && contains(one.span, span));
    const before = list.slice(0, Math.max(at, 0));
    if (before.some((one, i) => refusesNotFound(one, before[i - 1]))) return true;
    const next: PlStatement | undefined = list[at];
    if (next?.kind !== "block" || next.handlers.length > 0) return false;
    list = next.body;
  }
}

function refusesNotFound(statement: PlStatement, query: PlStatement | undefined): boolean {
  if (statement.kind !== "if" || query?.kind !== "sql" || query.into.length === 0) return false;
  if (query.statement.kind !== "select" || query.statement.where === null) return false;
  if (sessionValuesIn(query.statement.where).size === 0) return false;
  const [first] = statement.branches;
  if (first === undefined || refusalOf(first.body) === null || first.condition.kind !== "not") return false;
  const [asked] = first.condition.operands;
  return asked?.kind === "column" && asked.name.length === 1 && asked.name[0] === "found";
}

/** Whether, before anything is read or done, a later check turns away whoever has no identity. */
function isRefusedLater({ callerChecks, accesses, sinks }: Flow, check: CallerCheck): boolean {
  const after = check.span.end;
  const later = callerChecks.find((one) => one.span.start > after && one.whenNull === "refused");
  if (later === undefined) return false;
  const isBetween = ({ span }: { readonly span: CallerCheck["span"] }): boolean =>
    span.start > after && span.start < later.span.start;
  return !accesses.some((one) => one.command !== "select" && isBetween(one)) && !sinks.some(isBetween);
}

function report(context: RuleContext, guarded: Definer, check: CallerCheck): void {
  const { access } = context;
  const { routine, name, owner } = guarded;
  const reach: readonly Reach[] = routine.securityDefiner.value
    ? context.reach(routine)
    : decidedAbout(
        access,
        context.uses(routine).filter(({ by }) => by === "trigger"),
      );
  const row = asksRow(guarded, check);
  const what = row ? "no row is found" : `${subjectOf(check)} is NULL`;
  // An API gives every request a role; it is NULL only for who connects without it.
  const onlyRole = check.identity.length > 0 && check.identity.every(isRole) && !access.trust.directSql;
  const base: Severity = onlyRole ? "medium" : "high";
  context.report({
    variant: null,
    severity: access.severity(base, reach, { needsSql: onlyRole }),
    confidence: onlyRole ? "low" : "high",
    message: `${name} does not turn away a caller for whom ${what}: the condition is NULL then, and the ${check.refusal === "raise" ? "RAISE" : "RETURN"} is skipped`,
    label: row ? "NULL when no row is found" : "NULL when nobody is signed in",
    place: guarded.place(check.span),
    object: name,
    reach,
    related: [
      { place: guarded.place(check.refusedAt), message: "skipped" },
      ...(routine.securityDefiner.value
        ? [{ place: routine.securityDefiner.place, message: `runs as ${owner}` }]
        : []),
    ],
    help: "say what must be true, and refuse everything else: `IF (condition) IS NOT TRUE THEN RAISE EXCEPTION …`",
  });
}

function subjectOf({ identity, asked }: CallerCheck): string {
  const [first] = identity;
  if (first?.kind === "identity") return identityText(first);
  if (first?.kind === "setting") return `the setting ${first.name ?? "asked for"}`;
  const [name] = asked;
  return name === undefined ? "the identity" : `${name.join(".")}()`;
}

function isRole(origin: CallerCheck["identity"][number]): boolean {
  return origin.kind === "identity" && (origin.claim === "role" || origin.by.startsWith("auth.role"));
}
