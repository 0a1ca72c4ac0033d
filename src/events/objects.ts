/** Statements that address objects of any kind: RENAME, OWNER TO, SET SCHEMA, DROP, CREATE SCHEMA. */
import type {
  AlterExtensionContentsStmt,
  AlterObjectSchemaStmt,
  AlterOwnerStmt,
  CreateSchemaStmt,
  DropOwnedStmt,
  DropStmt,
  ReassignOwnedStmt,
  RenameStmt,
} from "@pgsql/types";
import {
  nameOf,
  objectKind,
  qualifiedName,
  roleRef,
  roleRefs,
  type StatementText,
  textArg,
  unplacedName,
} from "./ast.ts";
import type { Event, EventOf, ObjectKind, RoutineRef } from "./event.ts";
import { objectRef } from "./routines.ts";
import { writtenNameSpan } from "./statement-tokens.ts";

function addressed(
  node: RenameStmt | AlterOwnerStmt | AlterObjectSchemaStmt,
  statement: StatementText,
): RoutineRef {
  if (node.relation !== undefined) return { ...qualifiedName(node.relation, statement), args: null };
  // A large object's number.
  if (node.object !== undefined && ("Integer" in node.object || "Float" in node.object)) {
    return { name: [textArg(node.object) ?? ""], span: statement.span, args: null };
  }
  return objectRef(node.object, statement);
}

export function rename(node: RenameStmt, statement: StatementText): EventOf<"rename"> {
  const kind = objectKind(node.renameType);
  const single = node.relation === undefined && node.object === undefined ? [node.subname ?? ""] : null;
  return {
    kind: "rename",
    span: statement.span,
    objectKind: kind,
    object: single === null ? addressed(node, statement) : { ...unplacedName(single, statement), args: null },
    newName: node.newname ?? "",
    sub: single === null ? (node.subname ?? null) : null,
    only: node.relation !== undefined && node.relation.inh !== true,
    ifExists: node.missing_ok === true,
    cascade: node.behavior === "DROP_CASCADE",
  };
}

export function alterExtensionMembers(
  node: AlterExtensionContentsStmt,
  statement: StatementText,
): EventOf<"alter-extension-members"> {
  return {
    kind: "alter-extension-members",
    span: statement.span,
    name: node.extname ?? "",
    change: node.action === 1 ? "add" : "drop",
    objectKind: objectKind(node.objtype),
    object: objectRef(node.object, statement),
  };
}

export function setOwner(node: AlterOwnerStmt, statement: StatementText): EventOf<"set-owner"> {
  return {
    kind: "set-owner",
    span: statement.span,
    objectKind: objectKind(node.objectType),
    object: addressed(node, statement),
    owner: roleRef(node.newowner, statement),
  };
}

export function setSchema(node: AlterObjectSchemaStmt, statement: StatementText): EventOf<"set-schema"> {
  return {
    kind: "set-schema",
    span: statement.span,
    objectKind: objectKind(node.objectType),
    object: addressed(node, statement),
    schema: node.newschema ?? "",
    ifExists: node.missing_ok === true,
  };
}

/** Kinds whose name stands behind the name of a table: `DROP POLICY p ON t` comes as `[t, p]`. */
const ON_TABLE: ReadonlySet<ObjectKind> = new Set(["policy", "trigger", "rule"]);

export function drop(node: DropStmt, statement: StatementText): EventOf<"drop"> {
  const kind = objectKind(node.removeType);
  const objects = (node.objects ?? []).map((object) => {
    const name = nameOf(object);
    const last = name.at(-1);
    if (!ON_TABLE.has(kind) || last === undefined || name.length < 2) return objectRef(object, statement);
    return { ...unplacedName([last], statement), args: null, of: name.slice(0, -1) };
  });
  return {
    kind: "drop",
    span: statement.span,
    objectKind: kind,
    objects,
    ifExists: node.missing_ok === true,
    cascade: node.behavior === "DROP_CASCADE",
  };
}

export function dropOwned(node: DropOwnedStmt, statement: StatementText): EventOf<"drop-owned"> {
  return {
    kind: "drop-owned",
    span: statement.span,
    roles: roleRefs(node.roles, statement),
    cascade: node.behavior === "DROP_CASCADE",
  };
}

export function reassignOwned(node: ReassignOwnedStmt, statement: StatementText): EventOf<"reassign-owned"> {
  return {
    kind: "reassign-owned",
    span: statement.span,
    roles: roleRefs(node.roles, statement),
    newOwner: roleRef(node.newrole, statement),
  };
}

export function createSchema(
  node: CreateSchemaStmt,
  statement: StatementText,
  elements: readonly Event[],
): EventOf<"create-schema"> {
  const name = node.schemaname ?? null;
  return {
    kind: "create-schema",
    span: statement.span,
    name,
    nameSpan: (name === null ? null : writtenNameSpan(statement.text, [name])) ?? statement.span,
    authorization: node.authrole === undefined ? null : roleRef(node.authrole, statement),
    ifNotExists: node.if_not_exists === true,
    elements,
  };
}
