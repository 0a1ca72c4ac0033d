/** Configuration of the built program: several databases, overrides by file, what `config` and `--list-files` print. */
import { describe, expect, test } from "vitest";
import { repository } from "../project/files.ts";
import { pgvet } from "../support/program.ts";

const GRANT = "CREATE SCHEMA s;\nGRANT CREATE ON SCHEMA s TO web;\n";
const two = (more: object = {}) =>
  repository({
    "pgvet.json": JSON.stringify({
      databases: [
        { name: "app", files: ["app/*.sql"], untrusted: ["web"] },
        { name: "log", files: ["log/*.sql"], preset: "pgstack", ...more },
      ],
    }),
    "app/1.sql": "CREATE ROLE web;\n",
    "app/2.sql": GRANT,
    "log/1.sql": GRANT,
  });

describe("several databases", () => {
  test("are replayed apart, each with its settings", () => {
    const run = pgvet(["--format", "json"], { cwd: two() });
    const { summary, findings } = JSON.parse(run.out);
    expect(
      summary.databases.map(({ kind, preset }: { kind: string; preset: string }) => `${kind} ${preset}`),
    ).toEqual(["database app none", "database log pgstack"]);
    const severities = findings.flatMap(
      ({ path, rule, severity }: { path: string; rule: string; severity: string }) =>
        rule === "grant-schema-create" ? `${path} ${severity}` : [],
    );
    // web is untrusted in one of them only.
    expect(severities).toEqual(["app/2.sql medium", "log/1.sql low"]);
  });

  test("a named file is judged in its own", () => {
    const run = pgvet(["--format", "json", "app/2.sql"], { cwd: two() });
    expect(JSON.parse(run.out).summary.databases).toMatchObject([{ kind: "database app", files: 2 }]);
  });

  test("each fails from its own severity on", () => {
    expect(pgvet(["log"], { cwd: two({ failOn: "info" }) }).code).toBe(1);
    expect(pgvet(["log"], { cwd: two({ failOn: "critical" }) }).code).toBe(0);
  });
});

describe("overrides", () => {
  const project = (overrides: readonly object[]) =>
    repository({
      "db/pgvet.json": JSON.stringify({ overrides }),
      "db/legacy/1.sql": "GRANT CREATE ON SCHEMA public TO PUBLIC;\n",
      "db/new/1.sql": "GRANT CREATE ON SCHEMA public TO PUBLIC;\n",
    });
  const severities = (cwd: string) =>
    pgvet(["--format", "concise", "db"], { cwd })
      .out.split("\n")
      .flatMap((line) => /^db\/(\w+).*?: (\w+): /.exec(line)?.slice(1).join(" ") ?? []);

  test("set levels for the files that fit, relative to the configuration", () => {
    expect(severities(project([{ files: ["/legacy/"], rules: { "grant-schema-create": "low" } }]))).toEqual([
      "legacy low",
      "new critical",
    ]);
    expect(severities(project([{ files: ["legacy"], rules: { "grant-schema-create": "off" } }]))).toEqual([
      "new critical",
    ]);
  });

  test("change what a cached run says", () => {
    const files = { "legacy/1.sql": "GRANT CREATE ON SCHEMA public TO PUBLIC;\n" };
    const env = { PGVET_CACHE_DIR: repository({}) };
    const told = (patterns: readonly string[]) => {
      const config = { overrides: [{ files: patterns, rules: { "grant-schema-create": "low" } }] };
      const cwd = repository({ ...files, "pgvet.json": JSON.stringify(config) });
      return pgvet(["--format", "concise", "legacy"], { cwd, env }).out.split(": ", 2)[1];
    };
    expect([told(["other/"]), told(["legacy/"]), told(["other/"])]).toEqual(["critical", "low", "critical"]);
  });

  test("the last that fits counts, and ! takes files away", () => {
    expect(
      severities(
        project([
          { files: ["*.sql"], rules: { "grant-schema-create": "low" } },
          { files: ["*.sql", "!new/"], rules: { "grant-schema-create/public": "medium" } },
          { files: ["elsewhere/"], rules: { "grant-schema-create": "off" } },
        ]),
      ),
    ).toEqual(["legacy medium", "new medium"]);
  });
});

test("config prints what counts for each database", () => {
  const cwd = repository({
    "pgvet.yaml": "extends: base.json\nuntrusted: [web]\n",
    "base.json": '{"rules": {"rls-disabled": "off"}, "failOn": "high"}',
    "db/1.sql": GRANT,
  });
  for (const args of [["config"], ["config", "--print", "db"]]) {
    const run = pgvet(args, { cwd });
    expect(run).toMatchObject({ code: 0, err: "" });
    expect(JSON.parse(run.out)).toMatchObject({
      version: 1,
      databases: [
        {
          root: "db",
          config: "pgvet.yaml",
          preset: "none",
          untrusted: ["web"],
          rules: { "rls-disabled": "off" },
          failOn: "high",
          files: ["db/1.sql"],
        },
      ],
    });
  }
});

test("--list-files tells the files in their order, and what is left out", () => {
  const cwd = repository({
    "m/2_a.up.sql": GRANT,
    "m/2_a.down.sql": GRANT,
    "m/10_b.up.sql": GRANT,
    "m/10_b.down.sql": GRANT,
  });
  const run = pgvet(["--list-files", "m"], { cwd });
  expect(run).toMatchObject({ code: 0, err: "" });
  expect(run.out).toMatch(/^m \(.*\)\n {2}m\/2_a\.up\.sql\n {2}m\/10_b\.up\.sql\n/);
  expect(run.out).toContain("left out\n");
  expect(pgvet(["--list-files", "m/2_a.up.sql"], { cwd }).out).toContain("  m/10_b.up.sql (for context)\n");
});

test("a mistake is shown with its line and a caret, on standard error", () => {
  const cwd = repository({ "pgvet.json": '{\n  "presett": "none"\n}\n', "1.sql": GRANT });
  expect(pgvet(["."], { cwd })).toEqual({
    code: 2,
    out: "",
    err: 'pgvet: pgvet.json:2:3: unknown key "presett"; did you mean "preset"?\n  2 |   "presett": "none"\n    |   ^\n',
  });
});
