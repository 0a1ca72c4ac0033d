/** Schemas, routines, types and the smaller objects of a replayed catalog, in the shape of a dump. */
import { type Catalog, quoteIdentifier } from "../../../src/catalog/catalog.ts";
import { quotedName } from "../../../src/catalog/keywords.ts";
import type {
  ForeignOptions,
  Oid,
  Routine,
  RoutineParameter,
  RoutineTarget,
  TypeRef,
  UserType,
} from "../../../src/catalog/model.ts";
import { storedTexts } from "../../../src/catalog/setting-text.ts";
import type {
  CastDump,
  Dump,
  EventTriggerDump,
  FunctionDump,
  OptionsDump,
  OwnedDump,
  PublicationDump,
  PublishedTable,
  SubscriptionDump,
  TypeDump,
} from "../dump-types.ts";
import { storedConstant } from "./constants.ts";
import type { StaticDatabase } from "./context.ts";
import { normalBound, normalWritten } from "./normal.ts";
import { typeText } from "./relations.ts";
import { aclLines, ownOf, qualified, roleText, routineName, sortedObject, typeName } from "./text.ts";

export type RoutineSections =
  | "schemas"
  | "functions"
  | "types"
  | "operators"
  | "casts"
  | "eventTriggers"
  | "extensions"
  | "foreignDataWrappers"
  | "foreignServers"
  | "userMappings"
  | "publications"
  | "subscriptions";

export function routineSections(database: StaticDatabase): Pick<Dump, RoutineSections> {
  const { catalog } = database;
  const { state } = catalog;
  const owned = (row: { readonly owner: Oid; readonly acl: Parameters<typeof aclLines>[1] }): OwnedDump => ({
    owner: roleText(catalog, row.owner),
    acl: aclLines(catalog, row.acl),
  });
  const withOptions = (
    row: Parameters<typeof owned>[0] & { readonly options: ForeignOptions },
  ): OptionsDump => ({
    ...owned(row),
    options: optionLines(row.options),
  });
  const type = (ref: TypeRef): string => typeName(catalog, ref);
  return {
    schemas: sortedObject(
      ownOf(state, state.schemas)
        .filter((schema) => isShownSchema(catalog, schema.oid))
        .map((schema) => [quoteIdentifier(schema.name), owned(schema)]),
    ),
    functions: sortedObject(
      ownOf(state, state.routines).map((routine) => [
        routineName(catalog, routine),
        functionOf(catalog, routine),
      ]),
    ),
    types: sortedObject(
      ownOf(state, state.types)
        .filter((row) => row.kind !== "multirange")
        .map((row) => [qualified(catalog, row), typeOf(catalog, row)]),
    ),
    operators: sortedObject(
      ownOf(state, state.operators)
        .filter((operator) => operator.routine !== null)
        .map((operator) => [
          `${quoteIdentifier(catalog.schemaName(operator.schema))}.${operator.name}(${operator.left === null ? "NONE" : type(operator.left)}, ${type(operator.right)})`,
          { owner: roleText(catalog, operator.owner), function: targetText(catalog, operator.routine) ?? "" },
        ]),
    ),
    casts: sortedObject(
      ownOf(state, state.casts).map((cast): [string, CastDump] => [
        `(${type(cast.source)} AS ${type(cast.target)})`,
        { context: cast.context, function: targetText(catalog, cast.routine) },
      ]),
    ),
    eventTriggers: sortedObject(
      ownOf(state, state.eventTriggers).map((trigger): [string, EventTriggerDump] => [
        quoteIdentifier(trigger.name),
        {
          owner: roleText(catalog, trigger.owner),
          event: trigger.event,
          function: targetText(catalog, trigger.routine) ?? "",
          enabled: trigger.enabled.value,
          tags: [...trigger.tags].sort(),
        },
      ]),
    ),
    extensions: sortedObject(
      [...state.extensions.all()]
        .filter((extension) => !extension.prelude)
        .map((extension) => [
          quoteIdentifier(extension.name),
          {
            owner: roleText(catalog, extension.owner),
            schema: quoteIdentifier(catalog.schemaName(extension.schema)),
          },
        ]),
    ),
    foreignDataWrappers: sortedObject(
      ownOf(state, state.foreignDataWrappers).map((wrapper) => [
        quoteIdentifier(wrapper.name),
        withOptions(wrapper),
      ]),
    ),
    foreignServers: sortedObject(
      [...state.foreignServers.all()].map((server) => [
        quoteIdentifier(server.name),
        {
          wrapper: quoteIdentifier(state.foreignDataWrappers.get(server.wrapper)?.name ?? "?"),
          ...withOptions(server),
        },
      ]),
    ),
    userMappings: sortedObject(
      [...state.userMappings.all()].map((mapping) => [
        `${roleText(catalog, mapping.user)} SERVER ${quoteIdentifier(state.foreignServers.get(mapping.server)?.name ?? "?")}`,
        optionLines(mapping.options),
      ]),
    ),
    publications: sortedObject(
      [...state.publications.all()].map((row): [string, PublicationDump] => [
        quoteIdentifier(row.name),
        publicationOf(catalog, row.oid),
      ]),
    ),
    subscriptions: sortedObject(
      [...state.subscriptions.all()].map((row): [string, SubscriptionDump] => [
        quoteIdentifier(row.name),
        {
          owner: roleText(catalog, row.owner),
          enabled: row.enabled,
          connection: row.connection.value,
          publications: [...row.publications].sort(),
          passwordRequired: catalog.postgresVersion >= 16 ? row.passwordRequired.value : null,
          runAsOwner: catalog.postgresVersion >= 16 ? row.runAsOwner.value : null,
        },
      ]),
    ),
  };
}

