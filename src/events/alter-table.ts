/** ALTER TABLE and the other statements that share its grammar. */
import type { AlterTableCmd, AlterTableStmt, DefElem } from "@pgsql/types";
import {
  defElems,
  objectKind,
  qualifiedName,
  roleRef,
  type StatementText,
  spanFrom,
  textArg,
} from "./ast.ts";
import { constraintOf } from "./constraints.ts";
import type { AlterRelationAction, Event } from "./event.ts";
import { columnOf, partitionBound, relationOptions, sequenceName } from "./relations.ts";
import { wordsSpan } from "./statement-tokens.ts";
import { expressionOf, typeNameOf } from "./tree-from-ast.ts";

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
        cascade: command.behavior === "DROP_CASCADE",
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
        using:
          def.ColumnDef.raw_default === undefined
            ? null
            : expressionOf(def.ColumnDef.raw_default, statement.text),
        cascade: command.behavior === "DROP_CASCADE",
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
          ...constraintOf(
            {
              contype: "CONSTR_FOREIGN",
              ...(altered.conname === undefined ? {} : { conname: altered.conname }),
            },
            statement,
          ),
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
      return {
        action: "detach-partition",
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
  const which = command.subtype?.endsWith("All")
    ? "all"
    : command.subtype?.endsWith("User")
      ? "user"
      : "named";
  return {
    action: "trigger-enabled",
    trigger: which === "named" ? (command.name ?? "") : null,
    which,
    enabled,
    span:
      wordsSpan(statement.text, [enabled === "disabled" ? "disable" : "enable", "trigger"]) ?? statement.span,
  };
}
