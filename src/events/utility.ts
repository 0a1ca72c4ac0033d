/** Statements other than queries, where they stand in a body. */
import type { Node } from "@pgsql/types";
import { collect } from "./collect.ts";
import { commandTag } from "./command-tag.ts";
import { nodesOf } from "./expression.ts";
import { namedRelations } from "./named-relations.ts";
import { type Placed, place, type Reader } from "./reader.ts";
import type { Utility } from "./tree.ts";
import { eventsOfUtility } from "./utility-events.ts";

/** Relations, expressions, types and statements that a utility statement names, without the object it creates. */
export function readUtility(node: Node, reader: Reader): Placed<Utility> {
  const found = collect(withoutCreated(node), reader);
  const relations = [...found.relations.map((one) => one.node), ...namedRelations(node, reader)];
  return place(reader, reader.whole, (span) => ({
    kind: "utility",
    tag: commandTag(node),
    span,
    expressions: nodesOf(found.exprs),
    relations,
    types: nodesOf(found.types),
    statements: nodesOf(found.statements),
    // CALL is itself an event that holds this statement.
    events: "CallStmt" in node ? [] : eventsOfUtility(node, reader.text, span),
  }));
}

/** The statement's own members, without the name it defines: that is not looked up. */
function withoutCreated(node: Node): object {
  if ("CreateStmt" in node) return { ...node.CreateStmt, relation: undefined };
  if ("CreateForeignTableStmt" in node) {
    const { base } = node.CreateForeignTableStmt;
    return { ...node.CreateForeignTableStmt, base: { ...base, relation: undefined } };
  }
  if ("CreateTableAsStmt" in node) return { ...node.CreateTableAsStmt, into: undefined };
  if ("ViewStmt" in node) return { ...node.ViewStmt, view: undefined };
  if ("CreateSeqStmt" in node) return { ...node.CreateSeqStmt, sequence: undefined };
  if ("CompositeTypeStmt" in node) return { ...node.CompositeTypeStmt, typevar: undefined };
  return Object.values(node)[0] ?? {};
}
