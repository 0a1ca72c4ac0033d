/** Operators on values, with SQL's three truths and a fourth: not known. */
import { compared, isArray, isText, joined, textOf, UNKNOWN, type Value } from "./value.ts";

export function negated(value: Value): Value {
  return typeof value === "boolean" ? !value : value === null ? null : UNKNOWN;
}

/** AND; operands after one that is false are not asked for. */
export function every(values: Iterable<Value>): Value {
  let unknown = false;
  let missing = false;
  let other = false;
  for (const value of values) {
    if (value === false) return false;
    if (value === UNKNOWN) unknown = true;
    else if (value === null) missing = true;
    else if (value !== true) other = true;
  }
  if (unknown) return UNKNOWN;
  return missing ? null : other ? UNKNOWN : true;
}

export function equal(a: Value, b: Value): Value {
  if (a === null || b === null) return null;
  const order = compared(a, b);
  return order === undefined ? UNKNOWN : order === 0;
}

/** IN and = ANY. */
export function among(value: Value, list: readonly Value[]): Value {
  const flat = list.length === 1 && list[0] !== undefined && isArray(list[0]) ? list[0] : list;
  const results = flat.map((each) => equal(value, each));
  if (results.includes(true)) return true;
  return results.includes(UNKNOWN) ? UNKNOWN : results.includes(null) ? null : false;
}

export function like(value: Value, pattern: Value, fold: boolean, not: boolean): Value {
  if (value === null || pattern === null) return null;
  if (!isText(value) || !isText(pattern)) return UNKNOWN;
  return likePattern(pattern.text, fold).test(value.text) !== not;
}

/** The last pattern: a scan tests each of its rows with the same one. */
let last: { readonly pattern: string; readonly fold: boolean; readonly regExp: RegExp } | null = null;

function likePattern(pattern: string, fold: boolean): RegExp {
  if (last !== null && last.pattern === pattern && last.fold === fold) return last.regExp;
  const source = pattern.replace(/\\?[\s\S]/g, (part) =>
    part === "%"
      ? "[\\s\\S]*"
      : part === "_"
        ? "[\\s\\S]"
        : part.slice(-1).replace(/[.*+?^${}()|[\]\\]/, "\\$&"),
  );
  const regExp = new RegExp(`^${source}$`, fold ? "i" : "");
  last = { pattern, fold, regExp };
  return regExp;
}

/** `left name right`; `at`: where text that the operator makes stands. */
export function binary(name: string, left: Value, right: Value, at: number): Value {
  if (left === null || right === null) return left === UNKNOWN || right === UNKNOWN ? UNKNOWN : null;
  switch (name) {
    case "||": {
      if (isArray(left) && isArray(right)) return [...left, ...right];
      const parts = [textOf(left, at), textOf(right, at)];
      const known = parts.filter((part) => part !== undefined && part !== null);
      return known.length === 2 ? joined(known) : UNKNOWN;
    }
    case "~":
    case "~*":
    case "!~":
    case "!~*": {
      if (!isText(left) || !isText(right) || /\\[^\w]|\(\?|\[\[/.test(right.text)) return UNKNOWN;
      try {
        return new RegExp(right.text, name.endsWith("*") ? "i" : "").test(left.text) !== name.startsWith("!");
      } catch {
        return UNKNOWN;
      }
    }
    case "~~":
    case "!~~":
      return like(left, right, false, name.startsWith("!"));
    case "+":
    case "-":
    case "*":
      if (typeof left !== "number" || typeof right !== "number") return UNKNOWN;
      return name === "+" ? left + right : name === "-" ? left - right : left * right;
    default: {
      const order = compared(left, right);
      if (order === undefined) return UNKNOWN;
      const holds = COMPARISONS.get(name);
      return holds === undefined ? UNKNOWN : holds(order);
    }
  }
}

const COMPARISONS: ReadonlyMap<string, (order: number) => boolean> = new Map([
  ["=", (order: number) => order === 0],
  ["<>", (order: number) => order !== 0],
  ["!=", (order: number) => order !== 0],
  ["<", (order: number) => order < 0],
  [">", (order: number) => order > 0],
  ["<=", (order: number) => order <= 0],
  [">=", (order: number) => order >= 0],
]);
