import type {
  AlterTableCmd,
  AlterTableStmt,
  ColumnDef,
  Constraint,
  CreateForeignTableStmt,
  CreateSeqStmt,
  CreateStmt,
  CreateTableAsStmt,
  DefElem,
  Node,
  ViewStmt,
} from "@pgsql/types";
import { defElems, nameOf, objectKind, qualifiedName, roleRef, type StatementText, spanFrom, stringsOf, textArg } from "./ast.ts";
import type {
  AlterRelationAction,
  ColumnDefinition,
  Event,
  EventOf,
  QualifiedName,
  RelationOption,
  TableConstraint,
} from "./event.ts";
import { wordsSpan } from "./statement-tokens.ts";
import { expressionOf, statementOf, typeNameOf } from "./tree-from-ast.ts";
import type { Expr, Name } from "./tree.ts";

export function relationOptions(options: readonly DefElem[], statement: StatementText): readonly RelationOption[] {
  return options.map((option) => ({
    name: (option.defnamespace === undefined ? "" : `${option.defnamespace}.`) + (option.defname ?? "").toLowerCase(),
    value: option.arg === undefined ? "true" : textArg(option.arg),
    span: spanFrom(statement, option.location, option.arg === undefined ? 1 : 3),
  }));
}

export function columnOf(column: ColumnDef, statement: StatementText): ColumnDefinition {
  let notNull = column.is_not_null === true;
  let primaryKey = false;
  let generated = false;
  let identity: ColumnDefinition["identity"] = null;
  let references: QualifiedName | null = null;
  let value: Expr | null = column.raw_default === undefined ? null : expressionOf(column.raw_default, statement.text);
  const checks: Expr[] = [];
  for (const node of column.constraints ?? []) {
    if (!("Constraint" in node)) continue;
    const constraint = node.Constraint;
    const expression =
      constraint.raw_expr === undefined ? null : expressionOf(constraint.raw_expr, statement.text);
    switch (constraint.contype) {
      case "CONSTR_NOTNULL":
        notNull = true;
        break;
      case "CONSTR_PRIMARY":
        primaryKey = true;
        notNull = true;
        break;
      case "CONSTR_DEFAULT":
        value = expression;
        break;
      case "CONSTR_GENERATED":
        generated = true;
        value = expression;
        break;
      case "CONSTR_IDENTITY":
        identity = constraint.generated_when === "a" ? "always" : "by-default";
        notNull = true;
        break;
      case "CONSTR_CHECK":
        if (expression !== null) checks.push(expression);
        break;
      case "CONSTR_FOREIGN":
        references = qualifiedName(constraint.pktable, statement);
        break;
      default:
        break;
    }
  }
  return {
    name: column.colname ?? "",
    type: column.typeName === undefined ? null : typeNameOf(column.typeName, statement.text),
    notNull,
    default: value,
    identity,
    generated,
    primaryKey,
    checks,
    references,
    span: spanFrom(statement, column.location),
  };
}

function constraintOf(constraint: Constraint, statement: StatementText): TableConstraint {
  return {
    name: constraint.conname ?? null,
    type: constraintType(constraint.contype),
    expression: constraint.raw_expr === undefined ? null : expressionOf(constraint.raw_expr, statement.text),
    columns: [...stringsOf(constraint.keys), ...stringsOf(constraint.fk_attrs)],
    references: constraint.pktable === undefined ? null : qualifiedName(constraint.pktable, statement),
  };
}

