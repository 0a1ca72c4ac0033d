import type { PostgresParser } from "../../src/parser/postgres.ts";

// (module (func (export "loop") (loop (br 0))))
const LOOP = [
  [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
  [1, 4, 1, 0x60, 0, 0],
  [3, 2, 1, 0],
  [7, 8, 1, 4, 0x6c, 0x6f, 0x6f, 0x70, 0, 0],
  [10, 9, 1, 7, 0, 3, 0x40, 0x0c, 0, 0x0b, 0x0b],
].flat();

/** Never returns: a loop in WebAssembly, where the real parser would be stuck. */
export function loopForever(): never {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(LOOP)));
  const { loop } = exports;
  if (typeof loop !== "function") throw new Error("no loop in the module");
  loop();
  throw new Error("an endless loop came to its end");
}

/** The same parser, but stuck in statements and PL/pgSQL of which a pattern is true. */
export function stuckIn(
  pattern: { statement: RegExp; plpgsql: RegExp },
  parser: PostgresParser,
): PostgresParser {
  return {
    parse: (sql) => (pattern.statement.test(sql) ? loopForever() : parser.parse(sql)),
    parsePlpgsql: (sql) => (pattern.plpgsql.test(sql) ? loopForever() : parser.parsePlpgsql(sql)),
  };
}

/** Limits that a test can wait for. Only a call that goes on for ever takes so long on any machine. */
export const SHORT = {
  run: { base: 300, perByte: 0 },
  call: { base: 1500, perByte: 0 },
  laterCall: { base: 500, perByte: 0 },
};
