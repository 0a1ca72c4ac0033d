import type {
  AlterSeqStmt,
  ColumnDef,
  Constraint,
  CreateForeignTableStmt,
  CreateSeqStmt,
  CreateStmt,
  CreateTableAsStmt,
  DefElem,
  IndexStmt,
  Node,
  PartitionBoundSpec,
  PartitionSpec,
  RangeVar,
  ViewStmt,
} from "@pgsql/types";
import { fitted, sharedName } from "../text/shared.ts";
import { defElems, nameOf, qualifiedName, type StatementText, spanFrom, stringsOf, textArg } from "./ast.ts";
import { constraintOf } from "./constraints.ts";
import type {
  BoundValue,
  ColumnDefinition,
  Event,
  EventOf,
  IndexKey,
  PartitionBound,
  PartitionKey,
  Persistence,
  QualifiedName,
  RelationOption,
  TableConstraint,
} from "./event.ts";
import type { Expr, Name, TypeName } from "./tree.ts";
import { expressionOf, statementOf, typeNameOf } from "./tree-from-ast.ts";

export function relationOptions(
  options: readonly DefElem[],
  statement: StatementText,
): readonly RelationOption[] {
  return options.map((option) => ({
    name:
      (option.defnamespace === undefined ? "" : `${option.defnamespace}.`) +
      (option.defname ?? "").toLowerCase(),
    value: option.arg === undefined ? "true" : textArg(option.arg),
    span: spanFrom(statement, option.location, option.arg === undefined ? 1 : 3),
  }));
}

export function columnOf(column: ColumnDef, statement: StatementText): ColumnDefinition {
  let notNull = column.is_not_null === true;
  let primaryKey = false;
  let generated = false;
  let virtual = false;
  let identity: ColumnDefinition["identity"] = null;
  let identitySequence: Name | null = null;
  let references: QualifiedName | null = null;
  let value: Expr | null =
    column.raw_default === undefined ? null : expressionOf(column.raw_default, statement.text);
  const checks: Expr[] = [];
  const constraints: TableConstraint[] = [];
  for (const node of column.constraints ?? []) {
    if (!("Constraint" in node)) continue;
    const constraint = node.Constraint;
    const expression =
      constraint.raw_expr === undefined ? null : expressionOf(constraint.raw_expr, statement.text);
    switch (constraint.contype) {
      case "CONSTR_NOTNULL":
        notNull = true;
        constraints.push(constraintOf(constraint, statement));
        break;
      case "CONSTR_PRIMARY":
        primaryKey = true;
        notNull = true;
        constraints.push(constraintOf(constraint, statement));
        break;
      case "CONSTR_DEFAULT":
        value = expression;
        break;
      case "CONSTR_GENERATED":
        generated = true;
        virtual = constraint.generated_kind === "v";
        value = expression;
        break;
      case "CONSTR_IDENTITY":
        identity = constraint.generated_when === "a" ? "always" : "by-default";
        identitySequence = sequenceName(constraint.options);
        notNull = true;
        break;
      case "CONSTR_CHECK":
        if (expression !== null) checks.push(expression);
        constraints.push(constraintOf(constraint, statement));
        break;
      case "CONSTR_FOREIGN":
        references = qualifiedName(constraint.pktable, statement);
        constraints.push(constraintOf(constraint, statement));
        break;
      case "CONSTR_UNIQUE":
        constraints.push(constraintOf(constraint, statement));
        break;
      default:
        amend(constraints, constraint.contype);
        break;
    }
  }
  return {
    name: column.colname ?? "",
    type: column.typeName === undefined ? null : typeNameOf(column.typeName, statement.text),
    notNull,
    default: value,
    identity,
    identitySequence,
    generated,
    virtual,
    primaryKey,
    checks: fitted(checks),
    references,
    constraints: fitted(constraints),
    span: spanFrom(statement, column.location),
  };
}

/** DEFERRABLE and its kin come behind the column constraint that they belong to. */
function amend(constraints: TableConstraint[], type: Constraint["contype"]): void {
  const last = constraints.pop();
  if (last === undefined) return;
  switch (type) {
    case "CONSTR_ATTR_DEFERRABLE":
      constraints.push({ ...last, deferrable: true });
      return;
    case "CONSTR_ATTR_DEFERRED":
      constraints.push({ ...last, deferrable: true, initiallyDeferred: true });
      return;
    case "CONSTR_ATTR_NOT_ENFORCED":
      constraints.push({ ...last, enforced: false });
      return;
    default:
      constraints.push(last);
  }
}

