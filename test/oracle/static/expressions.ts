/** Expressions in a form in which what somebody wrote and what PostgreSQL deparses of it are the same text. */

import type { Expr } from "../../../src/events/tree.ts";
import { readExpression } from "../../../src/events/tree-from-ast.ts";
import { loadParser } from "../../../src/parser/postgres.ts";

const parser = await loadParser();

/** Text of PostgreSQL's to that form. */
export function normalText(text: string): string {
  const map = [0, 0];
  return normalExpr(readExpression({ text, map }, parser));
}

/**
 * The expression without what PostgreSQL adds or drops: casts, qualification of functions, parentheses, spans, and the
 * grammar's own names for operators (`IN`, `BETWEEN`) are kept as written.
 */
export function normalExpr(expr: Expr): string {
  return JSON.stringify(plain(expr));
}

function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  const node = new Map(Object.entries(value));
  const kind = node.get("kind");
  if (kind === "cast") return plain(node.get("operand"));
  if (kind === "string" || kind === "number") return { constant: String(node.get("value")) };
  const result: Record<string, unknown> = {};
  for (const [key, member] of node) {
    if (key === "span" || key === "nameSpan" || key === "map" || key === "grammar") continue;
    result[key] = key === "name" && Array.isArray(member) ? member.at(-1) : plain(member);
  }
  return result;
}
