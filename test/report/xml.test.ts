import { describe, expect, test } from "vitest";
import { checkstyle } from "../../src/report/checkstyle.ts";
import { junit } from "../../src/report/junit.ts";
import { EMPTY, FINDINGS, hostileName, PIPE, reportOf } from "./findings.ts";

interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: Element[];
}

const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

/** Reads the subset of XML that is written here, and throws at everything else. */
function parse(text: string): Element {
  const [, body] = /^<\?xml version="1\.0" encoding="UTF-8"\?>\n([\s\S]*)$/.exec(text) ?? [];
  if (body === undefined) throw new Error("no declaration");
  if (/[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u.test(body))
    throw new Error("a character XML has not");
  const decode = (raw: string): string =>
    raw.replace(/&(?:(\w+);)?/g, (whole, name) => {
      const found = ENTITIES[name];
      if (found === undefined) throw new Error(`entity ${whole}`);
      return found;
    });
  const top: Element = { name: "", attributes: {}, children: [] };
  const open = [top];
  let at = 0;
  for (const tag of body.matchAll(/<(\/?)([a-z]+)((?: [a-zA-Z]+="[^"<]*")*)(\/?)>/g)) {
    if (body.slice(at, tag.index).includes("<")) throw new Error("a < that opens nothing");
    decode(body.slice(at, tag.index));
    at = tag.index + tag[0].length;
    const [, close, name = "", written = "", empty] = tag;
    if (close === "/") {
      if (open.pop()?.name !== name) throw new Error(`</${name}> closes something else`);
      continue;
    }
    const attributes: Record<string, string> = {};
    for (const [, key = "", value = ""] of written.matchAll(/ ([a-zA-Z]+)="([^"]*)"/g)) {
      if (key in attributes) throw new Error(`${key} twice`);
      attributes[key] = decode(value);
    }
    const element: Element = { name, attributes, children: [] };
    open.at(-1)?.children.push(element);
    if (empty === "") open.push(element);
  }
  const [root, ...more] = top.children;
  if (root === undefined || more.length > 0 || open.length !== 1 || body.slice(at).trim() !== "")
    throw new Error("not one element");
  return root;
}

describe.each([
  ["junit", junit],
  ["checkstyle", checkstyle],
])("%s", (_, reporter) => {
  test("is well-formed, whatever names and paths say", () => {
    expect(() => parse(reporter(reportOf(FINDINGS), PIPE))).not.toThrow();
    expect(() => parse(reporter(EMPTY, PIPE))).not.toThrow();
  });
});

test("the reader of these tests refuses what is not well-formed", () => {
  const declared = (body: string) => () => parse(`<?xml version="1.0" encoding="UTF-8"?>\n${body}`);
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
  const root = parse(junit(reportOf(FINDINGS), PIPE));
  const cases = root.children.flatMap(({ children }) => children);
  expect(cases).toHaveLength(Number(root.attributes["tests"]));
  const failed = cases.filter(({ children }) => children.some(({ name }) => name === "failure"));
  expect(failed).toHaveLength(Number(root.attributes["failures"]));
  expect(Number(root.attributes["errors"])).toBe(1);
});

test("checkstyle keeps a path's characters, apart from those that would act on a terminal", () => {
  const [file] = parse(checkstyle(reportOf([hostileName]), PIPE)).children;
  expect(file?.attributes["name"]).toBe("::evil\\u{1b}[2J%/a<b>.sql");
});
