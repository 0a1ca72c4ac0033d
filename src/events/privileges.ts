import type { AlterDefaultPrivilegesStmt, GrantStmt, Node } from "@pgsql/types";
import { fitted, sharedName } from "../text/shared.ts";
import {
  defElems,
  nameOf,
  qualifiedName,
  roleRef,
  roleRefs,
  type StatementText,
  stringsOf,
  textArg,
  unplacedName,
} from "./ast.ts";
import type {
  DefaultPrivilegeObjects,
  Event,
  EventOf,
  Grant,
  GrantTarget,
  PrivilegeRef,
  QualifiedName,
  RoutineRef,
} from "./event.ts";
import { objectRef } from "./routines.ts";

function privilegesOf(nodes: readonly Node[] | undefined): readonly PrivilegeRef[] {
  if (nodes === undefined || nodes.length === 0) return [{ privilege: "all", columns: [] }];
  const privileges: PrivilegeRef[] = [];
  for (const node of nodes) {
    if (!("AccessPriv" in node)) continue;
    privileges.push({
      privilege: node.AccessPriv.priv_name?.toLowerCase() ?? "all",
      columns: stringsOf(node.AccessPriv.cols),
    });
  }
  return fitted(privileges);
}

function grantOf(node: GrantStmt, statement: StatementText): Grant {
  return {
    grant: node.is_grant === true,
    privileges: privilegesOf(node.privileges),
    grantees: roleRefs(node.grantees, statement),
    grantOption: node.grant_option === true,
    grantedBy: node.grantor === undefined ? null : roleRef(node.grantor, statement),
    cascade: node.behavior === "DROP_CASCADE",
  };
}

function relations(nodes: readonly Node[] | undefined, statement: StatementText): readonly QualifiedName[] {
  const names: QualifiedName[] = [];
  for (const node of nodes ?? []) if ("RangeVar" in node) names.push(qualifiedName(node.RangeVar, statement));
  return fitted(names);
}

function routines(nodes: readonly Node[] | undefined, statement: StatementText): readonly RoutineRef[] {
  return (nodes ?? []).map((node) => objectRef(node, statement));
}

function plainNames(nodes: readonly Node[] | undefined): readonly string[] {
  const names: string[] = [];
  for (const node of nodes ?? []) {
    const name = nameOf(node).join(".");
    names.push(name === "" ? (textArg(node) ?? "") : name);
  }
  return sharedName(names);
}

function targetOf(node: GrantStmt, statement: StatementText): GrantTarget | null {
  if (node.targtype === "ACL_TARGET_ALL_IN_SCHEMA") {
    const schemas = stringsOf(node.objects);
    switch (node.objtype) {
      case "OBJECT_SEQUENCE":
        return { kind: "all-in-schema", objects: "sequences", schemas };
      case "OBJECT_FUNCTION":
        return { kind: "all-in-schema", objects: "functions", schemas };
      case "OBJECT_PROCEDURE":
        return { kind: "all-in-schema", objects: "procedures", schemas };
      case "OBJECT_ROUTINE":
        return { kind: "all-in-schema", objects: "routines", schemas };
      default:
        return { kind: "all-in-schema", objects: "tables", schemas };
    }
  }
  switch (node.objtype) {
    case "OBJECT_TABLE":
      return { kind: "relations", objects: relations(node.objects, statement), sequences: false };
    case "OBJECT_SEQUENCE":
      return { kind: "relations", objects: relations(node.objects, statement), sequences: true };
    case "OBJECT_FUNCTION":
      return { kind: "routines", objects: routines(node.objects, statement), routineKind: "function" };
    case "OBJECT_PROCEDURE":
      return { kind: "routines", objects: routines(node.objects, statement), routineKind: "procedure" };
    case "OBJECT_ROUTINE":
      return { kind: "routines", objects: routines(node.objects, statement), routineKind: "routine" };
    case "OBJECT_SCHEMA":
      return { kind: "schemas", names: plainNames(node.objects) };
    case "OBJECT_DATABASE":
      return { kind: "databases", names: plainNames(node.objects) };
    case "OBJECT_LANGUAGE":
      return { kind: "languages", names: plainNames(node.objects) };
    case "OBJECT_FOREIGN_SERVER":
      return { kind: "foreign-servers", names: plainNames(node.objects) };
    case "OBJECT_FDW":
      return { kind: "foreign-data-wrappers", names: plainNames(node.objects) };
    case "OBJECT_PARAMETER_ACL":
      return { kind: "parameters", names: plainNames(node.objects) };
    case "OBJECT_LARGEOBJECT":
      return { kind: "large-objects", names: plainNames(node.objects) };
    case "OBJECT_TABLESPACE":
      return { kind: "tablespaces", names: plainNames(node.objects) };
    case "OBJECT_TYPE":
    case "OBJECT_DOMAIN":
      return {
        kind: "types",
        objects: (node.objects ?? []).map((object) => unplacedName(nameOf(object), statement)),
        domains: node.objtype === "OBJECT_DOMAIN",
      };
    default:
      return null;
  }
}

export function grant(node: GrantStmt, statement: StatementText): Event {
  const target = targetOf(node, statement);
  if (target === null) {
    return {
      kind: "other",
      span: statement.span,
      tag: node.is_grant === true ? "GRANT" : "REVOKE",
      modelled: false,
    };
  }
  return { kind: "grant", span: statement.span, target, ...grantOf(node, statement) };
}

function defaultObjects(type: GrantStmt["objtype"]): DefaultPrivilegeObjects {
  switch (type) {
    case "OBJECT_SEQUENCE":
      return "sequences";
    case "OBJECT_FUNCTION":
      return "functions";
    case "OBJECT_TYPE":
      return "types";
    case "OBJECT_SCHEMA":
      return "schemas";
    case "OBJECT_LARGEOBJECT":
      return "large-objects";
    default:
      return "tables";
  }
}

export function alterDefaultPrivileges(
  node: AlterDefaultPrivilegesStmt,
  statement: StatementText,
): EventOf<"alter-default-privileges"> {
  const options = defElems(node.options);
  const list = (name: string): readonly Node[] => {
    const arg = options.find((option) => option.defname === name)?.arg;
    return arg !== undefined && "List" in arg ? (arg.List.items ?? []) : [];
  };
  const action = node.action ?? {};
  return {
    kind: "alter-default-privileges",
    span: statement.span,
    forRoles: roleRefs(list("roles"), statement),
    schemas: stringsOf(list("schemas")),
    objects: defaultObjects(action.objtype),
    ...grantOf(action, statement),
  };
}
