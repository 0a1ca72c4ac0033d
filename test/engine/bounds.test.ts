import { describe, expect, test } from "vitest";
import { lintTexts } from "../support/lint.ts";

const text = (count: number, line: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => `${line(index)};\n`).join("");

async function unknown(sql: string): Promise<readonly string[]> {
  const report = await lintTexts([{ path: "a.sql", text: sql }]);
  return report.unknown
    .filter(({ message }) => message.includes("more than"))
    .map(
      ({ place, message }) =>
        `${place.source.bytes.toString("utf8", place.span.start, place.span.end).slice(0, 40)}: ${message}`,
    );
}

describe("more than is looked at is said", () => {
  test("overloads of one name", async () => {
    const overloads = (count: number) =>
      text(count, (index) => `CREATE FUNCTION f(a t${index}) RETURNS int LANGUAGE sql AS 'SELECT 1'`);
    const types = (count: number) => text(count, (index) => `CREATE TYPE t${index} AS (a int)`);
    expect(await unknown(types(100) + overloads(100))).toEqual([]);
    expect(await unknown(types(150) + overloads(150))).toEqual([
      expect.stringMatching(
        /^CREATE FUNCTION f\(a t100\).*: public\.f has more than 100 overloads: calls of it/,
      ),
    ]);
  });

  test("policies of one table", async () => {
    const policies = (count: number) =>
      "CREATE TABLE t (a int);\nALTER TABLE t ENABLE ROW LEVEL SECURITY;\n" +
      text(count, (index) => `CREATE POLICY p${index} ON t USING (current_user = 'u${index}')`);
    expect(await unknown(policies(1000))).toEqual([]);
    expect(await unknown(policies(1002))).toEqual([
      "p1000: public.t has more than 1000 policies: what they let pass was not judged",
    ]);
  });
});
