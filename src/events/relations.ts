import type {
  AlterSeqStmt,
  AlterTableCmd,
  AlterTableStmt,
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
import { defElems, nameOf, objectKind, qualifiedName, roleRef, type StatementText, spanFrom, stringsOf, textArg } from "./ast.ts";
import { constraintOf } from "./constraints.ts";
import type {
  AlterRelationAction,
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
import { wordsSpan } from "./statement-tokens.ts";
import { expressionOf, statementOf, typeNameOf } from "./tree-from-ast.ts";
import type { Expr, Name, TypeName } from "./tree.ts";

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
  let virtual = false;
  let identity: ColumnDefinition["identity"] = null;
  let identitySequence: Name | null = null;
  let references: QualifiedName | null = null;
  let value: Expr | null = column.raw_default === undefined ? null : expressionOf(column.raw_default, statement.text);
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
    checks,
    references,
    constraints,
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
function sequenceName(options: readonly Node[] | undefined): Name | null {
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
    elements.push({ column: name ?? null, expression: expr === undefined ? null : expressionOf(expr, statement.text) });
  }
  const strategy =
    spec.strategy === "PARTITION_STRATEGY_LIST" ? "list" : spec.strategy === "PARTITION_STRATEGY_HASH" ? "hash" : "range";
  return { strategy, elements };
}

function partitionBound(spec: PartitionBoundSpec | undefined, statement: StatementText): PartitionBound | null {
  if (spec === undefined) return null;
  if (spec.is_default === true) return { kind: "default" };
  const values = (nodes: readonly Node[] | undefined) => (nodes ?? []).map((node) => boundValue(node, statement));
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
    relationKind: foreign !== null ? "foreign-table" : node.partspec !== undefined ? "partitioned-table" : "table",
    temporary: persistence === "temporary",
    persistence,
    onCommitDrop: node.oncommit === "ONCOMMIT_DROP",
    ifNotExists: node.if_not_exists === true,
    columns,
    likeAt,
    constraints,
    inherits: partition === null ? parents : [],
    partitionOf: partition,
    partitionBy: node.partspec === undefined ? null : partitionKey(node.partspec, statement),
    partitionBound: partitionBound(node.partbound, statement),
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
    persistence: persistenceOf(node.into?.rel),
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
  for (const part of node.indexIncludingParams ?? []) if ("IndexElem" in part) including.push(part.IndexElem.name ?? "");
  return {
    kind: "create-index",
    span: statement.span,
    name: node.idxname ?? null,
    table: qualifiedName(node.relation, statement),
    only: node.relation?.inh !== true,
    unique: node.unique === true,
    ifNotExists: node.if_not_exists === true,
    keys,
    including,
    expressions,
  };
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
    only: node.relation?.inh !== true,
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
        using: def.ColumnDef.raw_default === undefined ? null : expressionOf(def.ColumnDef.raw_default, statement.text),
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
    case "AT_AddIdentity": {
      if (def === undefined || !("Constraint" in def)) return other();
      const { generated_when, options } = def.Constraint;
      const identity = generated_when === "a" ? "always" : "by-default";
      return { action: "add-identity", name, identity, sequence: sequenceName(options), span: named() };
    }
    case "AT_SetIdentity": {
      const when = textArg(list().find((option) => option.defname === "generated")?.arg);
      const identity = when === null ? null : Number(when) === "a".charCodeAt(0) ? "always" : "by-default";
      return { action: "set-identity", name, identity, span: named() };
    }
    case "AT_DropIdentity":
      return { action: "drop-identity", name, ifExists: command.missing_ok === true, span: named() };
    case "AT_SetExpression":
      if (def === undefined) return other();
      return { action: "set-expression", name, expression: expressionOf(def, statement.text), span: named() };
    case "AT_DropExpression":
      return { action: "drop-expression", name, ifExists: command.missing_ok === true, span: named() };
    case "AT_SetLogged":
      return { action: "set-persistence", persistence: "permanent", span: statement.span };
    case "AT_SetUnLogged":
      return { action: "set-persistence", persistence: "unlogged", span: statement.span };
    case "AT_AddOf":
      if (def === undefined || !("TypeName" in def)) return other();
      return { action: "of-type", type: typeNameOf(def.TypeName, statement.text), span: statement.span };
    case "AT_DropOf":
      return { action: "not-of-type", span: statement.span };
    case "AT_AddConstraint":
      if (def === undefined || !("Constraint" in def)) return other();
      return {
        action: "add-constraint",
        constraint: constraintOf(def.Constraint, statement),
        span: spanFrom(statement, def.Constraint.location),
      };
    case "AT_AlterConstraint": {
      if (def === undefined || !("ATAlterConstraint" in def)) return other();
      const altered = def.ATAlterConstraint;
      return {
        action: "alter-constraint",
        constraint: {
          ...constraintOf({ contype: "CONSTR_FOREIGN", ...(altered.conname === undefined ? {} : { conname: altered.conname }) }, statement),
          deferrable: altered.deferrable === true,
          initiallyDeferred: altered.initdeferred === true,
          enforced: altered.is_enforced === true,
          noInherit: altered.noinherit === true,
        },
        changes: [
          ...(altered.alterDeferrability === true ? (["deferrability"] as const) : []),
          ...(altered.alterEnforceability === true ? (["enforceability"] as const) : []),
          ...(altered.alterInheritability === true ? (["inheritability"] as const) : []),
        ],
        span: statement.span,
      };
    }
    case "AT_ValidateConstraint":
      return { action: "validate-constraint", name, span: named() };
    case "AT_DropConstraint":
      return {
        action: "drop-constraint",
        name,
        ifExists: command.missing_ok === true,
        cascade: command.behavior === "DROP_CASCADE",
        span: named(),
      };
    case "AT_AddInherit":
    case "AT_DropInherit":
      if (def === undefined || !("RangeVar" in def)) return other();
      return {
        action: command.subtype === "AT_AddInherit" ? "inherit" : "no-inherit",
        parent: qualifiedName(def.RangeVar, statement),
        span: statement.span,
      };
    case "AT_AttachPartition":
      if (def === undefined || !("PartitionCmd" in def)) return other();
      return {
        action: "attach-partition",
        partition: qualifiedName(def.PartitionCmd.name, statement),
        bound: partitionBound(def.PartitionCmd.bound, statement),
        span: statement.span,
      };
    case "AT_DetachPartition":
      if (def === undefined || !("PartitionCmd" in def)) return other();
      return { action: "detach-partition", partition: qualifiedName(def.PartitionCmd.name, statement), span: statement.span };
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
