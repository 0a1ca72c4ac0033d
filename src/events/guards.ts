/** Policies, triggers, event triggers and rules. */
import type {
  AlterEventTrigStmt,
  AlterPolicyStmt,
  CreateEventTrigStmt,
  CreatePolicyStmt,
  CreateTrigStmt,
  RuleStmt,
} from "@pgsql/types";
import { defElems, qualifiedName, roleRefs, type StatementText, stringsOf, unplacedName } from "./ast.ts";
import type { EventOf } from "./event.ts";
import { afterKeywords, writtenNameSpan } from "./statement-tokens.ts";
import { expressionOf, statementOf } from "./tree-from-ast.ts";

function nameSpan(name: string, statement: StatementText): EventOf<"create-policy">["nameSpan"] {
  return writtenNameSpan(statement.text, [name]) ?? statement.span;
}

function command(name: string | undefined): EventOf<"create-policy">["command"] {
  switch (name?.toLowerCase()) {
    case "select":
      return "select";
    case "insert":
      return "insert";
    case "update":
      return "update";
    case "delete":
      return "delete";
    default:
      return "all";
  }
}

export function createPolicy(node: CreatePolicyStmt, statement: StatementText): EventOf<"create-policy"> {
  return {
    kind: "create-policy",
    span: statement.span,
    name: node.policy_name ?? "",
    nameSpan: nameSpan(node.policy_name ?? "", statement),
    table: qualifiedName(node.table, statement),
    permissive: node.permissive === true,
    command: command(node.cmd_name),
    roles: roleRefs(node.roles, statement),
    using: node.qual === undefined ? null : expressionOf(node.qual, statement.text),
    withCheck: node.with_check === undefined ? null : expressionOf(node.with_check, statement.text),
  };
}

export function alterPolicy(node: AlterPolicyStmt, statement: StatementText): EventOf<"alter-policy"> {
  return {
    kind: "alter-policy",
    span: statement.span,
    name: node.policy_name ?? "",
    table: qualifiedName(node.table, statement),
    roles: node.roles === undefined || node.roles.length === 0 ? null : roleRefs(node.roles, statement),
    using: node.qual === undefined ? null : expressionOf(node.qual, statement.text),
    withCheck: node.with_check === undefined ? null : expressionOf(node.with_check, statement.text),
  };
}

// Bits of pg_trigger.tgtype (catalog/pg_trigger.h).
const BEFORE = 2;
const INSTEAD = 64;
const EVENTS = [
  [4, "insert"],
  [8, "delete"],
  [16, "update"],
  [32, "truncate"],
] as const;

export function createTrigger(node: CreateTrigStmt, statement: StatementText): EventOf<"create-trigger"> {
  const timing = node.timing ?? 0;
  const bits = node.events ?? 0;
  const from =
    afterKeywords(statement.text, ["execute", "function"]) ??
    afterKeywords(statement.text, ["execute", "procedure"]) ??
    0;
  return {
    kind: "create-trigger",
    span: statement.span,
    name: node.trigname ?? "",
    nameSpan: nameSpan(node.trigname ?? "", statement),
    orReplace: node.replace === true,
    table: qualifiedName(node.relation, statement),
    routine: unplacedName(stringsOf(node.funcname), statement, from),
    timing: (timing & BEFORE) !== 0 ? "before" : (timing & INSTEAD) !== 0 ? "instead-of" : "after",
    events: EVENTS.filter(([bit]) => (bits & bit) !== 0).map(([, name]) => name),
    row: node.row === true,
    args: stringsOf(node.args),
    when: node.whenClause === undefined ? null : expressionOf(node.whenClause, statement.text),
    transitionTables: (node.transitionRels ?? []).flatMap((transition) =>
      "TriggerTransition" in transition ? [transition.TriggerTransition.name ?? ""] : [],
    ),
    constraint: node.isconstraint === true,
    columns: stringsOf(node.columns),
    deferrable: node.deferrable === true,
    initiallyDeferred: node.initdeferred === true,
  };
}

export function createEventTrigger(
  node: CreateEventTrigStmt,
  statement: StatementText,
): EventOf<"create-event-trigger"> {
  return {
    kind: "create-event-trigger",
    span: statement.span,
    name: node.trigname ?? "",
    nameSpan: nameSpan(node.trigname ?? "", statement),
    event: node.eventname ?? "",
    tags: defElems(node.whenclause).flatMap((filter) =>
      filter.arg !== undefined && "List" in filter.arg
        ? stringsOf(filter.arg.List.items).map((tag) => tag.toUpperCase())
        : [],
    ),
    routine: unplacedName(stringsOf(node.funcname), statement),
  };
}

export function alterEventTrigger(
  node: AlterEventTrigStmt,
  statement: StatementText,
): EventOf<"alter-event-trigger"> {
  const enabled =
    node.tgenabled === "D"
      ? "disabled"
      : node.tgenabled === "R"
        ? "replica"
        : node.tgenabled === "A"
          ? "always"
          : "origin";
  return { kind: "alter-event-trigger", span: statement.span, name: node.trigname ?? "", enabled };
}

export function createRule(node: RuleStmt, statement: StatementText): EventOf<"create-rule"> {
  return {
    kind: "create-rule",
    span: statement.span,
    name: node.rulename ?? "",
    orReplace: node.replace === true,
    table: qualifiedName(node.relation, statement),
    event: ruleEvent(node.event),
    instead: node.instead === true,
    where: node.whereClause === undefined ? null : expressionOf(node.whereClause, statement.text),
    actions: (node.actions ?? []).map((rule) => statementOf(rule, statement.text)),
  };
}

function ruleEvent(event: RuleStmt["event"]): EventOf<"create-rule">["event"] {
  switch (event) {
    case "CMD_UPDATE":
      return "update";
    case "CMD_INSERT":
      return "insert";
    case "CMD_DELETE":
      return "delete";
    default:
      return "select";
  }
}
