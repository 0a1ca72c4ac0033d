/** Foreign-data wrappers, servers and user mappings. */
import type {
  AlterFdwStmt,
  AlterForeignServerStmt,
  AlterUserMappingStmt,
  CreateFdwStmt,
  CreateForeignServerStmt,
  CreateUserMappingStmt,
  DropUserMappingStmt,
  Node,
} from "@pgsql/types";
import { defElems, nameOf, roleRef, type StatementText, spanFrom, textArg } from "./ast.ts";
import type { EventOf } from "./event.ts";
import type { ForeignOption } from "./object-events.ts";
import type { Name } from "./tree.ts";

function optionsOf(nodes: readonly Node[] | undefined, statement: StatementText): readonly ForeignOption[] {
  return defElems(nodes).map((option) => ({
    action: option.defaction === "DEFELEM_DROP" ? "drop" : option.defaction === "DEFELEM_SET" ? "set" : "add",
    name: option.defname ?? "",
    value: textArg(option.arg) ?? "",
    span: spanFrom(statement, option.location),
  }));
}

/** HANDLER f, NO HANDLER (null) or nothing said (undefined); the same for VALIDATOR. */
function functionOption(nodes: readonly Node[] | undefined, name: string): Name | null | undefined {
  const option = defElems(nodes).find((each) => each.defname === name);
  if (option === undefined) return undefined;
  return option.arg === undefined ? null : nameOf(option.arg);
}

export function createForeignDataWrapper(
  node: CreateFdwStmt,
  statement: StatementText,
): EventOf<"create-foreign-data-wrapper"> {
  return {
    kind: "create-foreign-data-wrapper",
    span: statement.span,
    name: node.fdwname ?? "",
    handler: functionOption(node.func_options, "handler") ?? null,
    validator: functionOption(node.func_options, "validator") ?? null,
    options: optionsOf(node.options, statement),
  };
}

export function alterForeignDataWrapper(
  node: AlterFdwStmt,
  statement: StatementText,
): EventOf<"alter-foreign-data-wrapper"> {
  return {
    kind: "alter-foreign-data-wrapper",
    span: statement.span,
    name: node.fdwname ?? "",
    handler: functionOption(node.func_options, "handler"),
    validator: functionOption(node.func_options, "validator"),
    options: optionsOf(node.options, statement),
  };
}

export function createForeignServer(
  node: CreateForeignServerStmt,
  statement: StatementText,
): EventOf<"create-foreign-server"> {
  return {
    kind: "create-foreign-server",
    span: statement.span,
    name: node.servername ?? "",
    wrapper: node.fdwname ?? "",
    ifNotExists: node.if_not_exists === true,
    options: optionsOf(node.options, statement),
  };
}

export function alterForeignServer(
  node: AlterForeignServerStmt,
  statement: StatementText,
): EventOf<"alter-foreign-server"> {
  const options = optionsOf(node.options, statement);
  return { kind: "alter-foreign-server", span: statement.span, name: node.servername ?? "", options };
}

export function createUserMapping(
  node: CreateUserMappingStmt,
  statement: StatementText,
): EventOf<"create-user-mapping"> {
  return {
    kind: "create-user-mapping",
    span: statement.span,
    user: roleRef(node.user, statement),
    server: node.servername ?? "",
    ifNotExists: node.if_not_exists === true,
    options: optionsOf(node.options, statement),
  };
}

export function alterUserMapping(
  node: AlterUserMappingStmt,
  statement: StatementText,
): EventOf<"alter-user-mapping"> {
  return {
    kind: "alter-user-mapping",
    span: statement.span,
    user: roleRef(node.user, statement),
    server: node.servername ?? "",
    options: optionsOf(node.options, statement),
  };
}

export function dropUserMapping(
  node: DropUserMappingStmt,
  statement: StatementText,
): EventOf<"drop-user-mapping"> {
  return {
    kind: "drop-user-mapping",
    span: statement.span,
    user: roleRef(node.user, statement),
    server: node.servername ?? "",
    ifExists: node.missing_ok === true,
  };
}
