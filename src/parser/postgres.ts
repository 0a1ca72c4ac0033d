import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { setFlagsFromString } from "node:v8";
import type { Node } from "@pgsql/types";
import { advance, lexerAt } from "./lexer.ts";
import type { ModuleOptions, PgQueryModule } from "./wasm-module.ts";
import { afterStumble } from "./without-comments.ts";

/** What the PostgreSQL parser says of a text it does not accept. */
export class SyntaxProblem extends Error {
  /** 0-based offset in code points (not bytes, not UTF-16), or -1 when the parser gave none. */
  readonly codePoint: number;
  constructor(message: string, codePoint: number) {
    super(message);
    this.name = "SyntaxProblem";
    this.codePoint = codePoint;
  }
}

/** The parser ran out of stack or memory on a text: too deep or too large. The instance has been replaced. */
export class TooComplex extends Error {
  constructor(message: string) {
    super(message);
    this.name = "TooComplex";
  }
}

/** One statement of the parser's answer: offsets are UTF-8 bytes in the text it was given. */
export interface RawStatement {
  readonly stmt: Node;
  readonly stmt_location?: number;
  readonly stmt_len?: number;
}

/** The PostgreSQL parser. Obtained once by `loadParser`; all calls are synchronous afterwards. */
export interface PostgresParser {
  /** Parses SQL into raw statements. Throws `SyntaxProblem` or `TooComplex`. */
  parse(sql: string): readonly RawStatement[];
  /** Parses one CREATE FUNCTION or DO of language plpgsql. Throws `SyntaxProblem` (without position) or `TooComplex`. */
  parsePlpgsql(sql: string): unknown;
}

// Node majors on which the flag was measured to help and to be harmless.
const TIER_UP_MAJORS = new Set([20, 22, 24]);
/** A text with more tokens is not parsed: its tree would take hundreds of megabytes. */
const MOST_TOKENS = 250_000;
let loading: Promise<PostgresParser> | undefined;

/** Loads the parser on first use (compiling takes some 10 ms); later calls share it. */
export function loadParser(): Promise<PostgresParser> {
  loading ??= load();
  return loading;
}

async function load(): Promise<PostgresParser> {
  // Without this V8 optimises the parser's huge generated function in the background and exit waits for it.
  if (TIER_UP_MAJORS.has(Number(process.versions.node.split(".")[0]))) {
    setFlagsFromString("--wasm-tier-up-filter=0");
  }
  const require = createRequire(import.meta.url);
  const path = require.resolve("libpg-query/wasm/libpg-query.js");
  const factory: (options: object) => Promise<PgQueryModule> = require(path);
  const compiled = new WebAssembly.Module(readFileSync(join(dirname(path), "libpg-query.wasm")));
  // The factory fills the object it is given. With a synchronous instantiateWasm it does so before it returns,
  // which is what lets a broken instance be replaced in the middle of a synchronous call.
  const instantiate = (): PgQueryModule => {
    const options: Partial<PgQueryModule> & ModuleOptions = {
      print() {},
      printErr() {},
      instantiateWasm(imports, done) {
        const instance = new WebAssembly.Instance(compiled, imports);
        done(instance, compiled);
        return instance.exports;
      },
    };
    factory(options).catch(() => {});
    if (!isModule(options))
      throw new Error("libpg-query did not start synchronously: its factory has changed");
    return options;
  };
  return createParser(instantiate);
}

function isModule(value: Partial<PgQueryModule>): value is PgQueryModule {
  return typeof value._wasm_parse_query_raw === "function" && typeof value._free === "function";
}

// Offsets of PgQueryParseResult { char *tree, char *stderr, PgQueryError *error } and of
// PgQueryError { char *message, *funcname, *filename; int lineno, cursorpos; } in a 32-bit build.
const RESULT_ERROR = 8;
const ERROR_CURSOR = 16;

