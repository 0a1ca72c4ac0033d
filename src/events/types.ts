/** CREATE TYPE and CREATE DOMAIN in their forms, ALTER TYPE of enums, ALTER DOMAIN. */
import type {
  AlterDomainStmt,
  AlterEnumStmt,
  CompositeTypeStmt,
  Constraint,
  CreateDomainStmt,
  CreateEnumStmt,
  CreateRangeStmt,
  DefElem,
  DefineStmt,
  Node,
} from "@pgsql/types";
import { defElems, nameOf, qualifiedName, type StatementText, stringsOf, unplacedName } from "./ast.ts";
import { constraintOf } from "./constraints.ts";
import type { ColumnDefinition, EventOf, QualifiedName, TableConstraint } from "./event.ts";
import type { DomainAction, EnumChange, TypeDefinition } from "./object-events.ts";
import { columnOf } from "./relations.ts";
import type { Expr, TypeName } from "./tree.ts";
import { expressionOf, typeNameOf } from "./tree-from-ast.ts";

const NOTHING: Omit<TypeDefinition, "typeKind"> = {
  columns: [],
  labels: [],
  subtype: null,
  multirange: null,
};

function createType(
  statement: StatementText,
  name: QualifiedName,
  typeKind: TypeDefinition["typeKind"],
  parts: Partial<TypeDefinition> = {},
): EventOf<"create-type"> {
  return { kind: "create-type", span: statement.span, name, ...NOTHING, ...parts, typeKind };
}

export function createCompositeType(
  node: CompositeTypeStmt,
  statement: StatementText,
): EventOf<"create-type"> {
  const columns: ColumnDefinition[] = [];
  for (const column of node.coldeflist ?? []) {
    if ("ColumnDef" in column) columns.push(columnOf(column.ColumnDef, statement));
  }
  return createType(statement, qualifiedName(node.typevar, statement), "composite", { columns });
}

export function createEnum(node: CreateEnumStmt, statement: StatementText): EventOf<"create-type"> {
  const name = unplacedName(stringsOf(node.typeName), statement);
  return createType(statement, name, "enum", { labels: stringsOf(node.vals) });
}

export function createRange(node: CreateRangeStmt, statement: StatementText): EventOf<"create-type"> {
  const options = defElems(node.params);
  const multirange = argOf(options, "multirange_type_name");
  return createType(statement, unplacedName(stringsOf(node.typeName), statement), "range", {
    subtype: typeArg(argOf(options, "subtype"), statement),
    multirange: multirange === undefined ? null : nameOf(multirange),
  });
}

export function createBaseType(node: DefineStmt, statement: StatementText): EventOf<"create-type"> {
  const shell = node.definition === undefined || node.definition.length === 0;
  return createType(statement, unplacedName(stringsOf(node.defnames), statement), shell ? "shell" : "base");
}

export function createDomain(node: CreateDomainStmt, statement: StatementText): EventOf<"create-domain"> {
  const constraints: TableConstraint[] = [];
  let defaultValue: Expr | null = null;
  for (const element of node.constraints ?? []) {
    if (!("Constraint" in element)) continue;
    const { Constraint } = element;
    if (Constraint.contype === "CONSTR_DEFAULT" && Constraint.raw_expr !== undefined) {
      defaultValue = expressionOf(Constraint.raw_expr, statement.text);
    }
    const constraint = domainConstraint(Constraint, statement);
    if (constraint !== null) constraints.push(constraint);
  }
  return {
    kind: "create-domain",
    span: statement.span,
    name: unplacedName(stringsOf(node.domainname), statement),
    base: typeNameOf(node.typeName ?? {}, statement.text),
    default: defaultValue,
    constraints,
    notNull: constraints.some((constraint) => constraint.type === "not-null"),
    checks: constraints.flatMap((constraint) =>
      constraint.expression === null ? [] : [constraint.expression],
    ),
  };
}

function domainConstraint(node: Constraint, statement: StatementText): TableConstraint | null {
  return node.contype === "CONSTR_NOTNULL" || node.contype === "CONSTR_CHECK"
    ? constraintOf(node, statement)
    : null;
}

export function alterEnum(node: AlterEnumStmt, statement: StatementText): EventOf<"alter-enum"> {
  const change: EnumChange =
    node.oldVal === undefined
      ? {
          action: "add",
          label: node.newVal ?? "",
          ifNotExists: node.skipIfNewValExists === true,
          neighbour: node.newValNeighbor ?? null,
          after: node.newValIsAfter === true,
        }
      : { action: "rename", from: node.oldVal, to: node.newVal ?? "" };
  return {
    kind: "alter-enum",
    span: statement.span,
    name: unplacedName(stringsOf(node.typeName), statement),
    change,
  };
}

export function alterDomain(node: AlterDomainStmt, statement: StatementText): EventOf<"alter-domain"> | null {
  const change = domainAction(node, statement);
  if (change === null) return null;
  return {
    kind: "alter-domain",
    span: statement.span,
    name: unplacedName(stringsOf(node.typeName), statement),
    change,
  };
}

/** The statement's one-letter subtype: see AlterDomainStmt in PostgreSQL's parsenodes.h. */
function domainAction(node: AlterDomainStmt, statement: StatementText): DomainAction | null {
  switch (node.subtype) {
    case "T":
      return {
        action: "set-default",
        default: node.def === undefined ? null : expressionOf(node.def, statement.text),
      };
    case "N":
      return { action: "drop-not-null" };
    case "O":
      return { action: "set-not-null" };
    case "C": {
      const constraint =
        node.def !== undefined && "Constraint" in node.def
          ? domainConstraint(node.def.Constraint, statement)
          : null;
      return constraint === null ? null : { action: "add-constraint", constraint };
    }
    case "X":
      return {
        action: "drop-constraint",
        name: node.name ?? "",
        ifExists: node.missing_ok === true,
        cascade: node.behavior === "DROP_CASCADE",
      };
    case "V":
      return { action: "validate-constraint", name: node.name ?? "" };
    default:
      return null;
  }
}

function argOf(options: readonly DefElem[], name: string): Node | undefined {
  return options.find((option) => option.defname?.toLowerCase() === name)?.arg;
}

function typeArg(arg: Node | undefined, statement: StatementText): TypeName | null {
  return arg !== undefined && "TypeName" in arg ? typeNameOf(arg.TypeName, statement.text) : null;
}
