/** A bug that a statement meets in the replay costs that statement, and no other. */
import { expect, test } from "vitest";
import { createCatalog } from "../../src/catalog/catalog.ts";
import { replay } from "../../src/catalog/replay.ts";
import { readSource } from "../../src/engine/database.ts";
import { loadParser, type PostgresParser } from "../../src/parser/postgres.ts";

const parser = await loadParser();
const failing: PostgresParser = {
  ...parser,
  parse(text) {
    if (text.includes("broken")) throw new TypeError("oops");
    return parser.parse(text);
  },
};

test("the others are replayed, and the statement is named", () => {
  const statement =
    "DO $$ BEGIN CREATE TABLE half (a int); EXECUTE 'CREATE TABLE ' || 'broken (a int)'; END $$";
  const source = {
    path: "a.sql",
    bytes: Buffer.from(`CREATE TABLE t (a int); ${statement}; CREATE TABLE u (a int);`),
  };
  const read = readSource(source, { file: null, prelude: false, range: null }, parser);
  const options = { postgresVersion: 18, sessionRole: "postgres", searchPath: ["public"], assume: true };
  const state = replay([read], { ...options, parser: failing });
  expect([...createCatalog(state, 18).relations()].map(({ name }) => name)).toEqual(["t", "u"]);
  expect(
    state.failures.map(({ place, message }) => [
      source.bytes.toString("utf8", place.span.start, place.span.end),
      message,
    ]),
  ).toEqual([[statement, "oops"]]);
  expect([...state.unknowns, ...state.refusals]).toEqual([]);
  expect(replay([read], { ...options, parser }).failures).toEqual([]);
});
