/** Small readers of the parser's tree, shared by the statement families. */
import type { DefElem, Node, RangeVar, RoleSpec } from "@pgsql/types";
import type { MappedText } from "../text/mapped-text.ts";
import { spanToSource } from "../text/mapped-text.ts";
import { fitted, sharedName } from "../text/shared.ts";
import type { Span } from "../text/span.ts";
import type { ObjectKind, QualifiedName, RoleRef } from "./event.ts";
import { nameSpanAt, tokenSpan, writtenNameSpan } from "./statement-tokens.ts";
import type { Name } from "./tree.ts";

/** A statement being turned into events. */
export interface StatementText {
  readonly text: MappedText;
  /** The whole statement in the source. */
  readonly span: Span;
}

/** The string in a String node, or null. */
export function stringOf(node: Node | undefined): string | null {
  if (node === undefined) return null;
  return "String" in node ? (node.String.sval ?? "") : null;
}

/** Strings of a list of String nodes; other nodes are left out. */
export function stringsOf(nodes: readonly Node[] | undefined): readonly string[] {
  const strings: string[] = [];
  for (const node of nodes ?? []) {
    const value = stringOf(node);
    if (value !== null) strings.push(value);
  }
  return sharedName(strings);
}

/** A dotted name given as a List node or a single String. */
export function nameOf(node: Node | undefined): Name {
  if (node === undefined) return [];
  if ("List" in node) return stringsOf(node.List.items);
  if ("TypeName" in node) return stringsOf(node.TypeName.names);
  const single = stringOf(node);
  return sharedName(single === null ? [] : [single]);
}

export function rangeVarName(relation: RangeVar): Name {
  const name: string[] = [];
  if (relation.catalogname !== undefined) name.push(relation.catalogname);
  if (relation.schemaname !== undefined) name.push(relation.schemaname);
  name.push(relation.relname ?? "");
  return sharedName(name);
}

export function qualifiedName(relation: RangeVar | undefined, statement: StatementText): QualifiedName {
  if (relation === undefined) return { name: [""], span: statement.span };
  return { name: rangeVarName(relation), span: nameSpanAt(statement.text, relation.location ?? 0) };
}

/** A name that the parser gives no location for: found again among the statement's tokens. */
export function unplacedName(name: Name, statement: StatementText, from = 0): QualifiedName {
  return { name, span: writtenNameSpan(statement.text, name, from) ?? statement.span };
}

export function roleRef(role: RoleSpec | undefined, statement: StatementText): RoleRef {
  const span =
    role?.location === undefined || role.location < 0
      ? statement.span
      : tokenSpan(statement.text, role.location);
  switch (role?.roletype) {
    case "ROLESPEC_PUBLIC":
      return { kind: "public", span };
    case "ROLESPEC_CURRENT_USER":
      return { kind: "current-user", span };
    case "ROLESPEC_CURRENT_ROLE":
      return { kind: "current-role", span };
    case "ROLESPEC_SESSION_USER":
      return { kind: "session-user", span };
    default:
      return { kind: "role", name: role?.rolename ?? "", span };
  }
}

export function roleRefs(nodes: readonly Node[] | undefined, statement: StatementText): readonly RoleRef[] {
  const roles: RoleRef[] = [];
  for (const node of nodes ?? []) if ("RoleSpec" in node) roles.push(roleRef(node.RoleSpec, statement));
  return fitted(roles);
}

export function defElems(nodes: readonly Node[] | undefined): readonly DefElem[] {
  const elements: DefElem[] = [];
  for (const node of nodes ?? []) if ("DefElem" in node) elements.push(node.DefElem);
  return elements;
}

/** Truth of an option: absent, `true`, `on`, 1 … are true. */
export function booleanArg(arg: Node | undefined): boolean {
  if (arg === undefined) return true;
  if ("Boolean" in arg) return arg.Boolean.boolval === true;
  if ("Integer" in arg) return (arg.Integer.ival ?? 0) !== 0;
  const word = stringOf(arg)?.toLowerCase();
  return word === undefined || !["false", "off", "no", "0", "f", "n"].includes(word);
}

