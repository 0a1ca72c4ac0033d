import { describe, expect, test } from "vitest";
import { checkstyle } from "../../src/report/checkstyle.ts";
import { junit } from "../../src/report/junit.ts";
import { parseXml } from "../support/xml.ts";
import { EMPTY, FINDINGS, hostileName, PIPE, reportOf } from "./findings.ts";

describe.each([
  ["junit", junit],
  ["checkstyle", checkstyle],
])("%s", (_, reporter) => {
  test("is well-formed, whatever names and paths say", () => {
    expect(() => parseXml(reporter(reportOf(FINDINGS), PIPE))).not.toThrow();
    expect(() => parseXml(reporter(EMPTY, PIPE))).not.toThrow();
  });
});

test("the reader of these tests refuses what is not well-formed", () => {
  const declared = (body: string) => () => parseXml(`<?xml version="1.0" encoding="UTF-8"?>\n${body}`);
  expect(declared('<a b="c"/>')).not.toThrow();
  for (const wrong of [
    "<a>",
    "<a></b>",
    '<a b="<"/>',
    "<a>&</a>",
    "<a/><a/>",
    "<a>\u0001</a>",
    '<a b="1" b="2"/>',
  ]) {
    expect(declared(wrong), wrong).toThrow();
  }
});

test("junit counts what it lists", () => {
  const root = parseXml(junit(reportOf(FINDINGS), PIPE));
  const cases = root.children.flatMap(({ children }) => children);
  expect(cases).toHaveLength(Number(root.attributes["tests"]));
  const failed = cases.filter(({ children }) => children.some(({ name }) => name === "failure"));
  expect(failed).toHaveLength(Number(root.attributes["failures"]));
  expect(Number(root.attributes["errors"])).toBe(1);
});

test("checkstyle keeps a path's characters, apart from those that would act on a terminal", () => {
  const [file] = parseXml(checkstyle(reportOf([hostileName]), PIPE)).children;
  expect(file?.attributes["name"]).toBe("::evil\\u{1b}[2J%/a<b>.sql");
});
