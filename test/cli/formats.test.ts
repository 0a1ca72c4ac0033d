/** Formats of the built program: where they go, and what stays out of them. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { RULES } from "../../rules/index.ts";
import { FORMATS } from "../../src/report/report.ts";
import { repository } from "../project/files.ts";
import { pgvet } from "../support/program.ts";

const BAD = "GRANT CREATE ON SCHEMA public TO PUBLIC;\n";
const CONCISE = /^db\/a\.sql:1:\d+: (?:medium|high|critical): .+ \[grant-schema-create\/public\]\n$/;

const project = () => repository({ "db/a.sql": BAD });

describe("where output goes", () => {
  test("one format on standard output, others into files", () => {
    const cwd = project();
    const run = pgvet(
      ["--format", "concise", "--format", "sarif=out.sarif", "--format", "junit=out.xml", "db"],
      { cwd },
    );
    expect(run.code).toBe(1);
    expect(run.out).toMatch(CONCISE);
    expect(run.err).toMatch(/^1 finding: /);
    const log = JSON.parse(readFileSync(join(cwd, "out.sarif"), "utf8"));
    expect(log.runs[0].results).toHaveLength(1);
    expect(readFileSync(join(cwd, "out.xml"), "utf8")).toContain('type="grant-schema-create/public"');
  });

  test("with files only, standard output stays empty and the summary is told beside it", () => {
    const cwd = project();
    const run = pgvet(["--format", "json=out.json", "db"], { cwd });
    expect(run).toMatchObject({ code: 1, out: "" });
    expect(run.err).toMatch(/^1 finding: .*\nChecked 1 file, 1 statement\n$/);
    expect(JSON.parse(readFileSync(join(cwd, "out.json"), "utf8")).version).toBe(1);
  });

  test("a file that cannot be written ends the run with 2", () => {
    const run = pgvet(["--format", "json=no/such/out.json", "db"], { cwd: project() });
    expect(run.code).toBe(2);
    expect(run.err).toMatch(/^pgvet: no\/such\/out\.json: cannot be written: /);
  });

  test("the format never changes the exit code", { timeout: 60_000 }, () => {
    const cwd = project();
    for (const format of FORMATS) {
      expect(pgvet(["--format", format, "db"], { cwd }).code, format).toBe(1);
    }
  });
});

describe("GitHub Actions", () => {
  const env = { GITHUB_ACTIONS: "true" };

  test("annotations come in addition to the text", () => {
    const run = pgvet(["db"], { cwd: project(), env });
    expect(run.code).toBe(1);
    expect(run.out).toContain("[grant-schema-create/public]: ");
    expect(run.out).toMatch(/^::(?:error|warning) file=db\/a\.sql,line=1,/m);
  });

  test("not where a format is named", () => {
    expect(pgvet(["--format", "concise", "db"], { cwd: project(), env }).out).toMatch(CONCISE);
  });

  test("not elsewhere", () => {
    expect(pgvet(["db"], { cwd: project() }).out).not.toContain("::");
  });

  test("files are named from the repository's top, wherever the run starts", () => {
    const cwd = join(project(), "db");
    expect(pgvet(["."], { cwd, env }).out).toContain(" file=db/a.sql,");
    const log = JSON.parse(pgvet(["--format", "sarif", "."], { cwd }).out);
    expect(log.runs[0].results[0].locations[0].physicalLocation.artifactLocation.uri).toBe("db/a.sql");
  });
});

describe("sarif", () => {
  test("describes the rules that ran, with their pages", () => {
    const cwd = repository({ "db/a.sql": BAD, "pgvet.json": '{"rules": {"rls-disabled": "off"}}' });
    const { rules } = JSON.parse(pgvet(["--format", "sarif", "db"], { cwd }).out).runs[0].tool.driver;
    expect(rules.map(({ id }: { id: string }) => id)).toEqual(
      RULES.map(({ id }) => id).filter((id) => id !== "rls-disabled"),
    );
    for (const { help } of rules) expect(help.markdown).toContain("## How to fix");
  });

  test("is the same on every run", () => {
    const cwd = project();
    expect(pgvet(["--format", "sarif", "db"], { cwd }).out).toBe(
      pgvet(["--format", "sarif", "db"], { cwd }).out,
    );
  });
});