const INITDB: ReadonlySet<string> = new Set(["pg_catalog", "information_schema", "pg_toast", "pg_temp"]);

/** Not those of initdb that nobody changed: their ACL is only what it was from the beginning. */
function isShownSchema(catalog: Catalog, oid: Oid): boolean {
  const schema = catalog.schema(oid);
  if (schema === undefined || schema.name === "pg_temp") return false;
  if (!INITDB.has(schema.name)) return true;
  return (
    catalog.roleName(schema.owner) !== "postgres" ||
    schema.acl.length !== (schema.name === "pg_toast" ? 2 : 3) ||
    schema.acl.some((item) => item.origin.kind !== "built-in" && item.origin.kind !== "owner")
  );
}

function optionLines(options: ForeignOptions): readonly string[] {
  return [...options].map(([name, { value }]) => `${name}=${value}`).sort();
}

function targetText(catalog: Catalog, target: RoutineTarget | null): string | null {
  if (target === null || typeof target === "string") return target;
  const routine = catalog.state.routines.get(target);
  return routine === undefined ? "?" : routineName(catalog, routine);
}

function functionOf(catalog: Catalog, routine: Routine): FunctionDump {
  const { source } = routine;
  const text =
    source.kind === "text" ? source.text.text : source.kind === "none" ? (source.symbol ?? null) : null;
  return {
    kind: routine.kind,
    owner: roleText(catalog, routine.owner),
    language: quoteIdentifier(routine.language),
    securityDefiner: routine.securityDefiner.value,
    settings: storedTexts(routine.settings, catalog.postgresVersion),
    volatility: routine.volatility,
    leakproof: routine.leakproof.value,
    strict: routine.strict,
    arguments: argumentsOf(catalog, routine),
    returns: returnsOf(catalog, routine),
    source: routine.kind === "aggregate" ? null : text,
    atomicBody: source.kind === "atomic" ? ATOMIC : null,
    acl: aclLines(catalog, routine.acl),
  };
}

/** Stands for every body bound at creation: the catalog holds its tree and what it is bound to, not its text. */
export const ATOMIC = "(bound at creation)";

const MODES = { in: "", out: "OUT ", inout: "INOUT ", variadic: "VARIADIC ", table: "" } as const;

function argumentsOf(catalog: Catalog, routine: Routine): string {
  const direct = routine.definition?.kind === "create-aggregate" ? routine.definition.directArguments : -1;
  let text = "";
  routine.parameters
    .filter((parameter) => parameter.mode !== "table")
    .forEach((parameter, i) => {
      text += i === direct ? (i === 0 ? "ORDER BY " : " ORDER BY ") : i === 0 ? "" : ", ";
      text += argumentOf(catalog, routine, parameter);
    });
  return text;
}

function argumentOf(catalog: Catalog, routine: Routine, parameter: RoutineParameter): string {
  const mode = routine.kind === "procedure" && parameter.mode === "in" ? "IN " : MODES[parameter.mode];
  const name = parameter.name === null ? "" : `${quotedName(parameter.name)} `;
  const value =
    parameter.written.default === null
      ? ""
      : ` DEFAULT ${storedConstant(typeName(catalog, parameter.type), normalWritten(parameter.written.default))}`;
  return `${mode}${name}${typeName(catalog, parameter.type)}${value}`;
}

function returnsOf(catalog: Catalog, routine: Routine): string | null {
  if (routine.kind === "procedure") return null;
  const table = routine.parameters.filter((parameter) => parameter.mode === "table");
  if (table.length > 0) {
    const columns = table.map(
      (column) => `${quotedName(column.name ?? "")} ${typeName(catalog, column.type)}`,
    );
    return `TABLE(${columns.join(", ")})`;
  }
  return `${routine.returnsSet ? "SETOF " : ""}${routine.returnType === null ? "?" : typeName(catalog, routine.returnType)}`;
}

function typeOf(catalog: Catalog, row: UserType): TypeDump {
  return {
    kind: row.kind === "multirange" ? "range" : row.kind,
    owner: roleText(catalog, row.owner),
    acl: aclLines(catalog, row.acl),
    baseType:
      row.baseType === null
        ? null
        : row.kind === "domain"
          ? typeText(catalog, row.baseType)
          : typeName(catalog, row.baseType),
    labels: row.labels,
    attributes: row.attributes.map(
      (attribute) => `${quoteIdentifier(attribute.name)} ${typeText(catalog, attribute.type)}`,
    ),
    notNull: row.notNull,
    default: row.default === null ? null : normalBound(catalog, row.default),
  };
}

function publicationOf(catalog: Catalog, oid: Oid): PublicationDump {
  const { state } = catalog;
  const row = state.publications.get(oid);
  const published = state.published.by.of.all(oid);
  const tables = published.flatMap((each): PublishedTable[] => {
    const relation = each.relation === null ? undefined : state.relations.get(each.relation);
    if (relation === undefined) return [];
    const columns = relation.columns.filter((column) => each.columns?.includes(column.number));
    return [
      {
        name: catalog.relationName(relation),
        columns: each.columns === null ? null : columns.map((column) => quoteIdentifier(column.name)),
        where: each.where === null ? null : normalBound(catalog, each.where),
      },
    ];
  });
  return {
    owner: row === undefined ? "?" : roleText(catalog, row.owner),
    allTables: row?.allTables === true,
    publishes: ["insert", "update", "delete", "truncate"].filter((action) =>
      [...(row?.publishes ?? [])].some((each) => each === action),
    ),
    viaRoot: row?.viaRoot === true,
    schemas: published
      .flatMap((each) => (each.schema === null ? [] : [quoteIdentifier(catalog.schemaName(each.schema))]))
      .sort(),
    tables: tables.sort((a, b) => (a.name < b.name ? -1 : 1)),
  };
}
