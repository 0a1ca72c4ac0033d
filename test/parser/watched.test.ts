/** A parser that is stuck is ended, and refuses only the text that it is stuck in. */
import { describe, expect, it } from "vitest";
import { createParser, loadParser, type PostgresParser, TooComplex } from "../../src/parser/postgres.ts";
import { watched } from "../../src/parser/watched.ts";
import { loopForever, SHORT, stuckIn } from "../support/stuck-parser.ts";

const parser = await loadParser();

describe("a run", () => {
  it("that ends is done once, with the parser itself", () => {
    const seen: PostgresParser[] = [];
    const answer = watched(parser, 100, (given) => {
      seen.push(given);
      return given.parse("SELECT 1").length;
    });
    expect(answer).toBe(1);
    expect(seen).toEqual([parser]);
  });

  it("passes on what it throws", () => {
    const run = () =>
      watched(parser, 0, () => {
        throw new RangeError("mine");
      });
    expect(run).toThrow(new RangeError("mine"));
  });

  it("in which the parser is stuck is done again, without the guilty text alone", () => {
    const stuck = stuckIn({ statement: /evil/, plpgsql: /evil/ }, parser);
    const read = (each: PostgresParser, sql: string) => {
      try {
        return each.parse(sql).length;
      } catch (error) {
        if (error instanceof TooComplex) return error.message;
        throw error;
      }
    };
    const texts = ["SELECT 1", "SELECT evil", "SELECT 2; SELECT 3", "SELECT evil"];
    const answers = watched(stuck, 0, (each) => texts.map((sql) => read(each, sql)), SHORT);
    const refusal = "the parser does not come to an end with this text";
    expect(answers).toEqual([1, refusal, 2, refusal]);
  });

  it("that only takes long gets the same answers", () => {
    let runs = 0;
    const answer = watched(
      parser,
      0,
      (each) => {
        runs++;
        while (runs === 1) each.parse("SELECT 1");
        return each.parse("SELECT 1; SELECT 2").length;
      },
      SHORT,
    );
    expect(answer).toBe(2);
    expect(runs).toBe(2);
  });

  it("ends PL/pgSQL that the parser is stuck in", () => {
    const stuck = stuckIn({ statement: /evil/, plpgsql: /evil/ }, parser);
    const body = (text: string) =>
      `CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$ BEGIN ${text} END $$`;
    watched(
      stuck,
      0,
      (each) => {
        expect(() => each.parsePlpgsql(body("PERFORM evil;"))).toThrow(TooComplex);
        expect(each.parsePlpgsql(body("NULL;"))).toEqual(parser.parsePlpgsql(body("NULL;")));
      },
      SHORT,
    );
  });
});

it("an instance in which a call was broken off is not called again", () => {
  let instances = 0;
  const broken = createParser(() => {
    const own = ++instances;
    const memory = new Uint32Array(64);
    return {
      // { stmts: [] } without an error, at 16.
      HEAPU8: new Uint8Array(memory.buffer),
      HEAPU32: memory,
      _malloc: () => 64,
      _free() {},
      _wasm_parse_query_raw() {
        if (own === 1) loopForever();
        memory[4] = 128;
        memory[6] = 0;
        new Uint8Array(memory.buffer).set(Buffer.from(`{"stmts":[]}\0`), 128);
        return 16;
      },
      _wasm_free_parse_result() {},
      _wasm_parse_plpgsql: () => 0,
      _wasm_free_string() {},
    };
  });
  const run = () => watched(broken, 0, (each) => each.parse("SELECT 1"), SHORT);
  expect(run()).toEqual([]);
  expect(instances).toBe(2);
});
