import { expect, test } from "vitest";
import { safeJson, safePath, safeText } from "../../src/text/safe.ts";

test.each([
  ["escape", "a\u001b[31mb", "a\\u{1b}[31mb"],
  ["one-byte CSI", "\u009b2J", "\\u{9b}2J"],
  ["NUL and DEL", "\0\u007f", "\\u{0}\\u{7f}"],
  ["line breaks and tabs", "a\r\n\tb", "a\\r\\n\\tb"],
  ["bidirectional override and isolate", "\u202Ea\u2066", "\\u{202e}a\\u{2066}"],
  ["zero-width space, word joiner, mark", "a\u200B\u2060\uFEFF", "a\\u{200b}\\u{2060}\\u{feff}"],
  ["Hangul filler", "\u3164", "\\u{3164}"],
  ["line and paragraph separator", "\u2028\u2029", "\\u{2028}\\u{2029}"],
  ["lone surrogate", "a\ud83db", "a\\u{d83d}b"],
  ["tag characters", "\u{E0041}", "\\u{e0041}"],
  ["joiner between letters", "a\u200Db", "a\\u{200d}b"],
  ["variation selector behind a letter", "a\uFE0F", "a\\u{fe0f}"],
  [
    "log command in the middle of a line",
    "x ##[add-matcher]y ##vso[task]",
    "x \\u{23}#[add-matcher]y \\u{23}#vso[task]",
  ],
])("%s", (_, text, shown) => {
  expect(safeText(text)).toBe(shown);
});

test.each([
  "plain ascii",
  "café cafe\u0301",
  "電話",
  "עברית",
  "👨‍👩‍👧 ❤️ 👍🏽 1️⃣ 🇩🇪",
  "a # b ## c",
  "a\u00A0b",
])("%s stays", (text) => {
  expect(safeText(text)).toBe(text);
});

test("JSON keeps its value", () => {
  const value = { a: "\u009b\u202E\u2028\u007f", b: "##[error]", c: "電話 👨‍👩‍👧\n" };
  const text = safeJson(JSON.stringify(value, null, 2));
  expect(JSON.parse(text)).toEqual(value);
  expect(text).not.toMatch(/[\u007f-\u009f\u2028\u202E]|##/);
  expect(text).toContain("電話");
});

test("a path never begins a line as a log command", () => {
  expect(safePath("::error::x.sql")).toBe("./::error::x.sql");
  expect(safePath(" ::error::x.sql")).toBe("./ ::error::x.sql");
  expect(safePath("a::b.sql")).toBe("a::b.sql");
});
