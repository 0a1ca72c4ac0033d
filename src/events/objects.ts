/** Statements that address objects of any kind: RENAME, OWNER TO, SET SCHEMA, DROP, CREATE SCHEMA/TYPE/EXTENSION. */
import type {
  AlterObjectSchemaStmt,
  AlterOwnerStmt,
  CompositeTypeStmt,
  CreateDomainStmt,
  CreateEnumStmt,
  CreateExtensionStmt,
  CreateRangeStmt,
  CreateSchemaStmt,
  DropOwnedStmt,
  DropStmt,
  ReassignOwnedStmt,
  RenameStmt,
} from "@pgsql/types";
import {
  booleanArg,
  defElems,
  nameOf,
  objectKind,
  qualifiedName,
  roleRef,
  roleRefs,
  type StatementText,
  stringsOf,
  textArg,
  unplacedName,
} from "./ast.ts";
import type { ColumnDefinition, Event, EventOf, ObjectKind, RoutineRef } from "./event.ts";
import { columnOf } from "./relations.ts";
import { objectRef } from "./routines.ts";
import { writtenNameSpan } from "./statement-tokens.ts";
import { expressionOf, typeNameOf } from "./tree-from-ast.ts";


function addressed(node: RenameStmt | AlterOwnerStmt | AlterObjectSchemaStmt, statement: StatementText): RoutineRef {
  if (node.relation !== undefined) return { ...qualifiedName(node.relation, statement), args: null };
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

export function createCompositeType(node: CompositeTypeStmt, statement: StatementText): EventOf<"create-type"> {
  const columns: ColumnDefinition[] = [];
  for (const column of node.coldeflist ?? []) {
    if ("ColumnDef" in column) columns.push(columnOf(column.ColumnDef, statement));
  }
  return {
    kind: "create-type",
    span: statement.span,
    name: qualifiedName(node.typevar, statement),
    typeKind: "composite",
    columns,
    labels: [],
  };
}

export function createEnum(node: CreateEnumStmt, statement: StatementText): EventOf<"create-type"> {
  const labels = stringsOf(node.vals);
  const name = unplacedName(stringsOf(node.typeName), statement);
  return { kind: "create-type", span: statement.span, name, typeKind: "enum", columns: [], labels };
}

export function createRange(node: CreateRangeStmt, statement: StatementText): EventOf<"create-type"> {
  const name = unplacedName(stringsOf(node.typeName), statement);
  return { kind: "create-type", span: statement.span, name, typeKind: "range", columns: [], labels: [] };
}

export function createDomain(node: CreateDomainStmt, statement: StatementText): EventOf<"create-domain"> {
  const checks = [];
  let notNull = false;
  for (const element of node.constraints ?? []) {
    if (!("Constraint" in element)) continue;
    if (element.Constraint.contype === "CONSTR_NOTNULL") notNull = true;
    if (element.Constraint.contype === "CONSTR_CHECK" && element.Constraint.raw_expr !== undefined) {
      checks.push(expressionOf(element.Constraint.raw_expr, statement.text));
    }
  }
  return {
    kind: "create-domain",
    span: statement.span,
    name: unplacedName(stringsOf(node.domainname), statement),
    base: typeNameOf(node.typeName ?? {}, statement.text),
    notNull,
    checks,
  };
}

export function createExtension(node: CreateExtensionStmt, statement: StatementText): EventOf<"create-extension"> {
  const options = defElems(node.options);
  const cascade = options.find((option) => option.defname === "cascade");
  return {
    kind: "create-extension",
    span: statement.span,
    name: node.extname ?? "",
    schema: textArg(options.find((option) => option.defname === "schema")?.arg),
    ifNotExists: node.if_not_exists === true,
    cascade: cascade !== undefined && booleanArg(cascade.arg),
  };
}