function constraintType(type: Constraint["contype"]): TableConstraint["type"] {
  switch (type) {
    case "CONSTR_CHECK":
      return "check";
    case "CONSTR_PRIMARY":
      return "primary";
    case "CONSTR_UNIQUE":
      return "unique";
    case "CONSTR_FOREIGN":
      return "foreign";
    case "CONSTR_EXCLUSION":
      return "exclude";
    case "CONSTR_NOTNULL":
      return "not-null";
    default:
      return "other";
  }
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
  for (const element of node.tableElts ?? []) {
    if ("ColumnDef" in element) columns.push(columnOf(element.ColumnDef, statement));
    else if ("Constraint" in element) constraints.push(constraintOf(element.Constraint, statement));
    else if ("TableLikeClause" in element) {
      const clause = element.TableLikeClause;
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
  return {
    kind: "create-table",
    span: statement.span,
    name: qualifiedName(node.relation, statement),
    relationKind: foreign !== null ? "foreign-table" : node.partspec !== undefined ? "partitioned-table" : "table",
    temporary: node.relation?.relpersistence === "t",
    ifNotExists: node.if_not_exists === true,
    columns,
    constraints,
    inherits: partition === null ? parents : [],
    partitionOf: partition,
    like,
    ofType: node.ofTypename === undefined ? null : typeNameOf(node.ofTypename, statement.text),
    server: foreign?.servername ?? null,
    options: relationOptions(defElems(node.options), statement),
  };
}

export function createTableAs(node: CreateTableAsStmt, statement: StatementText): EventOf<"create-table-as"> {
  return {
    kind: "create-table-as",
    span: statement.span,
    name: qualifiedName(node.into?.rel, statement),
    relationKind: node.objtype === "OBJECT_MATVIEW" ? "materialized-view" : "table",
    temporary: node.into?.rel?.relpersistence === "t",
    ifNotExists: node.if_not_exists === true,
    columnNames: stringsOf(node.into?.colNames),
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
    ifNotExists: node.if_not_exists === true,
    ownedBy: ownedBy(node.options) ?? null,
  };
}

export function sequenceOwner(options: readonly Node[] | undefined): Name | null | undefined {
  return ownedBy(options);
}

export function alterTable(node: AlterTableStmt, statement: StatementText): Event {
  const actions: AlterRelationAction[] = [];
  for (const command of node.cmds ?? []) {
    if ("AlterTableCmd" in command) actions.push(action(command.AlterTableCmd, statement));
  }
  const kind = objectKind(node.objtype);
  return {
    kind: "alter-relation",
    span: statement.span,
    relationKind: kind === "other" ? "type" : kind,
    name: qualifiedName(node.relation, statement),
    ifExists: node.missing_ok === true,
    actions,
  };
}

function action(command: AlterTableCmd, statement: StatementText): AlterRelationAction {
  const words = (...list: string[]) => wordsSpan(statement.text, list) ?? statement.span;
  const name = command.name ?? "";
  const { def } = command;
  const named = () => wordsSpan(statement.text, [name.toLowerCase()]) ?? statement.span;
  const list = (): readonly DefElem[] =>
    def !== undefined && "List" in def ? defElems(def.List.items) : def === undefined ? [] : defElems([def]);
  const other = (): AlterRelationAction => ({
    action: "other",
    what: command.subtype ?? "",
    span: statement.span,
  });
  switch (command.subtype) {
    case "AT_EnableRowSecurity":
      return { action: "rls", enabled: true, span: words("enable", "row", "level", "security") };
    case "AT_DisableRowSecurity":
      return { action: "rls", enabled: false, span: words("disable", "row", "level", "security") };
    case "AT_ForceRowSecurity":
      return { action: "force-rls", forced: true, span: words("force", "row", "level", "security") };
    case "AT_NoForceRowSecurity":
      return { action: "force-rls", forced: false, span: words("no", "force", "row", "level", "security") };
    case "AT_ChangeOwner":
      return { action: "owner", owner: roleRef(command.newowner, statement), span: statement.span };
    case "AT_SetRelOptions":
    case "AT_ReplaceRelOptions": {
      const options = relationOptions(list(), statement);
      return { action: "set-options", options, span: options[0]?.span ?? statement.span };
    }
    case "AT_ResetRelOptions": {
      const options = relationOptions(list(), statement);
      return {
        action: "reset-options",
        options: options.map((option) => option.name),
        span: options[0]?.span ?? statement.span,
      };
    }
    case "AT_AddColumn":
      if (def === undefined || !("ColumnDef" in def)) return other();
      return {
        action: "add-column",
        column: columnOf(def.ColumnDef, statement),
        ifNotExists: command.missing_ok === true,
        span: spanFrom(statement, def.ColumnDef.location),
      };
    case "AT_DropColumn":
      return {
        action: "drop-column",
        name,
        ifExists: command.missing_ok === true,
        cascade: command.behavior === "DROP_CASCADE",
        span: named(),
      };
    case "AT_AlterColumnType":
      if (def === undefined || !("ColumnDef" in def) || def.ColumnDef.typeName === undefined) return other();
      return {
        action: "alter-type",
        name,
        type: typeNameOf(def.ColumnDef.typeName, statement.text),
        span: named(),
      };
    case "AT_ColumnDefault":
      return {
        action: "column-default",
        name,
        default: def === undefined ? null : expressionOf(def, statement.text),
        span: named(),
      };
    case "AT_SetNotNull":
      return { action: "column-not-null", name, notNull: true, span: named() };
    case "AT_DropNotNull":
      return { action: "column-not-null", name, notNull: false, span: named() };
    case "AT_AddIdentity":
      return { action: "add-identity", name, span: named() };
    case "AT_DropIdentity":
      return { action: "drop-identity", name, span: named() };
    case "AT_AddConstraint":
      if (def === undefined || !("Constraint" in def)) return other();
      return {
        action: "add-constraint",
        constraint: constraintOf(def.Constraint, statement),
        span: spanFrom(statement, def.Constraint.location),
      };
    case "AT_DropConstraint":
      return { action: "drop-constraint", name, span: named() };
    case "AT_AddInherit":
    case "AT_DropInherit":
      if (def === undefined || !("RangeVar" in def)) return other();
      return {
        action: command.subtype === "AT_AddInherit" ? "inherit" : "no-inherit",
        parent: qualifiedName(def.RangeVar, statement),
        span: statement.span,
      };
    case "AT_AttachPartition":
    case "AT_DetachPartition":
      if (def === undefined || !("PartitionCmd" in def)) return other();
      return {
        action: command.subtype === "AT_AttachPartition" ? "attach-partition" : "detach-partition",
        partition: qualifiedName(def.PartitionCmd.name, statement),
        span: statement.span,
      };
    case "AT_EnableTrig":
    case "AT_EnableTrigAll":
    case "AT_EnableTrigUser":
      return trigger(command, "origin", statement);
    case "AT_EnableAlwaysTrig":
      return trigger(command, "always", statement);
    case "AT_EnableReplicaTrig":
      return trigger(command, "replica", statement);
    case "AT_DisableTrig":
    case "AT_DisableTrigAll":
    case "AT_DisableTrigUser":
      return trigger(command, "disabled", statement);
    case "AT_EnableRule":
      return { action: "rule-enabled", rule: name, enabled: "origin", span: named() };
    case "AT_EnableAlwaysRule":
      return { action: "rule-enabled", rule: name, enabled: "always", span: named() };
    case "AT_EnableReplicaRule":
      return { action: "rule-enabled", rule: name, enabled: "replica", span: named() };
    case "AT_DisableRule":
      return { action: "rule-enabled", rule: name, enabled: "disabled", span: named() };
    default:
      return other();
  }
}

function trigger(
  command: AlterTableCmd,
  enabled: "origin" | "disabled" | "replica" | "always",
  statement: StatementText,
): AlterRelationAction {
  const which = command.subtype?.endsWith("All") ? "all" : command.subtype?.endsWith("User") ? "user" : "named";
  return {
    action: "trigger-enabled",
    trigger: which === "named" ? (command.name ?? "") : null,
    which,
    enabled,
    span:
      wordsSpan(statement.text, [enabled === "disabled" ? "disable" : "enable", "trigger"]) ?? statement.span,
  };
}