/** A parser over instances of libpg-query; a broken one is replaced by the next. */
export function createParser(instantiate: () => PgQueryModule): PostgresParser {
  let pg = instantiate();
  let called = false;

  const write = (text: string): number => {
    const length = Buffer.byteLength(text, "utf8");
    const pointer = pg._malloc(length + 1);
    if (pointer === 0) throw new TooComplex("the parser has no memory for this text");
    Buffer.from(pg.HEAPU8.buffer, pointer, length).write(text, "utf8");
    pg.HEAPU8[pointer + length] = 0;
    return pointer;
  };
  const word = (address: number): number => pg.HEAPU32[address >> 2] ?? 0;
  const read = (pointer: number): string => {
    const end = pg.HEAPU8.indexOf(0, pointer);
    return Buffer.from(pg.HEAPU8.buffer, pointer, end - pointer).toString("utf8");
  };

  /** Runs a call into WASM. Anything but a clean answer breaks the instance for good, so it is replaced. */
  const guarded = <T>(call: () => T): T => {
    // The last call was broken off in the middle: nothing in it could say so.
    if (called) pg = instantiate();
    called = true;
    const exitCode = process.exitCode;
    try {
      const answer = call();
      called = false;
      return answer;
    } catch (error) {
      called = false;
      if (error instanceof SyntaxProblem) throw error;
      // An instance that runs out of memory "exits" and sets the exit code of this process.
      process.exitCode = exitCode;
      pg = instantiate();
      if (error instanceof TooComplex) throw error;
      throw new TooComplex(
        error instanceof RangeError ? "nested too deeply for the parser" : "too large for the parser",
      );
    }
  };

  const parseOnce = (sql: string): readonly RawStatement[] => {
    refuseNul(sql);
    refuseLonger(sql, MOST_TOKENS, "statement");
    return guarded(() => {
      const text = write(sql);
      const result = pg._wasm_parse_query_raw(text);
      try {
        if (result === 0) throw new TooComplex("the parser has no memory for this text");
        const error = word(result + RESULT_ERROR);
        if (error !== 0) {
          const message = read(word(error));
          if (isResourceError(message)) throw new TooComplex(message);
          throw syntaxProblem(message, word(error + ERROR_CURSOR) - 1);
        }
        const tree: { stmts?: RawStatement[] } = JSON.parse(read(word(result)));
        return tree.stmts ?? [];
      } finally {
        if (result !== 0) pg._wasm_free_parse_result(result);
        pg._free(text);
      }
    });
  };

  return {
    parse(sql) {
      try {
        return parseOnce(sql);
      } catch (error) {
        const second = error instanceof SyntaxProblem ? afterStumble(sql) : null;
        if (second === null) throw error;
        try {
          return parseOnce(second);
        } catch (again) {
          // Its place would count comments as they are not.
          throw again instanceof SyntaxProblem ? error : again;
        }
      }
    },
    parsePlpgsql(sql) {
      refuseNul(sql);
      return guarded(() => {
        const text = write(sql);
        const answer = pg._wasm_parse_plpgsql(text);
        try {
          const json = answer === 0 ? "" : read(answer);
          if (json.startsWith("{") || json.startsWith("[")) return JSON.parse(json);
          if (isResourceError(json)) throw new TooComplex(json);
          throw syntaxProblem(json === "" ? "the parser gave no answer" : json, -1);
        } finally {
          if (answer !== 0) pg._wasm_free_string(answer);
          pg._free(text);
        }
      });
    },
  };
}

/** Without a stack trace: it says nothing about the SQL and costs more than finding the error does. */
function syntaxProblem(message: string, codePoint: number): SyntaxProblem {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    return new SyntaxProblem(message, codePoint);
  } finally {
    Error.stackTraceLimit = limit;
  }
}

/** Throws `TooComplex` for a text of more tokens. */
export function refuseLonger(sql: string, most: number, what: string): void {
  // Shorter texts cannot have so many.
  if (sql.length <= most) return;
  const bytes = Buffer.from(sql);
  const lexer = lexerAt(bytes, 0, bytes.length);
  let count = 0;
  while (advance(lexer) !== "end")
    if (++count > most) throw new TooComplex(`${what} has more than ${most} tokens: not parsed`);
}

function isResourceError(message: string): boolean {
  return /memory exhausted|stack depth limit|out of memory/i.test(message);
}

/** A NUL byte would silently end the parser's input: callers replace it first and say so. */
function refuseNul(sql: string): void {
  if (sql.includes("\0")) throw new SyntaxProblem("NUL byte in SQL text", -1);
}
