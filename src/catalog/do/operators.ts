/** Operators on values, with SQL's three truths and a fourth: not known. */
import { likeMatches, regexMatches } from "./patterns.ts";
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
  return likeMatches(value.text, pattern.text, fold) !== not;
}

/** A loop that doubles an array is not followed. */
const LONGEST_ARRAY = 10_000;

/** `left name right`; `at`: where text that the operator makes stands. */
export function binary(name: string, left: Value, right: Value, at: number): Value {
  if (left === null || right === null) return left === UNKNOWN || right === UNKNOWN ? UNKNOWN : null;
  switch (name) {
    case "||": {
      if (isArray(left) && isArray(right))
        return left.length + right.length > LONGEST_ARRAY ? UNKNOWN : [...left, ...right];
      const parts = [textOf(left, at), textOf(right, at)];
      const known = parts.filter((part) => part !== undefined && part !== null);
      return known.length === 2 ? joined(known) : UNKNOWN;
    }
    case "~":
    case "~*":
    case "!~":
    case "!~*": {
      if (!isText(left) || !isText(right)) return UNKNOWN;
      const matches = regexMatches(left.text, right.text, name.endsWith("*"));
      return matches === null ? UNKNOWN : matches !== name.startsWith("!");
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
