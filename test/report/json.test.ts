import { readFileSync } from "node:fs";
import Ajv2020 from "ajv/dist/2020.js";
import { expect, test } from "vitest";
import { json, jsonReport } from "../../src/report/json.ts";
import { EMPTY, FINDINGS, hostileName, PIPE, reportOf, unpinned, wide } from "./findings.ts";

const schema: object = JSON.parse(readFileSync(new URL("../../schema/output.json", import.meta.url), "utf8"));
const validate = new Ajv2020.default({ strict: true, allowUnionTypes: true, allErrors: true }).compile(
  schema,
);

test.each([
  ["all findings", reportOf(FINDINGS)],
  ["none", EMPTY],
])("what is printed fits the schema: %s", (_, report) => {
  for (const showSuppressed of [false, true]) {
    validate(JSON.parse(json(report, { ...PIPE, showSuppressed })));
    expect(validate.errors).toBeNull();
  }
});

test("the schema refuses what is not in it", () => {
  const good = jsonReport(reportOf([unpinned]));
  const [finding] = good.findings;
  expect(validate(good)).toBe(true);
  expect(validate({ ...good, extra: 1 })).toBe(false);
  expect(validate({ ...good, version: 2 })).toBe(false);
  expect(validate({ ...good, findings: [{ ...finding, why: "" }] })).toBe(false);
  expect(validate({ ...good, findings: [{ ...finding, rule: "definer-search-path/unset" }] })).toBe(false);
  expect(validate({ ...good, findings: [{ ...finding, start: { line: 0, column: 1, offset: 0 } }] })).toBe(
    false,
  );
  const via = [{ path: "a.sql", start: null, end: null, text: "" }];
  expect(validate({ ...good, findings: [{ ...finding, reach: [{ role: "anon", via }] }] })).toBe(false);
});

test("offsets and columns find the place in the file's text", () => {
  for (const finding of [wide, hostileName]) {
    const text = finding.place.source.bytes.toString("utf8");
    const [shown] = jsonReport(reportOf([finding])).findings;
    if (shown === undefined) throw new Error("no finding");
    const span = finding.place.span;
    expect(text.slice(shown.start.offset, shown.end.offset)).toBe(
      finding.place.source.bytes.toString("utf8", span.start, span.end),
    );
    const line = text.split(/\r\n|\n|\r/)[shown.start.line - 1] ?? "";
    expect(line.slice(shown.start.column - 1)).toBe(text.slice(shown.start.offset).split(/\r\n|\n|\r/)[0]);
  }
});

test("escaping for terminals does not change the values", () => {
  const [finding] = JSON.parse(json(reportOf([hostileName]), PIPE)).findings;
  expect(finding.message).toBe(hostileName.message);
  expect(finding.path).toBe(hostileName.place.source.path);
});
