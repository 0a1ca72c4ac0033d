/** The sections of PostgreSQL's dump in the form in which the static side is compared with them. */
import { eventsOf } from "../../../src/events/extract.ts";
import { parseSource } from "../../../src/parser/parse-source.ts";
import { loadParser } from "../../../src/parser/postgres.ts";
import type { Dump } from "../dump-types.ts";
import type { AccessSections } from "./access.ts";
import { normalText, normalWritten } from "./normal.ts";
import type { RelationSections } from "./relations.ts";
import { ATOMIC, type RoutineSections } from "./routines.ts";

const parser = await loadParser();

export function comparableAccess(all: Dump): Pick<Dump, AccessSections> {
  const { session, roles, memberships, settings, database } = all;
  const { defaultPrivileges, parameters, languages, largeObjects, builtins } = all;
  return {
    session,
    roles,
    memberships,
    settings,
    database,
    defaultPrivileges,
    parameters,
    languages,
    largeObjects,
    builtins,
  };
}

/**
 * What the catalog does not hold in PostgreSQL's text, left out on both sides:
 * - `relations.query`: the query of a view as deparsed; the catalog holds the written tree and what its names are bound to.
 * - `rules.definition`: the same for a rule's actions and condition.
 * - elements and operators of EXCLUDE constraints behind the word EXCLUDE.
 * Defaults, generation expressions, checks, policies, WHEN of triggers and expressions of partition keys are parsed again and
 * compared in normal form (static/normal.ts).
 */
export function comparableRelations(all: Dump): Pick<Dump, RelationSections> {
  const text = (value: string | null): string | null => (value === null ? null : normalText(value));
  return {
    relations: mapValues(all.relations, (each) => ({
      ...each,
      query: null,
      partitionKey: each.partitionKey === null ? null : partitionKey(each.partitionKey),
      columns: each.columns.map((column) => ({
        ...column,
        default: text(column.default),
        generated: text(column.generated),
      })),
    })),
    indexes: all.indexes,
    constraints: mapValues(all.constraints, (each) => ({
      ...each,
      definition: constraintText(each.definition),
    })),
    policies: mapValues(all.policies, (each) => ({
      ...each,
      using: text(each.using),
      withCheck: text(each.withCheck),
    })),
    triggers: mapValues(all.triggers, (each) => ({ ...each, when: text(each.when) })),
    rules: mapValues(all.rules, (each) => ({ ...each, definition: "" })),
  };
}

function mapValues<T>(
  record: Readonly<Record<string, T>>,
  change: (value: T) => T,
): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}

function partitionKey(text: string): string {
  const match = /^(\w+) \((.*)\)$/.exec(text);
  if (match === null || !match[2]?.includes("(")) return text;
  return `${match[1]} (${normalText(match[2])})`;
}

function constraintText(text: string): string {
  if (text.startsWith("EXCLUDE"))
    return `EXCLUDE${/(?: DEFERRABLE)?(?: INITIALLY DEFERRED)?$/.exec(text)?.[0] ?? ""}`;
  const check = /^CHECK (\(.*\))((?: NO INHERIT)?(?: NOT ENFORCED)?(?: NOT VALID)?)$/s.exec(text);
  return check === null ? text : `CHECK ${normalText(check[1] ?? "")}${check[2] ?? ""}`;
}

/**
 * PostgreSQL's side in the form that is compared. Expressions of both sides are re-parsed to one form (`normalExpr`). Left out on
 * both sides: the text of bodies bound at creation (`atomicBody`), of which the catalog holds the tree and what it is bound to.
 */
export function comparableRoutines(all: Dump): Pick<Dump, RoutineSections> {
  const { schemas, operators, casts, eventTriggers, extensions } = all;
  const { foreignDataWrappers, foreignServers, userMappings, subscriptions } = all;
  return {
    schemas,
    operators,
    casts,
    eventTriggers,
    extensions,
    foreignDataWrappers,
    foreignServers,
    userMappings,
    subscriptions,
    functions: mapValues(all.functions, (each) => ({
      ...each,
      arguments: normalArguments(each.arguments, each.kind === "aggregate"),
      atomicBody: each.atomicBody === null ? null : ATOMIC,
    })),
    types: mapValues(all.types, (each) => ({
      ...each,
      default: each.default === null ? null : normalText(each.default),
    })),
    publications: mapValues(all.publications, (each) => ({
      ...each,
      tables: each.tables.map((table) => ({
        ...table,
        where: table.where === null ? null : normalText(table.where),
      })),
    })),
  };
}

/** A parameter list with its defaults in normal form. */
function normalArguments(text: string, aggregate: boolean): string {
  if (aggregate || !text.includes(" DEFAULT ")) return text;
  const prefix = "CREATE FUNCTION f(";
  const sql = `${prefix}${text}) RETURNS void LANGUAGE sql AS ''`;
  const [statement] = parseSource({ path: "arguments", bytes: Buffer.from(sql) }, parser, null).statements;
  const [event] = statement === undefined ? [] : eventsOf(statement);
  if (event?.kind !== "create-routine") throw new Error(`not a parameter list: ${text}`);
  const bytes = Buffer.from(sql);
  const starts = event.parameters.map((parameter) => parameter.span.start);
  let result = "";
  event.parameters.forEach((parameter, i) => {
    const end = starts[i + 1] ?? bytes.indexOf(") RETURNS void LANGUAGE");
    const part = bytes.subarray(starts[i], end).toString().replace(/,\s*$/, "");
    const head = parameter.default === null ? part : part.slice(0, part.indexOf(" DEFAULT "));
    result += `${i === 0 ? "" : ", "}${head}${parameter.default === null ? "" : ` DEFAULT ${normalWritten(parameter.default)}`}`;
  });
  return result;
}
