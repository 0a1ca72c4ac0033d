/** `pgvet baseline` and what the baseline sets aside, with the built program. */
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { repository } from "../project/files.ts";
import { pgvet } from "../support/program.ts";

const BAD = "CREATE SCHEMA a;\nGRANT CREATE ON SCHEMA a TO PUBLIC;\n";
const WORSE = "CREATE SCHEMA b;\nGRANT CREATE ON SCHEMA b TO PUBLIC;\n";

/** A project whose findings are all in its baseline. */
function adopted(files: Readonly<Record<string, string>> = { "db/1.sql": BAD }): string {
  const cwd = repository(files);
  expect(pgvet(["baseline", "--write"], { cwd }).code).toBe(0);
  return cwd;
}

const text = (cwd: string) => readFileSync(join(cwd, "pgvet-baseline.json"), "utf8");
const concise = (cwd: string, ...args: string[]) => pgvet(["--format", "concise", ...args], { cwd });

describe("--write", () => {
  test("sets aside what is there, and the summary says so", () => {
    const cwd = repository({ "db/1.sql": BAD });
    const run = pgvet(["baseline", "--write"], { cwd });
    expect(run).toEqual({ code: 0, out: "pgvet-baseline.json: 1 finding\n", err: "" });
    const after = pgvet([], { cwd });
    expect(after).toMatchObject({ code: 0, err: "" });
    expect(after.out).toMatch(/^No findings \(1 in baseline\)\n/);
  });

  test("makes a file that can be reviewed: sorted, a line for each finding, without positions", () => {
    const cwd = adopted({ "db/2.sql": WORSE, "db/1.sql": BAD });
    expect(text(cwd).replace(/[0-9a-f]{16}/g, "…")).toBe(`{
  "version": 1,
  "findings": [
    {"path":"db/1.sql","rule":"grant-schema-create/public","object":"a","fingerprint":"…"},
    {"path":"db/2.sql","rule":"grant-schema-create/public","object":"b","fingerprint":"…"}
  ]
}
`);
    const before = text(cwd);
    pgvet(["baseline", "--write"], { cwd });
    expect(text(cwd)).toBe(before);
  });

  test("stands beside the configuration, else at the repository's top", () => {
    const cwd = repository({ "app/pgvet.json": "{}", "app/db/1.sql": BAD, "other/1.sql": WORSE });
    const run = pgvet(["baseline", "--write", "app", "other"], { cwd });
    expect(run.out).toBe("app/pgvet-baseline.json: 1 finding\npgvet-baseline.json: 1 finding\n");
    expect(concise(cwd, "app", "other").out).toBe("");
    expect(concise(join(cwd, "app/db"), ".").out).toBe("");
  });

  test("about a part keeps what it knows of the rest", () => {
    const cwd = adopted({ "a/1.sql": BAD, "b/1.sql": WORSE });
    writeFileSync(join(cwd, "a/1.sql"), "SELECT 1;\n");
    expect(pgvet(["baseline", "--write", "a"], { cwd }).out).toBe(
      "pgvet-baseline.json: 1 finding, 2 before\n",
    );
    expect(text(cwd)).toContain('"b/1.sql"');
    expect(text(cwd)).not.toContain('"a/1.sql"');
  });

  test("leaves out what is hidden, and what comments set aside", () => {
    const cwd = adopted({
      "db/1.sql": `-- pgvet-ignore grant-schema-create: a reason\nGRANT CREATE ON SCHEMA public TO PUBLIC;\n${BAD}`,
    });
    expect(JSON.parse(text(cwd)).findings).toHaveLength(1);
    pgvet(["baseline", "--write", "--min-severity", "critical"], { cwd });
    expect(JSON.parse(text(cwd)).findings).toHaveLength(1);
  });
});

