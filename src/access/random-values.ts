/** Where random() decides a value that should not be guessed. */
import type { Catalog } from "../catalog/catalog.ts";
import { callsIn } from "../catalog/references.ts";
import type { Body, Call, Expr, Insert, Select, Statement } from "../events/tree.ts";
import { walkBody } from "../events/walk.ts";
import type { Span } from "../text/span.ts";
import { exprParts } from "./expr-parts.ts";

/** A value made with random(), and the names it goes by: a variable, a column. */
export interface RandomValue {
  /** The call of random(). */
  readonly span: Span;
  readonly names: readonly string[];
}

const WHOLE =
  /token|secret|nonce|passw(?:or)?d|passphrase|passcode|api_?key|access_?key|session_?(?:id|key)|(?:^|_)(?:otp|pwd|mfa|totp)s?(?:_|$)|(?:invit\w*|verif\w*|confirm\w*|reset\w*|recover\w*|access|auth|login|security|backup|referral|share|join|coupon|voucher|redeem\w*|promo|pair\w*)_?(?:code|link|key|pin|hash)|(?:^|_)pin(?:_?code)?$/i;
/** `code` alone, with words that say nothing more. */
const CODE = /^(?:[vp]?_|new_|random_|generated?_|gen_|get_|create_|make_|unique_|the_)*codes?$/i;
const NOT =
  /tokenize|token_?(?:count|limit|usage|bucket)|tokens_?(?:used|left|per)|max_?tokens|sample|shuffle|mock|fake|dummy|seed_/i;

/** Whether a name says that its value must not be guessed. */
export function mustNotBeGuessed(name: string): boolean {
  return (WHOLE.test(name) || CODE.test(name)) && !NOT.test(name);
}

/** Values that a routine makes with random(); comparisons and orders that use it are no values. */
export function randomValues(
  catalog: Catalog,
  body: Body,
  searchPath: readonly string[],
): readonly RandomValue[] {
  if (!callsIn(body).some(isRandom)) return [];
  const found: RandomValue[] = [];
  const add = (names: readonly (string | null)[], value: Expr): void => {
    const span = randomIn(value);
    if (span !== null) found.push({ span, names: names.filter((name) => name !== null) });
  };
  walkBody(body, {
    plpgsql(statement) {
      if (statement.kind === "assign") add([statement.target.name.at(-1) ?? null], statement.value);
      if (statement.kind === "return" || statement.kind === "return-next")
        if (statement.value !== null) add([], statement.value);
      if (statement.kind === "block")
        for (const { name, default: value } of statement.declarations) if (value !== null) add([name], value);
      if (statement.kind === "sql" && statement.statement.kind === "select") {
        const { targets } = statement.statement;
        statement.into.forEach((variable, i) => {
          const target = targets[i];
          if (target !== undefined) add([variable.name.at(-1) ?? null], target.value);
        });
      }
    },
    statement(statement) {
      for (const { names, value } of written(catalog, statement, searchPath)) add(names, value);
    },
  });
  return found;
}

function isRandom({ name }: Call): boolean {
  return name.at(-1) === "random" && (name.length === 1 || name[0] === "pg_catalog");
}

interface WrittenValue {
  readonly names: readonly (string | null)[];
  readonly value: Expr;
}

function* written(catalog: Catalog, statement: Statement, path: readonly string[]): Iterable<WrittenValue> {
  if (statement.kind === "select")
    for (const { name, value } of statement.targets) yield { names: [name], value };
  if (statement.kind === "update")
    for (const { name, value } of statement.set) yield { names: [name], value };
  if (statement.kind === "insert" && statement.source !== null)
    yield* inserted(catalog, statement, statement.source, path);
}

function* inserted(
  catalog: Catalog,
  { target, columns }: Insert,
  source: Select,
  path: readonly string[],
): Iterable<WrittenValue> {
  const table = catalog.resolveRelation(target.name, path);
  const names = columns.length > 0 ? columns : (table?.columns.map(({ name }) => name) ?? []);
  const rows = source.values ?? [source.targets.map(({ value }) => value)];
  for (const row of rows) {
    for (const [i, value] of row.entries()) yield { names: [names[i] ?? null], value };
  }
}

/** The call of random() that an expression's value comes from. */
export function randomIn(expr: Expr): Span | null {
  if (expr.kind === "call" && isRandom(expr)) return expr.span;
  // A comparison says yes or no.
  if (expr.kind === "operator" && ["<", ">", "<=", ">=", "=", "<>"].includes(expr.name.at(-1) ?? ""))
    return null;
  if (expr.kind === "case") {
    for (const { then } of expr.branches) {
      const span = randomIn(then);
      if (span !== null) return span;
    }
    return expr.otherwise === null ? null : randomIn(expr.otherwise);
  }
  const rows = expr.kind === "subquery" && expr.form === "array" ? expr.query.targets : [];
  for (const part of [...exprParts(expr), ...rows.map(({ value }) => value)]) {
    const span = randomIn(part);
    if (span !== null) return span;
  }
  return null;
}
