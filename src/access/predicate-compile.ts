/** Expressions to conditions. What is not understood becomes an opaque atom: the same text is the same atom. */
import { remembered } from "../catalog/remembered.ts";
import type { Expr, StringConstant } from "../events/tree.ts";
import { decidedByRows, type RowScope } from "./by-rows.ts";
import { type Atom, type Comparison, type Node, NULL, TRUE } from "./predicate-nodes.ts";
import { selectedValue, sessionValue } from "./session-values.ts";

/** Where a condition's names mean something. */
export interface Scope {
  readonly isNotNull: (column: string) => boolean;
  /** What a call stands for, when its function is plain SQL that can be read; null otherwise. */
  readonly inline: (call: Expr) => Expr | null;
  /** Whether rows of tables decide what a call returns. */
  readonly decides: (call: Expr) => boolean;
}

export const NO_SCOPE: Scope = { isNotNull: () => false, inline: () => null, decides: () => false };

/** Atoms by key, shared by conditions that are compared with each other. */
export type Vocabulary = Map<string, Atom>;

const COMPARISONS: ReadonlyMap<string, Comparison> = new Map([
  ["=", "="],
  ["<>", "<>"],
  ["!=", "<>"],
  ["<", "<"],
  [">", ">"],
  ["<=", "<="],
  [">=", ">="],
]);

/** Casts that keep different values different and equal ones equal. */
const FAITHFUL_TYPES: ReadonlySet<string> = new Set([
  "text",
  "varchar",
  "name",
  "uuid",
  "bool",
  "int2",
  "int4",
  "int8",
  "numeric",
  "json",
  "jsonb",
  "citext",
]);

const DEPTH = 200;

const NO_NAMES: ReadonlySet<string> = new Set();

