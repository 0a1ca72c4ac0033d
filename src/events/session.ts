/** SET, RESET, SET ROLE, SET SESSION AUTHORIZATION, DISCARD and transactions. */
import type { TransactionStmt, VariableSetStmt } from "@pgsql/types";
import { constantText, type StatementText, spanFrom } from "./ast.ts";
import type { Event, RoleRef } from "./event.ts";
import { settingChange } from "./settings.ts";

export function variableSet(node: VariableSetStmt, statement: StatementText): Event {
  const local = node.is_local === true;
  const { span } = statement;
  const name = node.name?.toLowerCase();
  const first = node.args?.[0];
  const value = first === undefined ? null : constantText(first);
  const location = first !== undefined && "A_Const" in first ? first.A_Const.location : undefined;
  const role = (text: string): RoleRef => ({ kind: "role", name: text, span: spanFrom(statement, location) });
  if (name === "role") {
    if (node.kind === "VAR_SET_VALUE" && value !== null && value !== "none") {
      return { kind: "set-role", span, local, role: role(value) };
    }
    return { kind: "set-role", span, local, role: "none" };
  }
  if (name === "session_authorization") {
    if (node.kind === "VAR_SET_VALUE" && value !== null) {
      return { kind: "set-session-authorization", span, local, role: role(value) };
    }
    return { kind: "set-session-authorization", span, local, role: "default" };
  }
  return { kind: "set", span, local, setting: settingChange(node, statement, 0) };
}

export function transaction(node: TransactionStmt, statement: StatementText): Event {
  const { span } = statement;
  const savepoint = node.savepoint_name ?? null;
  const chain = node.chain === true;
  const event = (what: Extract<Event, { kind: "transaction" }>["what"]): Event => ({
    kind: "transaction",
    span,
    what,
    savepoint,
    chain,
  });
  switch (node.kind) {
    case "TRANS_STMT_BEGIN":
    case "TRANS_STMT_START":
      return event("begin");
    case "TRANS_STMT_COMMIT":
    case "TRANS_STMT_PREPARE":
    case "TRANS_STMT_COMMIT_PREPARED":
      return event("commit");
    case "TRANS_STMT_ROLLBACK":
    case "TRANS_STMT_ROLLBACK_PREPARED":
      return event("rollback");
    case "TRANS_STMT_SAVEPOINT":
      return event("savepoint");
    case "TRANS_STMT_RELEASE":
      return event("release");
    case "TRANS_STMT_ROLLBACK_TO":
      return event("rollback-to");
    default:
      return { kind: "other", span, tag: "TRANSACTION", modelled: true };
  }
}
