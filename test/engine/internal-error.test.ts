import { expect, test } from "vitest";
import { defineRule, type RuleContext } from "../../src/rule/define.ts";
import { lintTexts, textUnder } from "../support/lint.ts";

const FILES = [
  { path: "1.sql", text: "CREATE SCHEMA app;\nCREATE TABLE app.fine (id int);\n" },
  {
    path: "2.sql",
    text: `CREATE TABLE app.bad (id int);
CREATE FUNCTION app.broken(a text) RETURNS text LANGUAGE sql AS $$ SELECT a $$;
CREATE FUNCTION app.last() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$;
DO $$ BEGIN NULL; END $$;
GRANT SELECT ON app.bad TO web;
`,
  },
];

/** What is reported when a rule does this. */
async function failure(check: (context: RuleContext) => void) {
  const rule = defineRule<string>({
    title: "",
    severity: "low",
    category: "grants",
    cwe: [],
    since: "0.1.0",
    variants: {},
    why: "",
    check,
  });
  const { findings } = await lintTexts(FILES, {}, [{ id: "failing", ...rule }]);
  expect(findings).toHaveLength(1);
  const [finding] = findings;
  if (finding === undefined) throw new Error("nothing reported");
  const { message, object, place } = finding;
  return { rule: finding.rule, message, object, path: place.source.path, text: textUnder(finding) };
}

test("the relation of the loop that failed is named, not what was looked up on the way", async () => {
  const found = await failure(({ catalog }) => {
    for (const relation of catalog.relations()) {
      for (const role of catalog.state.roles.all()) if (role.name === "web") break;
      catalog.relationIn("app", "fine");
      if (relation.name === "bad") throw new Error("oops");
    }
  });
  expect(found).toMatchObject({
    rule: "internal-error",
    message: "rule failing failed on app.bad: oops",
    object: "app.bad",
    path: "2.sql",
  });
  expect(found.text).toContain("app.bad");
});

test("an inner loop that fails stands for the outer one's object", async () => {
  const found = await failure(({ catalog }) => {
    for (const relation of catalog.relations()) {
      if (relation.name !== "bad") continue;
      for (const routine of catalog.routines()) if (routine.name === "last") throw new Error("oops");
    }
  });
  expect(found.object).toBe("app.bad");
});

test("a routine of a list is known by its body", async () => {
  const found = await failure((context) => {
    for (const routine of [...context.catalog.routines()]) {
      context.body(routine);
      if (routine.name === "broken") throw new RangeError("too deep");
    }
  });
  expect(found.message).toBe("rule failing failed on app.broken(text): too deep");
  expect(found.path).toBe("2.sql");
});

test("a statement and a DO block are pointed at", async () => {
  const grant = await failure(({ written }) => {
    for (const { events } of written)
      for (const event of events) if (event.kind === "grant") throw new Error("oops");
  });
  expect(grant.message).toBe("rule failing failed on this statement: oops");
  expect(grant).toMatchObject({ path: "2.sql", text: "GRANT SELECT ON app.bad TO web" });
  const block = await failure(({ blocks }) => {
    blocks.map(() => {
      throw new Error("oops");
    });
  });
  expect(block.text).toContain("DO $$");
});

test("a rule that fails before it looks at anything is told at the start of the first file", async () => {
  const found = await failure(() => {
    throw new Error("oops");
  });
  expect(found).toMatchObject({ message: "rule failing failed: oops", path: "1.sql", object: null });
});

test("a statement whose replay failed is told beside what the rules find", async () => {
  const rule = defineRule<string>({
    title: "",
    severity: "low",
    category: "grants",
    cwe: [],
    since: "0.1.0",
    variants: {},
    why: "",
    check({ catalog, written }) {
      // As if the replay had met a bug there.
      for (const { source, events } of written)
        for (const { kind, span } of events)
          if (kind === "grant") catalog.state.failures.push({ place: { source, span }, message: "oops" });
    },
  });
  const { findings } = await lintTexts(FILES, {}, [{ id: "quiet", ...rule }]);
  expect(findings.map((finding) => [finding.rule, finding.message, textUnder(finding)])).toEqual([
    ["internal-error", "replaying this statement failed: oops", "GRANT SELECT ON app.bad TO web"],
  ]);
});
