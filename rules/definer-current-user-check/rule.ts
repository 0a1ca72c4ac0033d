import { type Condition, conditionsOf, variablesFrom } from "../../src/access/conditions.ts";
import { type Definer, definers } from "../../src/access/definers.ts";
import { constantText } from "../../src/access/session-values.ts";
import type { Expr } from "../../src/events/tree.ts";
import { walkExpr, walkStatement } from "../../src/events/walk.ts";
import { defineRule, type RuleContext } from "../../src/rule/define.ts";

export default defineRule({
  title: "SECURITY DEFINER routine asks current_user who calls",
  severity: "high",
  category: "definer",
  cwe: [863, 250],
  since: "0.1.0",
  variants: {},
  why: "Inside a SECURITY DEFINER routine current_user is its owner, whoever calls it: the check has the same answer for everybody.",
  check(context) {
    for (const definer of definers(context)) {
      const asked = firstQuestion(definer);
      if (asked !== null) report(context, definer, asked, false);
      else {
        const refusal = firstRefusal(definer);
        if (refusal !== null) report(context, definer, refusal, true);
      }
    }
  },
});

const OWNER = new Set(["current_user", "current_role", "user"]);

/** The first condition that hangs on current_user in a way that lets somebody pass. */
function firstQuestion({ body, routine, owner }: Definer): Expr | null {
  const given = variablesFrom(body, isOwner);
  for (const condition of conditionsOf(body, routine)) {
    const at = questionIn(condition, given, owner);
    if (at !== null && !(condition.kind === "where" && isAboutRoles(condition.expr))) return at;
  }
  return null;
}

/** The first condition that is nothing but current_user compared with constants, and turns everybody away. */
function firstRefusal({ body, routine, owner }: Definer): Expr | null {
  for (const { expr, denies } of conditionsOf(body, routine)) {
    if (!denies) continue;
    let negated = false;
    let inner: Expr | undefined = expr;
    for (; inner?.kind === "not"; inner = inner.operands[0]) negated = !negated;
    if (inner?.kind !== "operator") continue;
    const answer = comparedWithConstants(inner, isOwner, owner);
    if (answer !== null && answer !== negated) return inner.operands.map(unwrapped).find(isOwner) ?? null;
  }
  return null;
}

function isOwner(expr: Expr): boolean {
  return expr.kind === "session-value" && OWNER.has(expr.name);
}

function questionIn(condition: Condition, given: ReadonlySet<string>, owner: string): Expr | null {
  let found: Expr | null = null;
  // What turns somebody away, or answers yes or no, is about whoever calls; elsewhere code asks what it may do itself.
  const judgesCaller = condition.denies || condition.kind === "answer";
  const asks = (expr: Expr): boolean =>
    isOwner(expr) || (expr.kind === "column" && expr.name.length === 1 && given.has(expr.name[0] ?? ""));
  /** The NOTs around what is looked at. */
  const nots: Expr[] = [];
  walkExpr(condition.expr, {
    expr(expr) {
      if (found !== null) return false;
      for (let last = nots.at(-1); last !== undefined && !holds(last, expr); last = nots.at(-1)) nots.pop();
      if (expr.kind === "not") nots.push(expr);
      if (expr.kind === "subquery" && !judgesCaller && readsCatalogs(expr)) return false;
      if (expr.kind === "operator") {
        // Comparing it with session_user asks whether a definer is at work.
        if (expr.operands.some(isSessionUser)) return false;
        // Turns everybody away: nobody gains anything.
        const answer = comparedWithConstants(expr, asks, owner);
        if (answer !== null && (answer !== (nots.length % 2 === 1)) === condition.denies) return false;
      }
      if (asks(expr)) found = expr;
      if (expr.kind === "call" && judgesRights(expr, judgesCaller)) found = expr;
      return found === null;
    },
  });
  return found;
}

/** Privilege inquiries with the number of arguments that they have without a role: then they are about current_user. */
const INQUIRIES: ReadonlyMap<string, number> = new Map([
  ...[
    "table",
    "any_column",
    "database",
    "foreign_data_wrapper",
    "function",
    "language",
    "schema",
    "sequence",
    "server",
    "tablespace",
    "type",
  ].map((kind): [string, number] => [`has_${kind}_privilege`, 2]),
  ["has_column_privilege", 3],
]);