/** `(SEQUENCE NAME s …)` of an identity column. */
export function sequenceName(options: readonly Node[] | undefined): Name | null {
  const option = defElems(options).find((element) => element.defname === "sequence_name");
  return option === undefined ? null : nameOf(option.arg);
}

/** `AS type` of a sequence. */
function sequenceType(options: readonly Node[] | undefined, statement: StatementText): TypeName | null {
  const arg = defElems(options).find((element) => element.defname === "as")?.arg;
  return arg !== undefined && "TypeName" in arg ? typeNameOf(arg.TypeName, statement.text) : null;
}

function persistenceOf(relation: RangeVar | undefined): Persistence {
  if (relation?.relpersistence === "t") return "temporary";
  return relation?.relpersistence === "u" ? "unlogged" : "permanent";
}

function partitionKey(spec: PartitionSpec, statement: StatementText): PartitionKey {
  const elements: PartitionKey["elements"][number][] = [];
  for (const node of spec.partParams ?? []) {
    if (!("PartitionElem" in node)) continue;
    const { name, expr } = node.PartitionElem;
    elements.push({
      column: name ?? null,
      expression: expr === undefined ? null : expressionOf(expr, statement.text),
    });
  }
  const strategy =
    spec.strategy === "PARTITION_STRATEGY_LIST"
      ? "list"
      : spec.strategy === "PARTITION_STRATEGY_HASH"
        ? "hash"
        : "range";
  return { strategy, elements: fitted(elements) };
}

export function partitionBound(
  spec: PartitionBoundSpec | undefined,
  statement: StatementText,
): PartitionBound | null {
  if (spec === undefined) return null;
  if (spec.is_default === true) return { kind: "default" };
  const values = (nodes: readonly Node[] | undefined) =>
    (nodes ?? []).map((node) => boundValue(node, statement));
  switch (spec.strategy) {
    case "h":
      return { kind: "hash", modulus: spec.modulus ?? 0, remainder: spec.remainder ?? 0 };
    case "l":
      return { kind: "list", values: values(spec.listdatums) };
    default:
      return { kind: "range", from: values(spec.lowerdatums), to: values(spec.upperdatums) };
  }
}

function boundValue(node: Node, statement: StatementText): BoundValue {
  // MINVALUE and MAXVALUE come as column names.
  if ("ColumnRef" in node) {
    const [field] = stringsOf(node.ColumnRef.fields);
    if (field === "minvalue" || field === "maxvalue") return { kind: field };
  }
  return { kind: "value", expression: expressionOf(node, statement.text) };
}

type CreateTable = EventOf<"create-table">;

export function createTable(
  node: CreateStmt,
  statement: StatementText,
  foreign: CreateForeignTableStmt | null = null,
): CreateTable {
  const columns: ColumnDefinition[] = [];
  const constraints: TableConstraint[] = [];
  const like: (QualifiedName & { including: number })[] = [];
  const likeAt: number[] = [];
  for (const element of node.tableElts ?? []) {
    if ("ColumnDef" in element) columns.push(columnOf(element.ColumnDef, statement));
    else if ("Constraint" in element) constraints.push(constraintOf(element.Constraint, statement));
    else if ("TableLikeClause" in element) {
      const clause = element.TableLikeClause;
      likeAt.push(columns.length);
      like.push({ ...qualifiedName(clause.relation, statement), including: clause.options ?? 0 });
    }
  }
  for (const element of node.constraints ?? []) {
    if ("Constraint" in element) constraints.push(constraintOf(element.Constraint, statement));
  }
  const parents: QualifiedName[] = [];
  for (const parent of node.inhRelations ?? []) {
    if ("RangeVar" in parent) parents.push(qualifiedName(parent.RangeVar, statement));
  }
  const partition = node.partbound !== undefined ? (parents[0] ?? null) : null;
  const persistence = persistenceOf(node.relation);
  return {
    kind: "create-table",
    span: statement.span,
    name: qualifiedName(node.relation, statement),
    relationKind:
      foreign !== null ? "foreign-table" : node.partspec !== undefined ? "partitioned-table" : "table",
    temporary: persistence === "temporary",
    persistence,
    onCommitDrop: node.oncommit === "ONCOMMIT_DROP",
    ifNotExists: node.if_not_exists === true,
    columns: fitted(columns),
    likeAt: fitted(likeAt),
    constraints: fitted(constraints),
    inherits: fitted(partition === null ? parents : []),
    partitionOf: partition,
    partitionBy: node.partspec === undefined ? null : partitionKey(node.partspec, statement),
    partitionBound: partitionBound(node.partbound, statement),
    like: fitted(like),
    ofType: node.ofTypename === undefined ? null : typeNameOf(node.ofTypename, statement.text),
    server: foreign?.servername ?? null,
    options: relationOptions(defElems(foreign === null ? node.options : foreign.options), statement),
  };
}

