/** What comments and the configuration set aside, with the built program. */
import { describe, expect, test } from "vitest";
import { repository } from "../project/files.ts";
import { pgvet } from "../support/program.ts";

const GRANT = "GRANT CREATE ON SCHEMA public TO PUBLIC;\n";
const COMMENT = "-- pgvet-ignore grant-schema-create: a playground\n";
const FUNCTION = `CREATE FUNCTION public.run(what text, n int) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$ BEGIN EXECUTE what; END $$;
`;

describe("comments", () => {
  test("set a finding aside, and the summary says so", () => {
    const cwd = repository({ "a.sql": `${COMMENT}${GRANT}` });
    const run = pgvet(["a.sql"], { cwd });
    expect(run).toMatchObject({ code: 0, err: "" });
    expect(run.out).toMatch(/^No findings \(1 ignored\)\n/);
  });

  test("--no-ignores reports all the same", () => {
    const cwd = repository({ "a.sql": `${COMMENT}${GRANT}` });
    const run = pgvet(["--no-ignores", "--format", "concise", "a.sql"], { cwd });
    expect(run.code).toBe(1);
    expect(run.out).toMatch(/^a\.sql:2:1: critical: .*\[grant-schema-create\/public\]\n$/);
  });

  test("--show-suppressed lists what is set aside, with the reason", () => {
    const cwd = repository({ "a.sql": `${COMMENT}${GRANT}` });
    expect(pgvet(["--show-suppressed", "a.sql"], { cwd }).out).toMatch(
      /^Set aside:\n {2}a\.sql:2:1: critical\[grant-schema-create\/public\]: .* \(comment: a playground\)\n/,
    );
    const json = (...args: string[]) =>
      JSON.parse(pgvet(["--format", "json", ...args, "a.sql"], { cwd }).out);
    expect(json("--show-suppressed").suppressed).toMatchObject([
      { by: "comment", reason: "a playground", finding: { rule: "grant-schema-create" } },
    ]);
    expect(json().suppressed).toEqual([]);
    expect(json().summary.ignored).toBe(1);
  });

  test("SARIF has it as a suppressed result", () => {
    const cwd = repository({ "a.sql": `${COMMENT}${GRANT}` });
    const [result] = JSON.parse(pgvet(["--format", "sarif", "a.sql"], { cwd }).out).runs[0].results;
    expect(result.suppressions).toEqual([
      { kind: "inSource", status: "accepted", justification: "a playground" },
    ]);
  });

  test("unused ones are told and do not fail the run", () => {
    const cwd = repository({ "a.sql": `${COMMENT}SELECT 1;\n` });
    const run = pgvet(["--format", "concise", "a.sql"], { cwd });
    expect(run.code).toBe(0);
    expect(run.out).toBe(
      "a.sql:1:17: low: pgvet-ignore grant-schema-create sets nothing aside [suppression/unused]\n",
    );
  });

  test("without a reason they fail the run, and the finding stays", () => {
    const cwd = repository({ "a.sql": `-- pgvet-ignore grant-schema-create\n${GRANT}` });
    const run = pgvet(["--format", "concise", "--fail-on", "medium", "a.sql"], { cwd });
    expect(run.code).toBe(1);
    expect(run.out).toContain("[suppression/no-reason]\n");
    expect(run.out).toContain("[grant-schema-create/public]\n");
  });

  test("the levels of `suppression` can be configured", () => {
    const cwd = repository({
      "a.sql": `${COMMENT}SELECT 1;\n`,
      "pgvet.json": '{"rules": {"suppression/unused": "off"}}',
    });
    expect(pgvet(["--format", "concise", "a.sql"], { cwd })).toMatchObject({ code: 0, out: "" });
  });

  test("an unused one is told only for files that are shown", () => {
    const cwd = repository({ "1.sql": `${COMMENT}SELECT 1;\n`, "2.sql": "SELECT 2;\n" });
    expect(pgvet(["--format", "concise", "2.sql"], { cwd }).out).toBe("");
    expect(pgvet(["--format", "concise", "."], { cwd }).out).toContain("[suppression/unused]");
  });
});

describe("the configuration", () => {
  const entry = (more: object) =>
    JSON.stringify({
      ignore: [
        { rule: "dynamic-sql-injection", object: "public.run(text, int)", reason: "only admins", ...more },
      ],
    });
  const concise = (config: string, ...args: string[]) =>
    pgvet(["--format", "concise", ...(args.length > 0 ? args : ["."])], {
      cwd: repository({ "pgvet.json": config, "db/a.sql": FUNCTION }),
    });

  test("sets aside by object, whose types may be abbreviated", () => {
    const run = concise(entry({}));
    expect(run.out).not.toContain("dynamic-sql-injection");
    expect(run.err).toContain("(1 ignored");
  });

  test("only that object", () => {
    const run = concise(entry({ object: "public.run(text, text)" }));
    expect(run.out).toContain("[dynamic-sql-injection/");
    expect(run.out).toContain(
      "pgvet.json:1:12: low: ignoring dynamic-sql-injection for public.run(text, text) sets nothing aside; did you mean public.run(text, integer)? [suppression/unused]\n",
    );
  });

  test("until a day", () => {
    expect(concise(entry({ until: "2999-01-01" })).out).not.toContain("dynamic-sql-injection");
    const late = concise(entry({ until: "2020-01-01" }));
    expect(late.out).toContain("dynamic-sql-injection");
    expect(late.out).not.toContain("suppression");
  });

  test("an entry may be about what was not looked at", () => {
    const cwd = repository({
      "pgvet.json": entry({}),
      "db/a.sql": FUNCTION,
      "other/b.sql": "SELECT 1;\n",
    });
    expect(pgvet(["--format", "concise", "other"], { cwd }).out).toBe("");
  });

  test.each([
    [
      { rule: "dynamic-sql-injecton" },
      'pgvet.json:1:20: unknown rule "dynamic-sql-injecton"; did you mean "dynamic-sql-injection"?',
    ],
    [{ reason: undefined }, 'pgvet.json:1:12: ignore[0] needs "reason"'],
    [{ reason: "-" }, "pgvet.json:1:86: ignore[0].reason must say why"],
    [{ until: "soon" }, 'ignore[0].until must be a day such as "2027-01-31", not "soon"'],
    [{ objct: "x" }, 'unknown key "objct" in ignore[0]; did you mean "object"?'],
  ])("a mistake in an entry ends the run: %j", (change, message) => {
    const run = concise(entry(change));
    expect(run.code).toBe(2);
    expect(run.out).toBe("");
    expect(run.err).toContain(message);
  });
});