/** Text of an option's value, or null when it has none. */
export function textArg(arg: Node | undefined): string | null {
  if (arg === undefined) return null;
  if ("String" in arg) return arg.String.sval ?? "";
  if ("Integer" in arg) return String(arg.Integer.ival ?? 0);
  if ("Float" in arg) return arg.Float.fval ?? "0";
  if ("Boolean" in arg) return arg.Boolean.boolval === true ? "true" : "false";
  if ("TypeName" in arg) return stringsOf(arg.TypeName.names).at(-1) ?? "";
  if ("A_Const" in arg) return constantText(arg);
  return null;
}

/** Text of an A_Const as SET and GRANT use it, or null for NULL and for anything else. */
export function constantText(node: Node): string | null {
  if ("String" in node) return node.String.sval ?? "";
  if (!("A_Const" in node)) return null;
  const constant = node.A_Const;
  if (constant.isnull === true) return null;
  if (constant.sval !== undefined) return constant.sval.sval ?? "";
  if (constant.ival !== undefined) return String(constant.ival.ival ?? 0);
  if (constant.fval !== undefined) return constant.fval.fval ?? "0";
  if (constant.boolval !== undefined) return constant.boolval.boolval === true ? "true" : "false";
  if (constant.bsval !== undefined) return constant.bsval.bsval ?? "";
  return null;
}

/** From a byte offset of the statement to the end of the token before byte offset `end` (or the statement's end). */
export function spanFrom(statement: StatementText, offset: number | undefined, tokens = 1): Span {
  return offset === undefined || offset < 0 ? statement.span : tokenSpan(statement.text, offset, tokens);
}

export function sourceSpan(statement: StatementText, span: Span): Span {
  return spanToSource(statement.text.map, span);
}

/** PostgreSQL's ObjectType in the words of events. */
export function objectKind(type: string | undefined): ObjectKind {
  switch (type) {
    case "OBJECT_TABLE":
      return "table";
    case "OBJECT_VIEW":
      return "view";
    case "OBJECT_MATVIEW":
      return "materialized-view";
    case "OBJECT_SEQUENCE":
      return "sequence";
    case "OBJECT_INDEX":
      return "index";
    case "OBJECT_FOREIGN_TABLE":
      return "foreign-table";
    case "OBJECT_FUNCTION":
      return "function";
    case "OBJECT_PROCEDURE":
      return "procedure";
    case "OBJECT_ROUTINE":
      return "routine";
    case "OBJECT_AGGREGATE":
      return "aggregate";
    case "OBJECT_SCHEMA":
      return "schema";
    case "OBJECT_TYPE":
      return "type";
    case "OBJECT_DOMAIN":
      return "domain";
    case "OBJECT_ROLE":
      return "role";
    case "OBJECT_DATABASE":
      return "database";
    case "OBJECT_LANGUAGE":
      return "language";
    case "OBJECT_POLICY":
      return "policy";
    case "OBJECT_TRIGGER":
      return "trigger";
    case "OBJECT_EVENT_TRIGGER":
      return "event-trigger";
    case "OBJECT_RULE":
      return "rule";
    case "OBJECT_EXTENSION":
      return "extension";
    case "OBJECT_FOREIGN_SERVER":
      return "foreign-server";
    case "OBJECT_FDW":
      return "foreign-data-wrapper";
    case "OBJECT_LARGEOBJECT":
      return "large-object";
    case "OBJECT_PARAMETER_ACL":
      return "parameter";
    case "OBJECT_PUBLICATION":
      return "publication";
    case "OBJECT_SUBSCRIPTION":
      return "subscription";
    case "OBJECT_OPERATOR":
      return "operator";
    case "OBJECT_CAST":
      return "cast";
    case "OBJECT_DOMCONSTRAINT":
      return "domain-constraint";
    case "OBJECT_TABCONSTRAINT":
      return "constraint";
    case "OBJECT_COLUMN":
    case "OBJECT_ATTRIBUTE":
      return "column";
    default:
      return "other";
  }
}
