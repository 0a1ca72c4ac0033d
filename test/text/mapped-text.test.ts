import { describe, expect, test } from "vitest";
import { spanToSource } from "../../src/text/mapped-text.ts";

describe("a span of text that code puts together", () => {
  // `ALTER TABLE public.t ADD …`: the schema is a value that stands at 90, the rest a format string at 10.
  const map = [0, 10, 12, 90, 18, 24, 19, 30];

  test.each([
    ["within a piece", { start: 0, end: 5 }, { start: 10, end: 15 }],
    ["over pieces in the order of the source", { start: 6, end: 20 }, { start: 16, end: 31 }],
    ["that begins with the piece behind the others", { start: 12, end: 20 }, { start: 90, end: 96 }],
    ["that is empty", { start: 18, end: 18 }, { start: 24, end: 24 }],
  ])("%s", (_, span, expected) => {
    expect(spanToSource(map, span)).toEqual(expected);
  });
});
