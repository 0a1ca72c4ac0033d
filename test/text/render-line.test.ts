import { expect, test } from "vitest";
import { renderLine } from "../../src/text/render-line.ts";
import type { Source } from "../../src/text/source.ts";
import { displayWidth } from "../../src/text/width.ts";

function source(text: string): Source {
  return { path: "a.sql", bytes: Buffer.from(text) };
}

/** The line with `^` under the columns of a text in it. */
function underlined(line: string, text: string, width = 100): string {
  const of = source(line);
  const start = of.bytes.indexOf(text);
  const span = { start, end: start + Buffer.byteLength(text) };
  const rendered = renderLine(of, 1, span, width);
  expect(displayWidth(rendered.text)).toBe(rendered.width);
  expect(rendered.width).toBeLessThanOrEqual(width);
  const columns = rendered.columnsOf(span);
  return `${rendered.text}\n${" ".repeat(columns.start)}${"^".repeat(columns.end - columns.start)}`;
}

test.each([
  ["tabs go to the next stop", "a\tb\tccc\tx", "x", "a   b   ccc x\n            ^"],
  ["wide characters take two columns", "電話 = x", "x", "電話 = x\n       ^"],
  ["wide characters are underlined whole", "a 電話 b", "電話", "a 電話 b\n  ^^^^"],
  ["combining characters take none", "cafe\u0301 x", "x", "cafe\u0301 x\n     ^"],
  ["joined emoji take two", "👨‍👩‍👧 x", "x", "👨‍👩‍👧 x\n   ^"],
  ["what is written out is underlined whole", "a\u001bb", "\u001b", "a\\u{1b}b\n ^^^^^^"],
  ["a byte order mark takes no column", "\uFEFFselect", "select", "select\n^^^^^^"],
])("%s", (_, line, text, expected) => {
  expect(underlined(line, text)).toBe(expected);
});

test("long lines are clipped around the span", () => {
  const line = `${"a".repeat(90)}bc${"d".repeat(5000)}`;
  expect(underlined(line, "bc", 20)).toBe("…aaaaaaaabcdddddddd…\n         ^^");
  expect(underlined(`bc${"d".repeat(50)}`, "bc", 20)).toBe(`bc${"d".repeat(16)}…\n^^`);
  expect(underlined(`${"a".repeat(50)}bc`, "bc", 20)).toBe(`…${"a".repeat(16)}bc\n${" ".repeat(17)}^^`);
  expect(underlined(`${"電".repeat(50)}bc${"電".repeat(50)}`, "bc", 21)).toMatch(/^…電+bc電+…\n +\^\^$/);
});

test("a span wider than the terminal is underlined from its beginning to the edge", () => {
  expect(underlined(`xy${"b".repeat(100)}z`, "b".repeat(100), 20)).toBe(
    `…y${"b".repeat(17)}…\n  ${"^".repeat(18)}`,
  );
});

test("what is clipped away is at the edge", () => {
  const rendered = renderLine(source("a".repeat(1000)), 1, { start: 500, end: 510 }, 20);
  expect(rendered.columnsOf({ start: 0, end: 3 })).toEqual({ start: 0, end: 0 });
  expect(rendered.columnsOf({ start: 990, end: 1000 })).toEqual({ start: 19, end: 20 });
});

test("an empty span behind the last character is behind the text", () => {
  const rendered = renderLine(source("ab"), 1, { start: 2, end: 2 }, 20);
  expect(rendered.columnsOf({ start: 2, end: 2 })).toEqual({ start: 2, end: 2 });
});

test("bytes that are not UTF-8 do not shift what follows", () => {
  // A stray byte, a sequence that breaks off, a replacement character that is really there.
  const bytes = Buffer.concat([
    Buffer.from([0xff]),
    Buffer.from("a"),
    Buffer.from([0xe2, 0x82]),
    Buffer.from("\uFFFDx"),
  ]);
  const start = bytes.indexOf("x");
  const rendered = renderLine({ path: "a.sql", bytes }, 1, { start, end: start + 1 }, 20);
  expect(rendered.text).toBe("\uFFFDa\uFFFD\uFFFDx");
  expect(rendered.columnsOf({ start, end: start + 1 })).toEqual({ start: 4, end: 5 });
});
