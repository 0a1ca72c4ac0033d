/** Walks over trees, without recursion: they can be deeper than the stack. */

import type { Body, Expr, FromItem, PlStatement, RelationItem, Statement, TypeName } from "./tree.ts";
import { addParts, type Part, partsOfBody, type RelationRole } from "./tree-parts.ts";

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
  // Most trees are walked by many rules: what a visitor does not ask for is neither looked up again nor gone into.
  const { expr, statement, relation, type, plpgsql, from } = visitor;
  const asksInside = (expr ?? statement ?? relation ?? type ?? from) !== undefined;
  const tell = (part: Part): unknown => {
    switch (part.is) {
      case "expr":
        return expr?.(part.node);
      case "statement":
        return statement?.(part.node);
      case "relation":
        return relation?.(part.node, part.role);
      case "type":
        return type?.(part.node);
      case "plpgsql":
        return plpgsql?.(part.node);
      case "from":
        return from?.(part.node);
    }
  };
  const open = start.toReversed();
  for (let part = open.pop(); part !== undefined; part = open.pop()) {
    if (!asksInside && part.is !== "plpgsql") continue;
    if (tell(part) === false) continue;
    const before = open.length;
    addParts(open, part);
    reverseFrom(open, before);
  }
}

/** Turns the end of a list around: what is taken first is last in it. */
function reverseFrom(list: Part[], start: number): void {
  for (let low = start, high = list.length - 1; low < high; low++, high--) {
    const first = list[low];
    const last = list[high];
    if (first === undefined || last === undefined) return;
    list[low] = last;
    list[high] = first;
  }
}
