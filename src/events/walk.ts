/** Walks over trees, without recursion: they can be deeper than the stack. */

import type { Body, Expr, FromItem, PlStatement, RelationItem, Statement, TypeName } from "./tree.ts";
import { type Part, partsOf, partsOfBody, type RelationRole } from "./tree-parts.ts";

/**
 * What to do at each thing met, in the order of the text and before what is inside it. A callback that returns `false`
 * keeps the walk from going inside.
 */
export interface Visitor {
  expr?(expr: Expr): unknown;
  /** `named`: in a utility statement, such as LOCK or DROP. */
  relation?(relation: RelationItem, role: RelationRole): unknown;
  type?(type: TypeName): unknown;
  /** Every item of FROM; relations come to `relation` as well. */
  from?(item: FromItem): unknown;
  /** Every statement, those inside too: WITH queries, sub-selects, operands of UNION, the query of an INSERT. */
  statement?(statement: Statement): unknown;
  plpgsql?(statement: PlStatement): unknown;
}

/** Visits an expression and everything inside it. */
export function walkExpr(expr: Expr, visitor: Visitor): void {
  walk([{ is: "expr", node: expr }], visitor);
}

/** Visits a statement and everything inside it. */
export function walkStatement(statement: Statement, visitor: Visitor): void {
  walk([{ is: "statement", node: statement }], visitor);
}

/** Visits one PL/pgSQL statement and everything inside it. */
export function walkPlpgsql(statement: PlStatement, visitor: Visitor): void {
  walk([{ is: "plpgsql", node: statement }], visitor);
}

/** Visits all code of a routine; nothing when its body could not be read. */
export function walkBody(body: Body, visitor: Visitor): void {
  walk(partsOfBody(body), visitor);
}

function walk(start: readonly Part[], visitor: Visitor): void {
  const open = start.toReversed();
  for (let part = open.pop(); part !== undefined; part = open.pop()) {
    if (visit(part, visitor) === false) continue;
    const inside = partsOf(part);
    for (let i = inside.length - 1; i >= 0; i--) {
      const next = inside[i];
      if (next !== undefined) open.push(next);
    }
  }
}

function visit(part: Part, visitor: Visitor): unknown {
  switch (part.is) {
    case "expr":
      return visitor.expr?.(part.node);
    case "statement":
      return visitor.statement?.(part.node);
    case "relation":
      return visitor.relation?.(part.node, part.role);
    case "type":
      return visitor.type?.(part.node);
    case "plpgsql":
      return visitor.plpgsql?.(part.node);
    case "from":
      return visitor.from?.(part.node);
  }
}
