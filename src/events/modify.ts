/** INSERT, UPDATE, DELETE and MERGE. */
import type {
  DeleteStmt,
  InsertStmt,
  MergeStmt,
  MergeWhenClause,
  Node,
  OnConflictClause,
  ReturningClause,
  UpdateStmt,
} from "@pgsql/types";
import { missing, nodesOf, readExpr, readExprs } from "./expression.ts";
import { readFromItem, readFromItems } from "./from-item.ts";
import { readSelectNode, readWith } from "./query.ts";
import { type Placed, place, type Reader } from "./reader.ts";
import { readTarget } from "./relation.ts";
import { modifyRange } from "./statement-range.ts";
import { readTargets } from "./targets.ts";
import type { Delete, Expr, Insert, Merge, Target, Update } from "./tree.ts";

export function readInsert(statement: InsertStmt, outer: Reader): Placed<Insert> {
  const { ctes, reader } = readWith(statement.withClause, outer);
  const target = readTarget(statement.relation, reader);
  const source = statement.selectStmt;
  return place(reader, modifyRange(reader, "insert", target, statement.withClause), (span) => ({
    kind: "insert",
    span,
    ctes,
    target: target.node,
    columns: columnsOf(statement.cols),
    source: source === undefined ? null : readSelectNode(source, reader).node,
    conflict: conflictOf(statement.onConflictClause, reader),
    returning: returningOf(statement.returningClause, reader),
  }));
}

export function readUpdate(statement: UpdateStmt, outer: Reader): Placed<Update> {
  const { ctes, reader } = readWith(statement.withClause, outer);
  const target = readTarget(statement.relation, reader);
  return place(reader, modifyRange(reader, "update", target, statement.withClause), (span) => ({
    kind: "update",
    span,
    ctes,
    target: target.node,
    set: readTargets(statement.targetList, reader).nodes,
    from: nodesOf(readFromItems(statement.fromClause, reader)),
    where: optional(statement.whereClause, reader),
    returning: returningOf(statement.returningClause, reader),
  }));
}

export function readDelete(statement: DeleteStmt, outer: Reader): Placed<Delete> {
  const { ctes, reader } = readWith(statement.withClause, outer);
  const target = readTarget(statement.relation, reader);
  return place(reader, modifyRange(reader, "delete", target, statement.withClause), (span) => ({
    kind: "delete",
    span,
    ctes,
    target: target.node,
    using: nodesOf(readFromItems(statement.usingClause, reader)),
    where: optional(statement.whereClause, reader),
    returning: returningOf(statement.returningClause, reader),
  }));
}

export function readMerge(statement: MergeStmt, outer: Reader): Placed<Merge> {
  const { ctes, reader } = readWith(statement.withClause, outer);
  const target = readTarget(statement.relation, reader);
  const source = readFromItem(statement.sourceRelation ?? { RangeVar: {} }, reader);
  return place(reader, modifyRange(reader, "merge", target, statement.withClause), (span) => ({
    kind: "merge",
    span,
    ctes,
    target: target.node,
    source: source.node,
    on: optional(statement.joinCondition, reader) ?? missing(reader).node,
    actions: (statement.mergeWhenClauses ?? []).flatMap((node) =>
      "MergeWhenClause" in node ? [actionOf(node.MergeWhenClause, reader)] : [],
    ),
    returning: returningOf(statement.returningClause, reader),
  }));
}

function actionOf(clause: MergeWhenClause, reader: Reader): Merge["actions"][number] {
  const condition = optional(clause.condition, reader);
  if (clause.values === undefined) {
    return { condition, targets: readTargets(clause.targetList, reader).nodes };
  }
  // INSERT: columns in one list, values in another.
  const columns = columnsOf(clause.targetList);
  const targets = readExprs(clause.values, reader).map(
    (value, i): Target => ({ name: columns[i] ?? null, value: value.node }),
  );
  return { condition, targets };
}

function columnsOf(list: readonly Node[] | undefined): readonly string[] {
  return (list ?? []).flatMap((node) => ("ResTarget" in node ? [node.ResTarget.name ?? ""] : []));
}

function conflictOf(clause: OnConflictClause | undefined, reader: Reader): Insert["conflict"] {
  if (clause === undefined) return null;
  const targetExprs: Expr[] = [];
  for (const element of clause.infer?.indexElems ?? []) {
    if ("IndexElem" in element && element.IndexElem.expr !== undefined) {
      targetExprs.push(readExpr(element.IndexElem.expr, reader).node);
    }
  }
  if (clause.infer?.whereClause !== undefined)
    targetExprs.push(readExpr(clause.infer.whereClause, reader).node);
  return {
    set: readTargets(clause.targetList, reader).nodes,
    where: optional(clause.whereClause, reader),
    targetExprs,
  };
}

function returningOf(clause: ReturningClause | undefined, reader: Reader): readonly Target[] {
  return readTargets(clause?.exprs, reader).nodes;
}

function optional(node: Node | undefined, reader: Reader): Expr | null {
  return node === undefined ? null : readExpr(node, reader).node;
}
