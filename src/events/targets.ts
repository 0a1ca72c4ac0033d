import type { Node, ResTarget } from "@pgsql/types";
import { fitted } from "../text/shared.ts";
import { missing, nodesOf, readExpr, readExprs } from "./expression.ts";
import { NOWHERE, type Placed, place, type Range, type Reader, tokenOf } from "./reader.ts";
import type { Expr, Target } from "./tree.ts";

export interface Targets {
  readonly nodes: readonly Target[];
  /** Where each target begins, in the order of the list. */
  readonly ranges: readonly Range[];
}

/** A select list, RETURNING or SET: values with the names they go by. */
export function readTargets(list: readonly Node[] | undefined, reader: Reader): Targets {
  const nodes: Target[] = [];
  const ranges: Range[] = [];
  for (const node of list ?? []) {
    if (!("ResTarget" in node)) continue;
    const target = node.ResTarget;
    const { value, range } = readValue(target, reader);
    const first = tokenOf(reader, target.location);
    nodes.push({ name: target.name ?? null, value, ...subscriptsOf(target, reader) });
    ranges.push(first < 0 ? NOWHERE : { first, last: Math.max(first, range.last) });
  }
  return { nodes: fitted(nodes), ranges };
}

function readValue(target: ResTarget, reader: Reader): { readonly value: Expr; readonly range: Range } {
  const { val } = target;
  if (val === undefined) {
    const none = missing(reader);
    return { value: none.node, range: none };
  }
  if (!("MultiAssignRef" in val)) {
    const placed = readExpr(val, reader);
    return { value: placed.node, range: placed };
  }
  // SET (a, b) = ROW(x, y) gives each column its own; of SET (a, b) = (SELECT …) the first column has the query.
  const { source, colno = 1 } = val.MultiAssignRef;
  const items = source !== undefined && "RowExpr" in source ? source.RowExpr.args : undefined;
  const item = items?.[colno - 1];
  const placed =
    item !== undefined
      ? readExpr(item, reader)
      : source !== undefined && colno === 1
        ? readExpr(source, reader)
        : place(
            reader,
            NOWHERE,
            (span): Expr => ({ kind: "other", what: "MultiAssignRef", operands: [], span }),
          );
  return { value: placed.node, range: placed };
}

/** Expressions in `SET a[i] = …`. */
function subscriptsOf(target: ResTarget, reader: Reader): { readonly subscripts?: readonly Expr[] } {
  const found: Placed<Expr>[] = [];
  for (const step of target.indirection ?? []) {
    if (!("A_Indices" in step)) continue;
    const { lidx, uidx } = step.A_Indices;
    if (lidx !== undefined) found.push(...readExprs([lidx], reader));
    if (uidx !== undefined) found.push(...readExprs([uidx], reader));
  }
  return found.length === 0 ? {} : { subscripts: nodesOf(found) };
}