/** Compiles an expression; `strict` reads IS NOT DISTINCT FROM and coalesce as if NULL matched nothing. */
export function compile(expr: Expr, vocabulary: Vocabulary, scope: Scope = NO_SCOPE, strict = false): Node {
  const rows: RowScope = { parameters: NO_NAMES, decides: scope.decides };
  const atom = (kind: Atom["kind"], key: string, name: string, nullable: boolean, of: Expr | null): Atom => {
    let found = vocabulary.get(key);
    if (found === undefined) {
      const byRows = kind === "opaque" && of !== null && decidedByRows(of, rows);
      found = {
        key,
        kind,
        name,
        nullable,
        byRows,
        expr: of,
        truth: false,
        constants: new Set(),
        peers: new Set(),
      };
      found.peers.add(found);
      vocabulary.set(key, found);
    }
    return found;
  };
  const opaque = (of: Expr): Node => ({
    kind: "atom",
    atom: atom("opaque", `o:${canonical(of)}`, describe(of), true, of),
  });
  const compared = (left: Node, right: Node): void => {
    const sides = [left, right].flatMap(leaves);
    const atoms = sides.flatMap((side) => (side.kind === "atom" ? [side.atom] : []));
    // The smaller set goes into the larger one: a table can have thousands of policies over one column.
    const sets = [...new Set(atoms.map((one) => one.peers))].sort((one, other) => other.size - one.size);
    const [peers, ...smaller] = sets;
    if (peers !== undefined) for (const set of smaller) for (const one of set) join(one, peers);
    for (const side of sides) {
      if (side.kind !== "constant" || side.value === null) continue;
      if (typeof side.value === "boolean") for (const one of atoms) one.truth = true;
      else for (const one of atoms) one.constants.add(side.value);
    }
  };
  const comparison = (operator: Comparison, left: Node, right: Node, of: Expr): Node => {
    if (operator !== "=" && operator !== "<>") {
      // An order is known only between one thing and numbers.
      const constant = [left, right].find((side) => side.kind === "constant");
      const other = [left, right].find((side) => side.kind === "atom");
      const both = left.kind === "constant" && right.kind === "constant";
      const numeric =
        constant?.kind === "constant" &&
        typeof constant.value === "string" &&
        /^-?\d+(\.\d+)?$/.test(constant.value);
      if (!both && (!numeric || other === undefined)) return truthOf(opaque(of));
      if (other?.kind === "atom" && constant?.kind === "constant" && typeof constant.value === "string") {
        other.atom.constants
          .add(String(Number(constant.value) - 0.5))
          .add(String(Number(constant.value) + 0.5));
      }
    }
    compared(left, right);
    return { kind: "compare", operator, left, right };
  };
  const equalsAny = (left: Node, items: readonly Expr[], depth: number, of: Expr): Node => ({
    kind: "or",
    operands: items.map((item) => comparison("=", left, walk(item, depth), of)),
  });

  const operatorNode = (of: Expr & { readonly kind: "operator" }, depth: number): Node => {
    const [left, right, third] = of.operands;
    if (left === undefined || right === undefined) return opaque(of);
    const operator = COMPARISONS.get(of.name.at(-1) ?? "");
    switch (of.form) {
      case "plain":
        if (operator === undefined || left.kind === "row" || right.kind === "row") return opaque(of);
        return comparison(operator, walk(left, depth), walk(right, depth), of);
      case "in":
        return equalsAny(walk(left, depth), of.operands.slice(1), depth, of);
      case "not-in":
        return { kind: "not", operand: equalsAny(walk(left, depth), of.operands.slice(1), depth, of) };
      case "any":
        return right.kind === "array" && operator === "="
          ? equalsAny(walk(left, depth), right.operands, depth, of)
          : opaque(of);
      case "between":
      case "not-between": {
        if (third === undefined) return opaque(of);
        const value = walk(left, depth);
        const bounds: Node[] = [
          comparison(">=", value, walk(right, depth), of),
          comparison("<=", value, walk(third, depth), of),
        ];
        const between: Node = bounds.some((bound) => bound.kind === "atom")
          ? truthOf(opaque(of))
          : { kind: "and", operands: bounds };
        return of.form === "between" || between.kind === "atom" ? between : { kind: "not", operand: between };
      }
      case "distinct":
      case "not-distinct": {
        const sides = [walk(left, depth), walk(right, depth)] as const;
        compared(...sides);
        if (strict && of.form === "not-distinct")
          return { kind: "compare", operator: "=", left: sides[0], right: sides[1] };
        return { kind: "distinct", not: of.form === "not-distinct", left: sides[0], right: sides[1] };
      }
      case "nullif": {
        const sides = [walk(left, depth), walk(right, depth)] as const;
        compared(...sides);
        return { kind: "nullif", left: sides[0], right: sides[1] };
      }
      case "like":
      case "ilike":
      case "similar":
      case "all":
        return opaque(of);
    }
  };

  const walk = (of: Expr, depth: number): Node => {
    if (depth > DEPTH) return opaque(of);
    const session = sessionValue(of);
    if (session !== null) {
      const nullable = session !== "current_user" && session !== "session_user";
      return { kind: "atom", atom: atom("session", `s:${session}`, describe(of), nullable, of) };
    }
    switch (of.kind) {
      case "string":
        return { kind: "constant", value: of.value };
      case "number":
        return { kind: "constant", value: spelled(of) };
      case "boolean":
        return { kind: "constant", value: of.value };
      case "null":
        return NULL;
      case "column": {
        const name = of.name.at(-1) ?? "";
        if (name === "*") return opaque(of);
        return { kind: "atom", atom: atom("column", `c:${name}`, name, !scope.isNotNull(name), of) };
      }
      case "and":
      case "or":
        return { kind: of.kind, operands: of.operands.map((operand) => truthOf(walk(operand, depth + 1))) };
      case "not": {
        const [operand] = of.operands;
        return operand === undefined
          ? opaque(of)
          : { kind: "not", operand: truthOf(walk(operand, depth + 1)) };
      }
      case "is": {
        const operand = walk(of.operand, depth + 1);
        return {
          kind: "is",
          what: of.what,
          not: of.not,
          operand: of.what === "null" ? operand : truthOf(operand),
        };
      }
      case "coalesce": {
        const operands = of.operands.map((operand) => walk(operand, depth + 1));
        const [first] = operands;
        if (
          strict &&
          first !== undefined &&
          operands.some((operand) => operand.kind === "atom" && operand.atom.kind === "session")
        ) {
          return (
            operands.find((operand) => operand.kind === "atom" && operand.atom.kind === "session") ?? first
          );
        }
        if (strict && first?.kind === "atom" && !first.atom.truth) return first;
        return { kind: "coalesce", operands };
      }
      case "operator":
        return operatorNode(of, depth + 1);
      case "case": {
        const subject = of.subject === null ? null : walk(of.subject, depth + 1);
        return {
          kind: "case",
          branches: of.branches.map((branch) => ({
            when:
              subject === null
                ? truthOf(walk(branch.when, depth + 1))
                : comparison("=", subject, walk(branch.when, depth + 1), branch.when),
            result: walk(branch.then, depth + 1),
          })),
          otherwise: of.otherwise === null ? NULL : walk(of.otherwise, depth + 1),
        };
      }
      case "cast": {
        const inner = walk(of.operand, depth + 1);
        const faithful = !of.type.array && FAITHFUL_TYPES.has(of.type.name.at(-1) ?? "");
        if (inner.kind === "constant" || faithful) return inner;
        return opaque(of);
      }
      case "subquery": {
        const value = selectedValue(of);
        if (value !== null) return walk(value, depth + 1);
        const { query } = of;
        const noSource =
          query.from.length === 0 &&
          query.where === null &&
          query.setOperation === null &&
          query.limit === null;
        if (of.form === "exists" && noSource && query.having === null && query.offset === null) return TRUE;
        return opaque(of);
      }
      case "call": {
        const value = scope.inline(of);
        return value === null ? opaque(of) : walk(value, depth + 20);
      }
      default:
        return opaque(of);
    }
  };
  return truthOf(walk(expr, 0));
}

