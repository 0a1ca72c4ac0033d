import { expect, test } from "vitest";
import { lineAt, lineCount, lineNumberAt, positionAt, type Source } from "../../src/text/source.ts";

function source(bytes: string | Buffer): Source {
  return { path: "a.sql", bytes: Buffer.from(bytes) };
}

test("LF, CRLF and a lone CR end a line", () => {
  const of = source("a\nb\r\nc\rd\n");
  expect(lineCount(of)).toBe(5);
  expect([1, 2, 3, 4, 5].map((line) => lineAt(of, line).text)).toEqual(["a", "b", "c", "d", ""]);
  expect([0, 1, 2, 4, 5, 7, 9].map((at) => lineNumberAt(of, at))).toEqual([1, 1, 2, 2, 3, 4, 5]);
});

test("columns and offsets are UTF-16, also far into a text beyond ASCII", () => {
  // 3 bytes and 1 unit, 4 bytes and 2 units: nothing falls on round numbers.
  const text = "é電😀x\n".repeat(2000) + "電😀".repeat(2000);
  const of = source(text);
  for (const needle of [0, 7, 2999, 9999, 10001, 11000, 15999]) {
    // Never inside a surrogate pair.
    const offset = text.charCodeAt(needle) >> 10 === 0x37 ? needle + 1 : needle;
    const before = text.slice(0, offset);
    expect(positionAt(of, Buffer.byteLength(before))).toEqual({
      line: before.split("\n").length,
      column: offset - (before.lastIndexOf("\n") + 1) + 1,
      offset,
    });
  }
});

test("invalid UTF-8 counts as its replacement characters", () => {
  const bytes = Buffer.concat([
    Buffer.alloc(3000, 0x80),
    Buffer.from("x"),
    Buffer.from([0xe2, 0x82]),
    Buffer.from("y"),
  ]);
  const text = bytes.toString("utf8");
  expect(positionAt(source(bytes), bytes.length - 1).offset).toBe(text.indexOf("y"));
});

test("an offset behind the end is the end", () => {
  expect(positionAt(source("a\nb"), 99)).toEqual({ line: 2, column: 2, offset: 3 });
});

test("ten thousand positions in one line of megabytes", () => {
  const of = source("電".repeat(700_000));
  // Counted from the line's start each time, these would be billions of characters.
  for (let i = 0; i < 10_000; i++) expect(positionAt(of, 3 * (i * 69)).column).toBe(i * 69 + 1);
});
