import official from "@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json" with { type: "json" };
import { Ajv } from "ajv";
import { describe, expect, test } from "vitest";
import { sarif } from "../../src/report/sarif.ts";
import {
  EMPTY,
  elsewhere,
  FINDINGS,
  hostileName,
  PAGES,
  PIPE,
  reportOf,
  unpinned,
  wide,
} from "./findings.ts";

/** The schema that OASIS publishes for SARIF 2.1.0. It is written for draft 4, whose `id` is now `$id`. */
function officialSchema(): object {
  const { id, $schema, ...schema } = official;
  expect($schema).toContain("draft-04");
  return { ...schema, $id: id };
}

const validate = new Ajv({
  strict: false,
  allErrors: true,
  validateFormats: false,
  unicodeRegExp: false,
}).compile(officialSchema());

const OPTIONS = { ...PIPE, rules: PAGES, prefix: "" };
const logOf = (...args: Parameters<typeof sarif>) => JSON.parse(sarif(...args));

describe("sarif", () => {
  test.each([
    ["all findings", reportOf(FINDINGS), OPTIONS],
    ["without rules", reportOf(FINDINGS), PIPE],
    ["in a directory of the repository", reportOf(FINDINGS), { ...OPTIONS, prefix: "db/x/" }],
    ["none", EMPTY, OPTIONS],
  ])("fits the official schema: %s", (_, report, options) => {
    validate(logOf(report, options));
    expect(validate.errors).toBeNull();
  });

  test("the schema is one that refuses", () => {
    const log = logOf(reportOf([unpinned]), OPTIONS);
    const [run] = log.runs;
    expect(validate({ ...log, runs: [{ ...run, results: [{ ruleId: "x" }] }] })).toBe(false);
    expect(validate({ ...log, version: "2.0.0" })).toBe(false);
    expect(validate({ ...log, runs: [{ ...run, tool: {} }] })).toBe(false);
  });

  test("an index leads to its rule, and a rule that is not described has none", () => {
    const [run] = logOf(reportOf([unpinned, elsewhere]), OPTIONS).runs;
    expect(run.tool.driver.rules[run.results[0].ruleIndex].id).toBe("definer-search-path");
    expect(run.results[1]).not.toHaveProperty("ruleIndex");
  });

  test("columns count UTF-16 units of the file's text", () => {
    const [result] = logOf(reportOf([wide]), OPTIONS).runs[0].results;
    const { region } = result.locations[0].physicalLocation;
    const lines = wide.place.source.bytes.toString("utf8").split("\r\n");
    expect(lines[region.startLine - 1]?.slice(region.startColumn - 1)).toBe("select 電話,");
    expect(lines[region.endLine - 1]?.slice(0, region.endColumn - 1)).toBe("\twhere 電話 like '0%'");
  });

  test("a path becomes a URI reference that leads back to it", () => {
    const [result] = logOf(reportOf([hostileName]), { ...OPTIONS, prefix: "a b/" }).runs[0].results;
    const { uri } = result.locations[0].physicalLocation.artifactLocation;
    expect(uri).toMatch(/^[\w%./~-]+$/);
    expect(decodeURIComponent(uri)).toBe(`a b/${hostileName.place.source.path}`);
  });

  test("a place in what the platform brings is no file", () => {
    const [result] = logOf(reportOf([elsewhere]), OPTIONS).runs[0].results;
    const last = result.relatedLocations.at(-1);
    expect(last).toEqual({ id: 2, message: { text: "the role is made by the platform" } });
  });

  test("what was set aside is there, suppressed, with the reason", () => {
    const results = logOf(reportOf([unpinned]), OPTIONS).runs[0].results;
    expect(
      results.map((result: { suppressions: { kind: string }[] }) =>
        result.suppressions.map(({ kind }) => kind),
      ),
    ).toEqual([[], ["inSource"], ["external"]]);
    expect(results[2].suppressions[0].justification).toBe("in pgvet-baseline.json");
  });

  test("a message's brackets are no links", () => {
    const finding = { ...unpinned, message: "see [this](http://evil.example) \\" };
    const [result] = logOf(reportOf([finding]), OPTIONS).runs[0].results;
    expect(result.message.text).toMatch(/^see \\\[this\\\]\(http:\/\/evil\.example\) \\\\\n/);
  });
});