describe("a finding in the baseline", () => {
  test("stays known when lines move, the layout or the file's name changes", () => {
    const cwd = adopted();
    writeFileSync(
      join(cwd, "db/1.sql"),
      "-- words\n\nCREATE SCHEMA a;\n\ngrant create\n  ON SCHEMA a -- everybody\n  TO PUBLIC;\n",
    );
    expect(concise(cwd).out).toBe("");
    renameSync(join(cwd, "db/1.sql"), join(cwd, "db/0001.sql"));
    expect(concise(cwd).out).toBe("");
    renameSync(join(cwd, "db"), join(cwd, "migrations"));
    expect(concise(cwd).out).toBe("");
  });

  test("does not hide a new one of the same rule in the same file", () => {
    const cwd = adopted();
    writeFileSync(join(cwd, "db/1.sql"), `SELECT 1;\n${WORSE}`);
    expect(concise(cwd).out).toMatch(/^db\/1\.sql:3:1: [^\n]*\n$/);
  });

  test("stands for one finding, not for all that look alike", () => {
    const grant = "GRANT CREATE ON SCHEMA public TO PUBLIC;\n";
    const cwd = adopted({ "a/1.sql": grant });
    writeFileSync(join(cwd, "2.sql"), grant);
    expect(concise(cwd).out.trimEnd().split("\n")).toHaveLength(1);
  });

  test("is reported with --no-baseline, listed with --show-suppressed, suppressed in SARIF", () => {
    const cwd = adopted();
    expect(concise(cwd, "--no-baseline")).toMatchObject({ code: 1 });
    expect(concise(cwd, "--show-suppressed").out).toContain("(baseline: in pgvet-baseline.json)\n");
    const [result] = JSON.parse(pgvet(["--format", "sarif"], { cwd }).out).runs[0].results;
    expect(result.suppressions).toMatchObject([{ kind: "external" }]);
  });
});

describe("what is gone", () => {
  const fixed = () => {
    const cwd = adopted({ "db/1.sql": BAD, "db/2.sql": WORSE });
    rmSync(join(cwd, "db/2.sql"));
    return cwd;
  };

  test("is told by every run on the whole", () => {
    const cwd = fixed();
    const run = pgvet([], { cwd });
    expect(run.code).toBe(0);
    expect(run.out).toContain("\n1 entry of the baseline is gone: pgvet baseline --prune\n");
    expect(pgvet(["db/1.sql"], { cwd }).out).not.toContain("gone");
  });

  test("makes --check fail, until --prune takes it out", () => {
    const cwd = fixed();
    const check = pgvet(["baseline", "--check"], { cwd });
    expect(check).toEqual({
      code: 1,
      out: "pgvet-baseline.json: 2 findings, 1 gone, 0 found that it does not know\n  gone: db/2.sql: grant-schema-create/public b\n",
      err: "pgvet: pgvet baseline --prune takes out what is gone\n",
    });
    expect(pgvet(["baseline", "--prune"], { cwd }).out).toBe("pgvet-baseline.json: 1 finding, 2 before\n");
    expect(pgvet(["baseline", "--check"], { cwd }).code).toBe(0);
  });

  test("--prune adds nothing", () => {
    const cwd = adopted();
    writeFileSync(join(cwd, "db/2.sql"), WORSE);
    pgvet(["baseline", "--prune"], { cwd });
    expect(JSON.parse(text(cwd)).findings).toHaveLength(1);
    expect(pgvet(["baseline", "--check"], { cwd })).toMatchObject({
      code: 0,
      out: "pgvet-baseline.json: 1 finding, 0 gone, 1 found that it does not know\n",
    });
  });
});

describe("a broken baseline", () => {
  test.each([
    ["{", "cannot be read: "],
    ["[]", "is no baseline of version 1"],
    ['{"version": 2, "findings": []}', "is no baseline of version 1"],
    ['{"version": 1, "findings": [{"fingerprint": 1}]}', "entry 1 is no finding"],
  ])("%s ends the run with 2", (content, message) => {
    const run = pgvet([], { cwd: repository({ "1.sql": BAD, "pgvet-baseline.json": content }) });
    expect(run).toMatchObject({ code: 2, out: "" });
    expect(run.err).toContain(`pgvet: pgvet-baseline.json: ${message}`);
  });
});
