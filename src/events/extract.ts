import type { Node } from "@pgsql/types";
import type { Statement } from "../parser/types.ts";
import { alterTable } from "./alter-table.ts";
import type { StatementText } from "./ast.ts";
import { commandTag } from "./command-tag.ts";
import type { Event, Persistence } from "./event.ts";
import {
  alterForeignDataWrapper,
  alterForeignServer,
  alterUserMapping,
  createForeignDataWrapper,
  createForeignServer,
  createUserMapping,
  dropUserMapping,
} from "./foreign.ts";
import {
  alterEventTrigger,
  alterPolicy,
  createEventTrigger,
  createPolicy,
  createRule,
  createTrigger,
} from "./guards.ts";
import {
  alterExtensionMembers,
  createSchema,
  drop,
  dropOwned,
  reassignOwned,
  rename,
  setOwner,
  setSchema,
} from "./objects.ts";
import { createCast, createExtension, createOperator, dropCast } from "./operators.ts";
import { alterDefaultPrivileges, grant } from "./privileges.ts";
import {
  alterPublication,
  alterSubscription,
  createPublication,
  createSubscription,
  dropSubscription,
} from "./publications.ts";
import {
  alterSequence,
  createIndex,
  createSequence,
  createTable,
  createTableAs,
  createView,
} from "./relations.ts";
import { alterDatabaseSet, alterRole, alterRoleSet, createRole, dropRole, grantRole } from "./roles.ts";
import { alterRoutine, createAggregate, createRoutine, doBlock } from "./routines.ts";
import { alterSystem, createDatabase } from "./server.ts";
import { transaction, variableSet } from "./session.ts";
import { statementOf } from "./tree-from-ast.ts";
import {
  alterDomain,
  alterEnum,
  createBaseType,
  createCompositeType,
  createDomain,
  createEnum,
  createRange,
} from "./types.ts";

/** What one top-level statement does to the catalog. Throws `TooComplex` for trees nested too deeply to walk. */
export function eventsOf(statement: Statement): readonly Event[] {
  return eventsOfNode(statement.node, { text: statement.text, span: statement.span });
}

/** The same for a node inside a body, whose statement text is `statement`. */
export function eventsOfNode(node: Node, statement: StatementText): readonly Event[] {
  if ("DropStmt" in node && node.DropStmt.removeType === "OBJECT_CAST")
    return dropCast(node.DropStmt, statement);
  const event = eventOf(node, statement);
  return event === null ? [] : [event];
}

/** Tags of statements that change nothing a catalog of privileges holds. */
const WITHOUT_EFFECT: ReadonlySet<string> = new Set([
  "VacuumStmt",
  "VacuumRelation",
  "CheckPointStmt",
  "ReindexStmt",
  "ClusterStmt",
  "RefreshMatViewStmt",
  "LockStmt",
  "NotifyStmt",
  "ListenStmt",
  "UnlistenStmt",
  "VariableShowStmt",
  "FetchStmt",
  "ClosePortalStmt",
  "DeallocateStmt",
  "DeclareCursorStmt",
  "PrepareStmt",
  "ExecuteStmt",
  "ExplainStmt",
  "ConstraintsSetStmt",
  "LoadStmt",
  "CreateStatsStmt",
  "AlterStatsStmt",
  "TruncateStmt",
  "CopyStmt",
  "CreateConversionStmt",
  "CreateTransformStmt",
  "AlterTSConfigurationStmt",
  "AlterTSDictionaryStmt",
  "CreateOpClassStmt",
  "CreateOpFamilyStmt",
  "AlterOpFamilyStmt",
  "AlterOperatorStmt",
  "AlterCollationStmt",
  "AlterTypeStmt",
  "CreateTableSpaceStmt",
  "DropTableSpaceStmt",
  "AlterTableSpaceOptionsStmt",
  "AlterTableMoveAllStmt",
  "CreateAmStmt",
  "AlterObjectDependsStmt",
]);

