import { describe, expect, test } from "vitest";
import { diff } from "./diff.ts";
import { splitStatements } from "./split.ts";

describe("diff", () => {
  test("nothing for equal values, whatever the order of keys", () => {
    expect(diff({ a: 1, b: [{ c: null }] }, { b: [{ c: null }], a: 1 })).toEqual([]);
  });

  test("names the path of each difference", () => {
    expect(
      diff(
        { f: { "app.f()": { strict: true, acl: ["a", "b"] } } },
        { f: { "app.f()": { strict: false, acl: ["b", "c"] } } },
      ),
    ).toEqual([
      'f["app.f()"].acl: only expected: "a"',
      'f["app.f()"].acl: only got: "c"',
      'f["app.f()"].strict: expected true, got false',
    ]);
  });

  test("objects and list members on one side only", () => {
    expect(diff({ a: {} }, { b: {} })).toEqual(["a: only expected: {}", "b: only got: {}"]);
    expect(diff([{ n: 1 }], [{ n: 2 }, { n: 3 }])).toEqual([
      "[0].n: expected 1, got 2",
      '[1]: only got: {"n":3}',
    ]);
  });

  test("duplicates in a sorted list and the order of an unsorted one count", () => {
    expect(diff(["a", "a"], ["a"])).toHaveLength(1);
    expect(diff(["b", "a"], ["a", "b"])).toHaveLength(2);
  });

  test("an undefined value is not a missing one", () => {
    expect(diff({ a: undefined }, {})).toHaveLength(1);
  });
});

describe("splitStatements", () => {
  test("semicolons inside of quotes, comments and bodies do not split", () => {
    const script = `SELECT ';', "a;b", E'\\';', $x$ ; $$ ; $x$; -- ; comment
      /* ; */ CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END; COMMIT`;
    expect(splitStatements(script).map((each) => each.slice(-10))).toEqual(
      [" $$ ; $x$", "ECT 2; END", "COMMIT"].map((each) =>
        expect.stringMatching(new RegExp(`${each.replace(/[$]/g, "\\$&")}$`)),
      ),
    );
  });

  test("comments and empty statements are none", () => {
    expect(splitStatements(";; -- nothing\n /* at all */ ;")).toEqual([]);
  });
});
