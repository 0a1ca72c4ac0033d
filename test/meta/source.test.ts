import { describe, expect, test } from "vitest";
import { sources } from "./files.ts";

const MOST_LINES = 400;

/** Files that may be longer, each with the reason why it is one thing. */
const LONG: Readonly<Record<string, string>> = {
  "src/events/tree.ts": "the contract of all trees: unions that are read side by side",
  "src/events/event.ts": "the contract of all events: one union",
  "src/catalog/do/run.ts": "the interpreter of DO blocks: one case per kind of statement, over one state",
};

/** What says that something is unfinished or that the compiler was overruled. */
const FORBIDDEN = [
  /\b(?:TODO|FIXME|XXX|HACK)\b/,
  /\bas any\b|<any>/,
  /@ts-(?:ignore|nocheck|expect-error)/,
  /\bas unknown as\b/,
  /\beval\(|\bnew Function\(/,
];

const files = [...sources("src"), ...sources("rules")];

describe("source files", () => {
  test(`have at most ${MOST_LINES} lines`, () => {
    const long = files
      .map(({ path, text }) => ({ path, lines: text.split("\n").length - 1 }))
      .filter(({ path, lines }) => lines > MOST_LINES && LONG[path] === undefined)
      .map(({ path, lines }) => `${path}: ${lines}`);
    expect(long).toEqual([]);
  });

  test("the list of long files names files that exist", () => {
    expect(Object.keys(LONG).filter((path) => !files.some((file) => file.path === path))).toEqual([]);
  });

  test.each(FORBIDDEN)("do not contain %s", (pattern) => {
    const found = files.flatMap(({ path, text }) =>
      text
        .split("\n")
        .flatMap((line, index) => (pattern.test(line) ? [`${path}:${index + 1}: ${line.trim()}`] : [])),
    );
    expect(found).toEqual([]);
  });
});
