import fc from "fast-check";
import { expect, test } from "vitest";
import { tableLines } from "../../src/report/table.ts";
import { displayWidth } from "../../src/text/width.ts";

const ROWS = [
  ["NAME", "WHO"],
  ["public.accounts", "anon, authenticated and everybody else"],
  ["東京", "-"],
];

test("without a width every row is one line, columns aligned", () => {
  expect(tableLines(ROWS, null)).toEqual([
    "NAME             WHO",
    "public.accounts  anon, authenticated and everybody else",
    "東京             -",
  ]);
});

test("with a width long cells go on below, words whole where they fit", () => {
  expect(tableLines(ROWS, 32)).toEqual([
    "NAME             WHO",
    "public.accounts  anon,",
    "                 authenticated",
    "                 and everybody",
    "                 else",
    "東京             -",
  ]);
});

test("no line is wider than a terminal of usual width, and no text is lost", () => {
  const cell = fc.array(fc.stringMatching(/^[a-z東_.]{1,40}$/), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(
      fc.array(fc.tuple(cell, cell, cell), { minLength: 1, maxLength: 5 }),
      fc.integer({ min: 40, max: 200 }),
      (rows, columns) => {
        const texts = rows.map((row) => row.map((words) => words.join(" ")));
        const lines = tableLines(texts, columns);
        for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(columns);
        const letters = (text: string) => [...text.replaceAll(" ", "")].sort().join("");
        expect(letters(lines.join(""))).toBe(letters(texts.flat().join("")));
      },
    ),
  );
});