function eventOf(node: Node, statement: StatementText): Event | null {
  const { span } = statement;
  if ("CreateFunctionStmt" in node) return createRoutine(node.CreateFunctionStmt, statement);
  if ("AlterFunctionStmt" in node) return alterRoutine(node.AlterFunctionStmt, statement);
  if ("CreateStmt" in node) return createTable(node.CreateStmt, statement);
  if ("CreateForeignTableStmt" in node) {
    const foreign = node.CreateForeignTableStmt;
    return createTable(foreign.base ?? {}, statement, foreign);
  }
  if ("CreateTableAsStmt" in node) return createTableAs(node.CreateTableAsStmt, statement);
  if ("ViewStmt" in node) return createView(node.ViewStmt, statement);
  if ("AlterTableStmt" in node) return alterTable(node.AlterTableStmt, statement);
  if ("CreateSeqStmt" in node) return createSequence(node.CreateSeqStmt, statement);
  if ("AlterSeqStmt" in node) return alterSequence(node.AlterSeqStmt, statement);
  if ("IndexStmt" in node) return createIndex(node.IndexStmt, statement);
  if ("GrantStmt" in node) return grant(node.GrantStmt, statement);
  if ("GrantRoleStmt" in node) return grantRole(node.GrantRoleStmt, statement);
  if ("AlterDefaultPrivilegesStmt" in node) {
    return alterDefaultPrivileges(node.AlterDefaultPrivilegesStmt, statement);
  }
  if ("CreatePolicyStmt" in node) return createPolicy(node.CreatePolicyStmt, statement);
  if ("AlterPolicyStmt" in node) return alterPolicy(node.AlterPolicyStmt, statement);
  if ("CreateTrigStmt" in node) return createTrigger(node.CreateTrigStmt, statement);
  if ("CreateEventTrigStmt" in node) return createEventTrigger(node.CreateEventTrigStmt, statement);
  if ("AlterEventTrigStmt" in node) return alterEventTrigger(node.AlterEventTrigStmt, statement);
  if ("RuleStmt" in node) return createRule(node.RuleStmt, statement);
  if ("CreateRoleStmt" in node) return createRole(node.CreateRoleStmt, statement);
  if ("AlterRoleStmt" in node) return alterRole(node.AlterRoleStmt, statement);
  if ("AlterRoleSetStmt" in node) return alterRoleSet(node.AlterRoleSetStmt, statement);
  if ("AlterDatabaseSetStmt" in node) return alterDatabaseSet(node.AlterDatabaseSetStmt, statement);
  if ("AlterSystemStmt" in node) return alterSystem(node.AlterSystemStmt, statement);
  if ("CreatedbStmt" in node) return createDatabase(node.CreatedbStmt, statement);
  if ("CommentStmt" in node) return { kind: "comment", span, text: node.CommentStmt.comment ?? null };
  if ("DropRoleStmt" in node) return dropRole(node.DropRoleStmt, statement);
  if ("CreateSchemaStmt" in node) {
    const schema = node.CreateSchemaStmt;
    const elements = (schema.schemaElts ?? []).flatMap((element) => eventsOfNode(element, statement));
    return createSchema(schema, statement, elements);
  }
  if ("CreatePLangStmt" in node) {
    const { plname = "", replace = false, pltrusted = false } = node.CreatePLangStmt;
    return { kind: "create-language", span, name: plname, orReplace: replace, trusted: pltrusted };
  }
  if ("VariableSetStmt" in node) return variableSet(node.VariableSetStmt, statement);
  if ("TransactionStmt" in node) return transaction(node.TransactionStmt, statement);
  if ("DiscardStmt" in node) {
    if (node.DiscardStmt.target === "DISCARD_ALL") return { kind: "discard-all", span };
    if (node.DiscardStmt.target === "DISCARD_TEMP") return { kind: "discard-temporary", span };
    return { kind: "other", span, tag: "DISCARD", modelled: true };
  }
  if ("RenameStmt" in node) return rename(node.RenameStmt, statement);
  if ("AlterOwnerStmt" in node) return setOwner(node.AlterOwnerStmt, statement);
  if ("AlterObjectSchemaStmt" in node) return setSchema(node.AlterObjectSchemaStmt, statement);
  if ("DropStmt" in node) return drop(node.DropStmt, statement);
  if ("DropOwnedStmt" in node) return dropOwned(node.DropOwnedStmt, statement);
  if ("ReassignOwnedStmt" in node) return reassignOwned(node.ReassignOwnedStmt, statement);
  if ("CompositeTypeStmt" in node) return createCompositeType(node.CompositeTypeStmt, statement);
  if ("CreateEnumStmt" in node) return createEnum(node.CreateEnumStmt, statement);
  if ("CreateRangeStmt" in node) return createRange(node.CreateRangeStmt, statement);
  if ("CreateDomainStmt" in node) return createDomain(node.CreateDomainStmt, statement);
  if ("CreateExtensionStmt" in node) return createExtension(node.CreateExtensionStmt, statement);
  if ("AlterExtensionContentsStmt" in node)
    return alterExtensionMembers(node.AlterExtensionContentsStmt, statement);
  if ("AlterEnumStmt" in node) return alterEnum(node.AlterEnumStmt, statement);
  if ("AlterDomainStmt" in node) return alterDomain(node.AlterDomainStmt, statement);
  if ("CreateCastStmt" in node) return createCast(node.CreateCastStmt, statement);
  if ("CreateFdwStmt" in node) return createForeignDataWrapper(node.CreateFdwStmt, statement);
  if ("AlterFdwStmt" in node) return alterForeignDataWrapper(node.AlterFdwStmt, statement);
  if ("CreateForeignServerStmt" in node) return createForeignServer(node.CreateForeignServerStmt, statement);
  if ("AlterForeignServerStmt" in node) return alterForeignServer(node.AlterForeignServerStmt, statement);
  if ("CreateUserMappingStmt" in node) return createUserMapping(node.CreateUserMappingStmt, statement);
  if ("AlterUserMappingStmt" in node) return alterUserMapping(node.AlterUserMappingStmt, statement);
  if ("DropUserMappingStmt" in node) return dropUserMapping(node.DropUserMappingStmt, statement);
  if ("CreatePublicationStmt" in node) return createPublication(node.CreatePublicationStmt, statement);
  if ("AlterPublicationStmt" in node) return alterPublication(node.AlterPublicationStmt, statement);
  if ("CreateSubscriptionStmt" in node) return createSubscription(node.CreateSubscriptionStmt, statement);
  if ("DropSubscriptionStmt" in node) return dropSubscription(node.DropSubscriptionStmt, statement);
  if ("AlterSubscriptionStmt" in node) return alterSubscription(node.AlterSubscriptionStmt, statement);
  if ("DefineStmt" in node) {
    const define = node.DefineStmt;
    if (define.kind === "OBJECT_AGGREGATE") return createAggregate(define, statement);
    if (define.kind === "OBJECT_TYPE") return createBaseType(define, statement);
    if (define.kind === "OBJECT_OPERATOR") return createOperator(define, statement);
    return { kind: "other", span, tag: "CREATE", modelled: true };
  }
  if ("DoStmt" in node) return doBlock(node.DoStmt, statement);
  if (
    "SelectStmt" in node ||
    "InsertStmt" in node ||
    "UpdateStmt" in node ||
    "DeleteStmt" in node ||
    "MergeStmt" in node ||
    "CallStmt" in node
  ) {
    const query = statementOf(node, statement.text);
    if (query.kind === "select" && query.into !== null) {
      return {
        kind: "create-table-as",
        span,
        name: { name: query.into.name, span: query.into.span },
        relationKind: "table",
        temporary: intoPersistence(node) === "temporary",
        persistence: intoPersistence(node),
        ifNotExists: false,
        columnNames: [],
        withData: true,
        query,
        options: [],
      };
    }
    return { kind: "query", span, statement: query };
  }
  const statementKind = Object.keys(node)[0] ?? "";
  return { kind: "other", span, tag: commandTag(node), modelled: WITHOUT_EFFECT.has(statementKind) };
}

/** SELECT … INTO [TEMPORARY | UNLOGGED] */
function intoPersistence(node: Node): Persistence {
  let select = "SelectStmt" in node ? node.SelectStmt : undefined;
  while (select?.larg !== undefined) select = select.larg;
  switch (select?.intoClause?.rel?.relpersistence) {
    case "t":
      return "temporary";
    case "u":
      return "unlogged";
    default:
      return "permanent";
  }
}