function join(atom: Atom, peers: Set<Atom>): void {
  peers.add(atom);
  atom.peers = peers;
}

/** Marks what stands where a truth value is wanted. */
function truthOf(node: Node): Node {
  for (const leaf of leaves(node)) if (leaf.kind === "atom") leaf.atom.truth = true;
  return node;
}

/** Nodes whose value can be the value of this one. */
function leaves(node: Node): readonly Node[] {
  switch (node.kind) {
    case "coalesce":
      return node.operands.flatMap(leaves);
    case "nullif":
      return [...leaves(node.left), ...leaves(node.right)];
    case "case":
      return [...node.branches.flatMap(({ result }) => leaves(result)), ...leaves(node.otherwise)];
    case "atom":
    case "constant":
      return [node];
    default:
      return [];
  }
}

function spelled(of: { readonly value: string }): string {
  const number = Number(of.value);
  return Number.isSafeInteger(number) ? String(number) : of.value;
}

/** Text that is the same for the same expression, wherever it stands. */
function canonical(of: Expr): string {
  return remembered(texts, of, () =>
    JSON.stringify(of, (key, part: unknown) =>
      key === "span" || key === "nameSpan" || key === "map" ? undefined : part,
    ),
  );
}

// Each rule about policies compiles their conditions anew.
const texts = new WeakMap<Expr, string>();

/** A short text for an expression. */
function describe(of: Expr): string {
  switch (of.kind) {
    case "column":
      return of.name.join(".");
    case "call":
      return `${of.name.join(".")}(${of.args.length === 0 ? "" : "…"})`;
    case "session-value":
      return of.name;
    case "string":
      return `'${shortened(of)}'`;
    case "number":
      return of.value;
    case "cast":
      return describe(of.operand);
    case "subquery":
      return of.form === "exists" ? "EXISTS (…)" : "(SELECT …)";
    case "operator":
      return of.operands.map(describe).join(` ${of.name.at(-1) ?? ""} `);
    default:
      return "…";
  }
}

function shortened(of: StringConstant): string {
  return of.value.length > 30 ? `${of.value.slice(0, 30)}…` : of.value;
}
