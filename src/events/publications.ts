/** Publications and subscriptions. */
import type {
  AlterPublicationStmt,
  AlterSubscriptionStmt,
  CreatePublicationStmt,
  CreateSubscriptionStmt,
  DropSubscriptionStmt,
  Node,
  PublicationObjSpec,
} from "@pgsql/types";
import { defElems, qualifiedName, type StatementText, spanFrom, stringsOf, textArg } from "./ast.ts";
import type { EventOf } from "./event.ts";
import type { NamedOption, PublicationObject } from "./object-events.ts";
import { expressionOf } from "./tree-from-ast.ts";

function optionsOf(nodes: readonly Node[] | undefined, statement: StatementText): readonly NamedOption[] {
  return defElems(nodes).map((option) => ({
    name: option.defname ?? "",
    value: textArg(option.arg),
    span: spanFrom(statement, option.location),
  }));
}

function objectOf(spec: PublicationObjSpec, statement: StatementText): PublicationObject {
  const { pubtable } = spec;
  const span = spanFrom(statement, spec.location);
  if (pubtable === undefined)
    return { table: null, schema: spec.name ?? null, only: true, columns: null, where: null, span };
  return {
    table: qualifiedName(pubtable.relation, statement),
    only: pubtable.relation?.inh !== true,
    schema: null,
    columns: pubtable.columns === undefined ? null : stringsOf(pubtable.columns),
    where: pubtable.whereClause === undefined ? null : expressionOf(pubtable.whereClause, statement.text),
    span,
  };
}

function objectsOf(
  nodes: readonly Node[] | undefined,
  statement: StatementText,
): readonly PublicationObject[] {
  return (nodes ?? []).flatMap((node) =>
    "PublicationObjSpec" in node ? [objectOf(node.PublicationObjSpec, statement)] : [],
  );
}

export function createPublication(
  node: CreatePublicationStmt,
  statement: StatementText,
): EventOf<"create-publication"> {
  return {
    kind: "create-publication",
    span: statement.span,
    name: node.pubname ?? "",
    allTables: node.for_all_tables === true,
    objects: objectsOf(node.pubobjects, statement),
    options: optionsOf(node.options, statement),
  };
}

const PUBLICATION_CHANGES = { AP_AddObjects: "add", AP_DropObjects: "drop", AP_SetObjects: "set" } as const;

export function alterPublication(
  node: AlterPublicationStmt,
  statement: StatementText,
): EventOf<"alter-publication"> {
  const objects = objectsOf(node.pubobjects, statement);
  return {
    kind: "alter-publication",
    span: statement.span,
    name: node.pubname ?? "",
    change: objects.length === 0 ? "options" : PUBLICATION_CHANGES[node.action ?? "AP_AddObjects"],
    objects,
    options: optionsOf(node.options, statement),
  };
}

export function createSubscription(
  node: CreateSubscriptionStmt,
  statement: StatementText,
): EventOf<"create-subscription"> {
  return {
    kind: "create-subscription",
    span: statement.span,
    name: node.subname ?? "",
    connection: node.conninfo ?? "",
    publications: stringsOf(node.publication),
    options: optionsOf(node.options, statement),
  };
}

export function dropSubscription(node: DropSubscriptionStmt, statement: StatementText): EventOf<"drop"> {
  const { span } = statement;
  return {
    kind: "drop",
    span,
    objectKind: "subscription",
    objects: [{ name: [node.subname ?? ""], span, args: null }],
    ifExists: node.missing_ok === true,
    cascade: node.behavior === "DROP_CASCADE",
  };
}

const SUBSCRIPTION_CHANGES = {
  ALTER_SUBSCRIPTION_OPTIONS: "options",
  ALTER_SUBSCRIPTION_CONNECTION: "connection",
  ALTER_SUBSCRIPTION_SET_PUBLICATION: "set-publications",
  ALTER_SUBSCRIPTION_ADD_PUBLICATION: "add-publications",
  ALTER_SUBSCRIPTION_DROP_PUBLICATION: "drop-publications",
  ALTER_SUBSCRIPTION_REFRESH: "other",
  ALTER_SUBSCRIPTION_ENABLED: "enabled",
  ALTER_SUBSCRIPTION_SKIP: "other",
} as const;

export function alterSubscription(
  node: AlterSubscriptionStmt,
  statement: StatementText,
): EventOf<"alter-subscription"> {
  return {
    kind: "alter-subscription",
    span: statement.span,
    name: node.subname ?? "",
    change: node.kind === undefined ? "options" : SUBSCRIPTION_CHANGES[node.kind],
    connection: node.conninfo ?? null,
    publications: stringsOf(node.publication),
    options: optionsOf(node.options, statement),
  };
}
