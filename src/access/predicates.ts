/** What a policy's condition comes to: for whom it is true, for which rows, and which of two conditions is weaker. */
import type { Expr } from "../events/tree.ts";
import { compile, NO_SCOPE, type Scope, type Vocabulary } from "./predicate-compile.ts";
import { extentOf, type Node, TRUE, type Value } from "./predicate-nodes.ts";
import { findRow, isPossible, type Row, type Session, sessionConstant } from "./predicate-search.ts";

export type { Node } from "./predicate-nodes.ts";
export { describeRow, type Row, type Session } from "./predicate-search.ts";

/** `undecided`: it depends on what is not looked into, or there are too many combinations. */
export type Verdict = "yes" | "no" | "undecided";

function session(name: string, values: Readonly<Record<string, Value>>, others: Value | undefined): Session {
  return {
    name,
    value: (key) => {
      if (key in values) return values[key];
      return key.startsWith("claim:") || key.startsWith("setting:") ? others : undefined;
    },
  };
}

const CALLER = sessionConstant("caller");
const JWT = sessionConstant("jwt");

/** Nothing is known of who asks. */
export const ANYONE: Session = { name: "anyone", value: () => undefined };

/** A client that has not signed in: with the API's token for such clients, and with none at all. */
export const ANONYMOUS: readonly Session[] = [
  session(
    "anonymous",
    { uid: null, role: "anon", email: null, jwt: JWT, current_user: "anon", session_user: CALLER },
    null,
  ),
  session(
    "anonymous",
    { uid: null, role: null, email: null, jwt: null, current_user: CALLER, session_user: CALLER },
    null,
  ),
];

/** A client that has signed in as somebody. */
export const SIGNED_IN: Session = session(
  "signed in",
  {
    uid: sessionConstant("uid"),
    role: "authenticated",
    jwt: JWT,
    "claim:aud": "authenticated",
    current_user: "authenticated",
    session_user: CALLER,
  },
  undefined,
);

/** Somebody in particular: claims and settings have a value of their own too. */
const SOMEBODY: Session = {
  name: "somebody",
  value: (key) => SIGNED_IN.value(key) ?? sessionConstant(key),
};

/** Conditions of one table, over one vocabulary. */
export interface Predicates {
  /** Compiles a condition; the same columns and calls are the same in all of them. */
  of(expr: Expr | null): Node;
  /** As if IS NOT DISTINCT FROM and coalesce matched no NULL. */
  strict(expr: Expr): Node;
}

export function predicates(scope: Scope = NO_SCOPE): Predicates {
  const vocabulary: Vocabulary = new Map();
  const known = new Map<Expr, Node>();
  return {
    of: (expr) => {
      if (expr === null) return TRUE;
      let node = known.get(expr);
      if (node === undefined) {
        node = compile(expr, vocabulary, scope);
        known.set(expr, node);
      }
      return node;
    },
    strict: (expr) => compile(expr, vocabulary, scope, true),
  };
}

/** Whether the condition is true for every row, whatever else is asked. */
export function alwaysTrue(node: Node, asking: Session): Verdict {
  const possible = isPossible({ holds: [], fails: [node] }, asking);
  if (possible === undefined) return "undecided";
  if (!possible) return "yes";
  const question = { holds: [], fails: [node], anyCaller: true, anyRows: true };
  return findRow(question, asking) == null ? "undecided" : "no";
}

/** The same for any of several sessions. */
export function alwaysTrueForAny(node: Node, asking: readonly Session[]): Verdict {
  const verdicts = asking.map((one) => alwaysTrue(node, one));
  if (verdicts.includes("yes")) return "yes";
  return verdicts.every((verdict) => verdict === "no") ? "no" : "undecided";
}

/** Whether there is no row for which the first holds and the second does not; nothing is assumed of opaque parts. */
export function implies(first: Node, second: Node, asking: Session): Verdict {
  const possible = isPossible({ holds: [first], fails: [second] }, asking);
  return possible === undefined ? "undecided" : possible ? "no" : "yes";
}

/** A column that a condition ties to who is asking. */
export interface IdentityColumn {
  readonly column: string;
  /** Name of the session value. */
  readonly session: string;
  readonly nullable: boolean;
  /** column = session value */
  readonly equal: Node;
}

/** Columns that are compared with a session value in this condition. */
export function comparedWithSession(node: Node): readonly IdentityColumn[] {
  const found: IdentityColumn[] = [];
  const atoms = extentOf(node).atoms;
  for (const column of atoms) {
    if (column.kind !== "column") continue;
    for (const value of atoms) {
      if (value.kind !== "session" || !column.peers.has(value)) continue;
      const equal: Node = {
        kind: "compare",
        operator: "=",
        left: { kind: "atom", atom: column },
        right: { kind: "atom", atom: value },
      };
      found.push({ column: column.name, session: value.key.slice(2), nullable: column.nullable, equal });
    }
  }
  return found;
}

/** Columns that equal the session value in every row that passes. */
export function identityColumns(node: Node): readonly IdentityColumn[] {
  return comparedWithSession(node).filter(({ equal }) => implies(node, equal, ANYONE) === "yes");
}

/** A row that passes the condition although it is somebody else's, whatever the opaque parts are. */
export function rowOfSomebodyElse(node: Node, identity: IdentityColumn): Row | null {
  const other = sessionConstant("somebody else");
  const row = findRow({ holds: [node], fails: [], given: new Map([[identity.column, other]]) }, SOMEBODY);
  return row == null
    ? null
    : new Map([...row].map(([column, value]) => [column, value === other ? "\u2039other 0" : value]));
}

/** A row that passes the first and none of the others, whatever the opaque parts are; `undefined`: too many combinations. */
export function rowThatPasses(
  node: Node,
  butNot: readonly Node[],
  asking: Session,
  given: Row = new Map(),
): Row | null | undefined {
  return findRow({ holds: [node], fails: butNot, given }, asking);
}

/** Names of what the condition depends on and cannot be looked into. */
export function opaqueParts(node: Node): readonly string[] {
  return [...new Set(extentOf(node).atoms.flatMap((atom) => (atom.kind === "opaque" ? [atom.name] : [])))];
}

/** The condition, and every row in which a column that it compares with the caller is NULL. */
export function orOwnerless(node: Node): Node {
  const columns = comparedWithSession(node).flatMap(({ equal }) =>
    equal.kind === "compare" ? [equal.left] : [],
  );
  return {
    kind: "or",
    operands: [node, ...columns.map((operand): Node => ({ kind: "is", what: "null", not: false, operand }))],
  };
}

/** Expressions that the condition depends on and that are not looked into. */
export function opaqueExpressions(node: Node): readonly Expr[] {
  return extentOf(node).atoms.flatMap(({ kind, expr }) => (kind === "opaque" && expr !== null ? [expr] : []));
}

/** Columns of the table that the condition names outside opaque parts. */
export function columnsOf(node: Node): readonly string[] {
  return extentOf(node).atoms.flatMap((atom) => (atom.kind === "column" ? [atom.name] : []));
}

/** Session values that it names outside opaque parts. */
export function sessionsOf(node: Node): readonly string[] {
  return extentOf(node).atoms.flatMap((atom) => (atom.kind === "session" ? [atom.key.slice(2)] : []));
}