function judgesRights({ name, args }: Extract<Expr, { kind: "call" }>, judgesCaller: boolean): boolean {
  const last = name.at(-1) ?? "";
  if (name.length > 1 && name[0] !== "pg_catalog") return false;
  if (last === "pg_has_role") return args.length === 2;
  return judgesCaller && INQUIRIES.get(last) === args.length;
}

type Operator = Extract<Expr, { kind: "operator" }>;

/** What comparing the owner's name with constants comes to; null when it is not only that. */
function comparedWithConstants(
  operator: Operator,
  asks: (expr: Expr) => boolean,
  owner: string,
): boolean | null {
  const others = operator.operands.filter((operand) => !asks(unwrapped(operand)));
  if (others.length === operator.operands.length) return null;
  const texts = others
    .flatMap((operand) => (operand.kind === "array" ? operand.operands : [operand]))
    .map(constantText);
  if (texts.includes(null)) return null;
  const listed = texts.includes(owner);
  const name = operator.name.at(-1);
  switch (operator.form) {
    case "plain":
      return name === "=" ? listed : name === "<>" || name === "!=" ? !listed : null;
    case "in":
    case "not-distinct":
      return listed;
    case "not-in":
    case "distinct":
      return !listed;
    case "any":
      return name === "=" ? listed : null;
    case "all":
      return name === "<>" || name === "!=" ? !listed : null;
    default:
      return null;
  }
}

function unwrapped(expr: Expr): Expr {
  return expr.kind === "cast" ? unwrapped(expr.operand) : expr;
}

function holds(outer: Expr, { span }: Expr): boolean {
  return outer.span.start <= span.start && span.end <= outer.span.end;
}

function isSessionUser(expr: Expr): boolean {
  return expr.kind === "cast"
    ? isSessionUser(expr.operand)
    : expr.kind === "session-value" && expr.name === "session_user";
}

/** Looks the owner up among the roles: what rights the code itself has. */
function isAboutRoles(condition: Expr): boolean {
  let found = false;
  walkExpr(condition, {
    expr(expr) {
      if (
        expr.kind === "column" &&
        /^(rolname|usename|schemaname|nspowner|relowner)$/.test(expr.name.at(-1) ?? "")
      )
        found = true;
    },
  });
  return found;
}

function readsCatalogs(expr: Extract<Expr, { kind: "subquery" }>): boolean {
  let only = true;
  let any = false;
  walkStatement(expr.query, {
    expr: () => only,
    relation(relation) {
      any = true;
      const last = relation.name.at(-1) ?? "";
      if (!last.startsWith("pg_") && relation.name[0] !== "information_schema") only = false;
    },
  });
  return any && only;
}

/** `refuses`: everybody is turned away, as long as nobody else owns the routine. */
function report(context: RuleContext, definer: Definer, asked: Expr, refuses: boolean): void {
  const { access } = context;
  const { routine, name, owner } = definer;
  const reach = context.reach(routine);
  const what =
    asked.kind === "session-value"
      ? asked.name
      : asked.kind === "column"
        ? asked.name.join(".")
        : asked.kind === "call"
          ? (asked.name.at(-1) ?? "")
          : "current_user";
  const question = asked.kind === "call" ? `asks ${what} what its caller may do` : `asks ${what} who calls`;
  context.report({
    variant: null,
    severity: access.severity(refuses ? "low" : "high", reach),
    confidence: refuses ? "medium" : "high",
    message: `${name} ${question}, and gets ${asked.kind === "call" ? "what holds for " : ""}its owner ${owner}${refuses ? ": everybody is turned away" : ""}`,
    label: `always ${owner} here`,
    place: definer.place(asked.span),
    object: name,
    reach,
    related: [{ place: routine.securityDefiner.place, message: `runs as ${owner}` }],
    help: "ask session_user, or auth.uid() or the claims where clients come through an API; or make the routine SECURITY INVOKER",
  });
}
