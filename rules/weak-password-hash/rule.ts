import type { Call, Expr, Statement } from "../../src/events/tree.ts";
import { walkExpr } from "../../src/events/walk.ts";
import { type Code, codeOf } from "../../src/rule/code.ts";
import { defineRule, type RuleContext } from "../../src/rule/define.ts";
import type { Severity } from "../../src/rule/finding.ts";

const DIGESTS: ReadonlySet<string> = new Set(["md5", "digest", "sha224", "sha256", "sha384", "sha512"]);

/** Names of what holds a password: not of when it changed, what resets it, or a hash that is compared. */
const PASSWORD =
  /^(?:p_|v_|_|new_?|in_|user_?)?(?:pass|passwd|password|pwd)(?:_?(?:hash|text|plain|digest|enc(?:rypted)?))?$/i;

export default defineRule({
  title: "Password hash that is cheap to guess",
  severity: "high",
  category: "secrets",
  cwe: [916, 327],
  since: "0.1.0",
  variants: {},
  why: "Whoever obtains the table tries passwords offline: billions a second against md5 or sha256, and one pass cracks every user where there is no salt. DES looks at eight characters only.",
  check(context) {
    for (const code of codeOf(context)) {
      if (code.kind === "view" || code.kind === "policy") continue;
      if (code.calls().some(isHash)) judge(context, code);
    }
  },
});

function isHash({ name }: Call): boolean {
  const last = name.at(-1) ?? "";
  return last === "gen_salt" || DIGESTS.has(last);
}

function judge(context: RuleContext, code: Code): void {
  const report = (call: Call, severity: Severity, what: string): void => {
    context.report({
      variant: null,
      severity,
      confidence: "high",
      message: `${what}${code.object === null ? "" : ` in ${code.object}`}`,
      label: "cheap to guess",
      place: { source: code.source, span: call.span },
      object: code.object,
      help: "crypt(password, gen_salt('bf', 12)); better still: let the application use Argon2 or scrypt, or an identity provider",
    });
  };
  const seen = new Set<Call>();
  const digest = (expr: Expr): void => {
    walkExpr(expr, {
      expr(inner) {
        if (inner.kind !== "call" || seen.has(inner) || !DIGESTS.has(inner.name.at(-1) ?? "")) return;
        if (
          inner.name.length > 1 &&
          inner.name[0] !== "pg_catalog" &&
          inner.name[0] !== "public" &&
          inner.name[0] !== "extensions"
        )
          return;
        seen.add(inner);
        report(inner, "high", `${inner.name.at(-1)}() hashes a password`);
      },
    });
  };
  code.walk({
    expr(expr) {
      if (expr.kind !== "call") return;
      const name = expr.name.at(-1);
      if (name === "gen_salt") {
        const weak = weakSalt(expr);
        if (weak !== null) report(expr, weak[0], weak[1]);
      } else if (name !== undefined && DIGESTS.has(name)) {
        // md5(password): the argument says what it is.
        const [first] = expr.args;
        if (first !== undefined && names(first.value)) digest(expr);
      }
    },
    statement(statement) {
      for (const value of assignedToPassword(context, code, statement)) if (!usesCrypt(value)) digest(value);
    },
    plpgsql(statement) {
      if (
        statement.kind === "assign" &&
        PASSWORD.test(statement.target.name.at(-1) ?? "") &&
        !usesCrypt(statement.value)
      )
        digest(statement.value);
    },
  });
}

function weakSalt(call: Call): readonly [Severity, string] | null {
  const [type, rounds] = call.args.map(({ value }) => value);
  if (type?.kind !== "string") return null;
  const count = rounds?.kind === "number" ? Number(rounds.value) : null;
  switch (type.value.toLowerCase()) {
    case "des":
      return ["high", "gen_salt('des') makes a hash of the first eight characters only"];
    case "xdes":
    case "md5":
      return ["high", `gen_salt('${type.value}') makes a hash that is fast to try`];
    case "bf":
      if (rounds !== undefined && count === null) return null;
      if (count !== null && count >= 10) return null;
      return [
        "medium",
        `gen_salt('bf'${count === null ? "" : `, ${count}`}) makes a bcrypt hash of cost ${count ?? 6}, which is fast to try today`,
      ];
    default:
      return null;
  }
}

/** A column, parameter or field that is named as a password, alone or joined with a salt. */
function names(expr: Expr): boolean {
  if (expr.kind === "column") return PASSWORD.test(expr.name.at(-1) ?? "");
  if (expr.kind === "cast") return names(expr.operand);
  if (expr.kind === "operator" && expr.name.at(-1) === "||") return expr.operands.some(names);
  if (expr.kind === "call" && ["convert_to", "concat", "lower"].includes(expr.name.at(-1) ?? ""))
    return expr.args.some(({ value }) => names(value));
  return false;
}

function usesCrypt(expr: Expr): boolean {
  let found = false;
  walkExpr(expr, {
    expr: (inner) => {
      if (inner.kind === "call" && inner.name.at(-1) === "crypt") found = true;
    },
  });
  return found;
}

/** Values that a statement puts into a column named as a password. */
function assignedToPassword(context: RuleContext, code: Code, statement: Statement): readonly Expr[] {
  const values: Expr[] = [];
  if (statement.kind === "update") {
    for (const { name, value } of statement.set) if (name !== null && PASSWORD.test(name)) values.push(value);
  }
  if (statement.kind !== "insert") return values;
  const path =
    code.routine === null ? ["public"] : (context.catalog.searchPath(code.routine)?.values ?? ["public"]);
  const columns =
    statement.columns.length > 0
      ? statement.columns
      : (context.catalog.resolveRelation(statement.target.name, path)?.columns.map(({ name }) => name) ?? []);
  columns.forEach((column, i) => {
    if (!PASSWORD.test(column)) return;
    for (const row of statement.source?.values ?? []) if (row[i] !== undefined) values.push(row[i]);
    const target = statement.source?.values == null ? statement.source?.targets[i] : undefined;
    if (target !== undefined) values.push(target.value);
  });
  return values;
}
