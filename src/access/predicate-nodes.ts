/** Conditions in three-valued logic over a finite vocabulary: what policies say, without their syntax. */
import type { Expr } from "../events/tree.ts";

/** A value of the model: text (numbers too, in one spelling), truth values, NULL. */
export type Value = string | boolean | null;

/** Something whose value a condition depends on. */
export interface Atom {
  readonly key: string;
  /** `opaque`: an expression that is not looked into, such as a function call or a sub-select. */
  readonly kind: "column" | "session" | "opaque";
  /** As the condition writes it. */
  readonly name: string;
  readonly nullable: boolean;
  /** Opaque: rows of tables decide it, so that there is a caller for whom it is true and one for whom it is not. */
  readonly byRows: boolean;
  /** Opaque: the expression. */
  readonly expr: Expr | null;
  /** Stands where a truth value is wanted. */
  truth: boolean;
  /** What it is compared with. */
  readonly constants: Set<string>;
  /** Atoms it is compared with, itself too. */
  peers: Set<Atom>;
}

export type Comparison = "=" | "<>" | "<" | ">" | "<=" | ">=";

export type Node =
  | { readonly kind: "constant"; readonly value: Value }
  | { readonly kind: "atom"; readonly atom: Atom }
  | { readonly kind: "and" | "or"; readonly operands: readonly Node[] }
  | { readonly kind: "not"; readonly operand: Node }
  | { readonly kind: "compare"; readonly operator: Comparison; readonly left: Node; readonly right: Node }
  | { readonly kind: "distinct"; readonly not: boolean; readonly left: Node; readonly right: Node }
  | {
      readonly kind: "is";
      readonly what: "null" | "true" | "false" | "unknown";
      readonly not: boolean;
      readonly operand: Node;
    }
  | { readonly kind: "coalesce"; readonly operands: readonly Node[] }
  | { readonly kind: "nullif"; readonly left: Node; readonly right: Node }
  | {
      readonly kind: "case";
      readonly branches: readonly { readonly when: Node; readonly result: Node }[];
      readonly otherwise: Node;
    };

export const NULL: Node = { kind: "constant", value: null };
export const TRUE: Node = { kind: "constant", value: true };

/** The value of a node when its atoms have these values. */
export function evaluate(node: Node, values: ReadonlyMap<Atom, Value>): Value {
  switch (node.kind) {
    case "constant":
      return node.value;
    case "atom": {
      const value = values.get(node.atom);
      return value === undefined ? null : value;
    }
    case "and":
    case "or": {
      const decisive = node.kind === "or";
      let result: Value = !decisive;
      for (const operand of node.operands) {
        const value = truth(evaluate(operand, values));
        if (value === decisive) return decisive;
        if (value === null) result = null;
      }
      return result;
    }
    case "not": {
      const value = truth(evaluate(node.operand, values));
      return value === null ? null : !value;
    }
    case "compare": {
      const order = compare(evaluate(node.left, values), evaluate(node.right, values));
      if (order === null) return null;
      return holds(node.operator, order);
    }
    case "distinct": {
      const left = evaluate(node.left, values);
      const right = evaluate(node.right, values);
      const differs = left === null || right === null ? left !== right : compare(left, right) !== 0;
      return node.not ? !differs : differs;
    }
    case "is": {
      const value = evaluate(node.operand, values);
      const matches =
        node.what === "null" || node.what === "unknown"
          ? value === null
          : truth(value) === (node.what === "true");
      return node.not ? !matches : matches;
    }
    case "coalesce":
      for (const operand of node.operands) {
        const value = evaluate(operand, values);
        if (value !== null) return value;
      }
      return null;
    case "nullif": {
      const left = evaluate(node.left, values);
      return compare(left, evaluate(node.right, values)) === 0 ? null : left;
    }
    case "case":
      for (const { when, result } of node.branches) {
        if (truth(evaluate(when, values)) === true) return evaluate(result, values);
      }
      return evaluate(node.otherwise, values);
  }
}

/** Whether a value lets a row pass; text is read as boolean input reads it. */
export function truth(value: Value): boolean | null {
  if (value === null || typeof value === "boolean") return value;
  if (["t", "true", "1", "on", "yes", "y"].includes(value)) return true;
  if (["f", "false", "0", "off", "no", "n"].includes(value)) return false;
  return null;
}

function compare(left: Value, right: Value): number | null {
  if (left === null || right === null) return null;
  if (typeof left === "boolean" || typeof right === "boolean")
    return Number(truth(left)) - Number(truth(right));
  if (left === right) return 0;
  const numbers = [numberOf(left), numberOf(right)];
  const [a, b] = numbers;
  // Values that nothing names are larger than all numbers.
  if (a != null && b != null) return a - b;
  if (a != null) return -1;
  if (b != null) return 1;
  return left < right ? -1 : 1;
}

function numberOf(text: string): number | null {
  if (!/^-?\d+(?:\.\d+)?$/.test(text)) return null;
  const number = Number(text);
  return Number.isFinite(number) ? number : null;
}

function holds(operator: Comparison, order: number): boolean {
  switch (operator) {
    case "=":
      return order === 0;
    case "<>":
      return order !== 0;
    case "<":
      return order < 0;
    case ">":
      return order > 0;
    case "<=":
      return order <= 0;
    case ">=":
      return order >= 0;
  }
}

/** What judging a condition is about, and what it takes. */
export interface Extent {
  /** Each once, in the order of the text. */
  readonly atoms: readonly Atom[];
  /** Number of nodes. */
  readonly size: number;
}

// The same conditions are asked about again and again.
const extents = new WeakMap<Node, Extent>();

export function extentOf(node: Node): Extent {
  const known = extents.get(node);
  if (known !== undefined) return known;
  const atoms = new Set<Atom>();
  let size = 0;
  const open = [node];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    size++;
    if (next.kind === "atom") atoms.add(next.atom);
    else for (const part of partsOf(next).toReversed()) open.push(part);
  }
  const extent = { atoms: [...atoms], size };
  extents.set(node, extent);
  return extent;
}

function partsOf(node: Node): readonly Node[] {
  switch (node.kind) {
    case "constant":
    case "atom":
      return [];
    case "and":
    case "or":
    case "coalesce":
      return node.operands;
    case "not":
    case "is":
      return [node.operand];
    case "compare":
    case "distinct":
    case "nullif":
      return [node.left, node.right];
    case "case":
      return [...node.branches.flatMap(({ when, result }) => [when, result]), node.otherwise];
  }
}