export function createTableAs(node: CreateTableAsStmt, statement: StatementText): EventOf<"create-table-as"> {
  return {
    kind: "create-table-as",
    span: statement.span,
    name: qualifiedName(node.into?.rel, statement),
    relationKind: node.objtype === "OBJECT_MATVIEW" ? "materialized-view" : "table",
    temporary: node.into?.rel?.relpersistence === "t",
    persistence: persistenceOf(node.into?.rel),
    ifNotExists: node.if_not_exists === true,
    columnNames: stringsOf(node.into?.colNames),
    withData: node.into?.skipData !== true,
    query: node.query === undefined ? null : statementOf(node.query, statement.text),
    options: relationOptions(defElems(node.into?.options), statement),
  };
}

export function createView(node: ViewStmt, statement: StatementText): Event {
  const query = node.query === undefined ? null : statementOf(node.query, statement.text);
  if (query === null || query.kind !== "select") {
    return { kind: "other", span: statement.span, tag: "CREATE VIEW", modelled: false };
  }
  return {
    kind: "create-view",
    span: statement.span,
    name: qualifiedName(node.view, statement),
    orReplace: node.replace === true,
    temporary: node.view?.relpersistence === "t",
    columnNames: stringsOf(node.aliases),
    options: relationOptions(defElems(node.options), statement),
    checkOption:
      node.withCheckOption === "LOCAL_CHECK_OPTION"
        ? "local"
        : node.withCheckOption === "CASCADED_CHECK_OPTION"
          ? "cascaded"
          : "none",
    query,
  };
}

/** OWNED BY of CREATE/ALTER SEQUENCE: a column's name, null for NONE, undefined when not stated. */
function ownedBy(options: readonly Node[] | undefined): Name | null | undefined {
  const option = defElems(options).find((element) => element.defname === "owned_by");
  if (option === undefined) return undefined;
  const name = nameOf(option.arg);
  return name.length === 1 && name[0]?.toLowerCase() === "none" ? null : name;
}

export function createSequence(node: CreateSeqStmt, statement: StatementText): EventOf<"create-sequence"> {
  return {
    kind: "create-sequence",
    span: statement.span,
    name: qualifiedName(node.sequence, statement),
    temporary: node.sequence?.relpersistence === "t",
    persistence: persistenceOf(node.sequence),
    type: sequenceType(node.options, statement),
    ifNotExists: node.if_not_exists === true,
    ownedBy: ownedBy(node.options) ?? null,
  };
}

export function alterSequence(node: AlterSeqStmt, statement: StatementText): EventOf<"alter-sequence"> {
  return {
    kind: "alter-sequence",
    span: statement.span,
    name: qualifiedName(node.sequence, statement),
    ifExists: node.missing_ok === true,
    ownedBy: ownedBy(node.options),
    type: sequenceType(node.options, statement),
  };
}

export function createIndex(node: IndexStmt, statement: StatementText): EventOf<"create-index"> {
  const keys: IndexKey[] = [];
  const expressions = node.whereClause === undefined ? [] : [expressionOf(node.whereClause, statement.text)];
  for (const part of node.indexParams ?? []) {
    if (!("IndexElem" in part)) continue;
    const { name, expr } = part.IndexElem;
    const expression = expr === undefined ? null : expressionOf(expr, statement.text);
    keys.push({ column: name ?? null, expression });
    if (expression !== null) expressions.push(expression);
  }
  const including: string[] = [];
  for (const part of node.indexIncludingParams ?? [])
    if ("IndexElem" in part) including.push(part.IndexElem.name ?? "");
  return {
    kind: "create-index",
    span: statement.span,
    name: node.idxname ?? null,
    table: qualifiedName(node.relation, statement),
    only: node.relation?.inh !== true,
    unique: node.unique === true,
    ifNotExists: node.if_not_exists === true,
    keys: fitted(keys),
    including: sharedName(including),
    expressions: fitted(expressions),
  };
}
