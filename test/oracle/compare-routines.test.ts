/** The replayed catalog's schemas, routines, types and smaller objects are PostgreSQL's, after every script. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventsOf } from "../../src/events/extract.ts";
import { parseSource } from "../../src/parser/parse-source.ts";
import { loadParser } from "../../src/parser/postgres.ts";
import { diff } from "./diff.ts";
import { dump } from "./dump.ts";
import type { Dump } from "./dump-types.ts";
import { afterScript, type Oracle, startOracle } from "./postgres.ts";
import { oracleScripts } from "./scripts.ts";
import { replayScript } from "./static/context.ts";
import { normalText, normalWritten } from "./static/normal.ts";
import { ATOMIC, type RoutineSections, routineSections } from "./static/routines.ts";

const parser = await loadParser();

/**
 * PostgreSQL's side in the form that is compared. Expressions of both sides are re-parsed to one form (`normalExpr`). Left out on
 * both sides: the text of bodies bound at creation (`atomicBody`), of which the catalog holds the tree and what it is bound to.
 */
function comparable(all: Dump): Pick<Dump, RoutineSections> {
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

function mapValues<T>(
  record: Readonly<Record<string, T>>,
  change: (value: T) => T,
): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
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

let oracle: Oracle;
beforeAll(async () => {
  oracle = await startOracle();
}, 60_000);
afterAll(() => oracle.close());

describe("schemas, routines, types and smaller objects are PostgreSQL's", () => {
  for (const script of oracleScripts()) {
    test(script.name, { timeout: 30_000 }, async () => {
      const expected = await afterScript(oracle, script, async () => comparable(await dump(oracle)));
      const got = await replayScript(script);
      expect(diff(expected, routineSections(got))).toEqual([]);
      expect(got.catalog.state.refusals.map((refusal) => refusal.message)).toEqual([]);
    });
  }
});
