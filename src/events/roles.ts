import type {
  AlterDatabaseSetStmt,
  AlterRoleSetStmt,
  AlterRoleStmt,
  CreateRoleStmt,
  DefElem,
  DropRoleStmt,
  GrantRoleStmt,
} from "@pgsql/types";
import { booleanArg, defElems, roleRef, roleRefs, type StatementText, spanFrom, textArg } from "./ast.ts";
import type { EventOf, RoleAttribute, RoleOptions, RoleRef } from "./event.ts";
import { setStart, settingChange } from "./settings.ts";
import { nameSpanAt, tokensOf, writtenNameSpan } from "./statement-tokens.ts";

const ATTRIBUTES: Readonly<Record<string, RoleAttribute>> = {
  superuser: "superuser",
  inherit: "inherit",
  createrole: "createrole",
  createdb: "createdb",
  canlogin: "login",
  isreplication: "replication",
  bypassrls: "bypassrls",
};

function listedRoles(option: DefElem, statement: StatementText): readonly RoleRef[] {
  return option.arg !== undefined && "List" in option.arg ? roleRefs(option.arg.List.items, statement) : [];
}

function roleOptions(options: readonly DefElem[], statement: StatementText): RoleOptions {
  const attributes: { attribute: RoleAttribute; value: boolean; span: RoleRef["span"] }[] = [];
  let password: RoleOptions["password"] = null;
  let connectionLimit: RoleOptions["connectionLimit"] = null;
  let validUntil: RoleOptions["validUntil"] = null;
  let inRoles: readonly RoleRef[] = [];
  let members: readonly RoleRef[] = [];
  let adminMembers: readonly RoleRef[] = [];
  for (const option of options) {
    const span = spanFrom(statement, option.location);
    const attribute = ATTRIBUTES[option.defname ?? ""];
    if (attribute !== undefined) attributes.push({ attribute, value: booleanArg(option.arg), span });
    else if (option.defname === "password") password = { value: textArg(option.arg), span };
    else if (option.defname === "connectionlimit") connectionLimit = Number(textArg(option.arg) ?? -1);
    else if (option.defname === "validUntil") validUntil = textArg(option.arg);
    else if (option.defname === "addroleto") inRoles = listedRoles(option, statement);
    else if (option.defname === "rolemembers") members = listedRoles(option, statement);
    else if (option.defname === "adminmembers") adminMembers = listedRoles(option, statement);
  }
  return { attributes, password, connectionLimit, validUntil, inRoles, members, adminMembers };
}

export function createRole(node: CreateRoleStmt, statement: StatementText): EventOf<"create-role"> {
  const name = node.role ?? "";
  const second = tokensOf(statement.text).at(2)?.start ?? 0;
  return {
    kind: "create-role",
    span: statement.span,
    name,
    nameSpan: nameSpanAt(statement.text, second),
    // CREATE USER is CREATE ROLE with LOGIN as the default.
    login: node.stmt_type === "ROLESTMT_USER",
    options: roleOptions(defElems(node.options), statement),
  };
}

export function alterRole(node: AlterRoleStmt, statement: StatementText): EventOf<"alter-role"> {
  const options = roleOptions(defElems(node.options), statement);
  return {
    kind: "alter-role",
    span: statement.span,
    role: roleRef(node.role, statement),
    options,
    // ALTER GROUP … ADD/DROP USER comes as rolemembers with action +1/-1.
    addMembers: options.members.length === 0 ? null : node.action !== -1,
  };
}

export function alterRoleSet(node: AlterRoleSetStmt, statement: StatementText): EventOf<"alter-role-set"> {
  return {
    kind: "alter-role-set",
    span: statement.span,
    role: node.role === undefined ? null : roleRef(node.role, statement),
    database: node.database ?? null,
    setting: settingChange(node.setstmt ?? {}, statement, setStart(statement)),
  };
}

export function alterDatabaseSet(
  node: AlterDatabaseSetStmt,
  statement: StatementText,
): EventOf<"alter-database-set"> {
  return {
    kind: "alter-database-set",
    span: statement.span,
    database: node.dbname ?? "",
    setting: settingChange(node.setstmt ?? {}, statement, setStart(statement)),
  };
}

export function dropRole(node: DropRoleStmt, statement: StatementText): EventOf<"drop-role"> {
  return {
    kind: "drop-role",
    span: statement.span,
    roles: roleRefs(node.roles, statement),
    ifExists: node.missing_ok === true,
  };
}

export function grantRole(node: GrantRoleStmt, statement: StatementText): EventOf<"grant-role"> {
  const roles: { name: string; span: RoleRef["span"] }[] = [];
  for (const granted of node.granted_roles ?? []) {
    if (!("AccessPriv" in granted)) continue;
    const name = granted.AccessPriv.priv_name ?? "";
    roles.push({ name, span: writtenNameSpan(statement.text, [name]) ?? statement.span });
  }
  const options: { admin?: boolean; inherit?: boolean; set?: boolean } = {};
  for (const option of defElems(node.opt)) {
    const value = booleanArg(option.arg);
    if (option.defname === "admin") options.admin = value;
    else if (option.defname === "inherit") options.inherit = value;
    else if (option.defname === "set") options.set = value;
  }
  return {
    kind: "grant-role",
    span: statement.span,
    grant: node.is_grant === true,
    roles,
    grantees: roleRefs(node.grantee_roles, statement),
    options,
    grantedBy: node.grantor === undefined ? null : roleRef(node.grantor, statement),
    cascade: node.behavior === "DROP_CASCADE",
  };
}
