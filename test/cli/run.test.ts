import { expect, test } from "vitest";
import { type CheckArguments, parseArguments } from "../../src/cli/args.ts";
import { type CheckOptions, check } from "../../src/cli/commands/check.ts";
import { explain } from "../../src/cli/commands/explain.ts";
import { listRules, type RuleInfo } from "../../src/cli/commands/rules.ts";
import type { Io } from "../../src/cli/io.ts";
import { errorText, run } from "../../src/cli/run.ts";
import type { Report } from "../../src/report/report.ts";
import { UsageError } from "../../src/text/usage-error.ts";
import { EMPTY, FINDINGS, reportOf } from "../report/findings.ts";

function fakeIo(stdin = "") {
  const written: { out: string; err: string; files: Record<string, string> } = {
    out: "",
    err: "",
    files: {},
  };
  const io: Io = {
    stdout: {
      write: (text) => {
        written.out += text;
      },
      isTTY: false,
      columns: null,
    },
    stderr: {
      write: (text) => {
        written.err += text;
      },
      isTTY: false,
      columns: null,
    },
    env: {},
    cwd: "/project",
    readStdin: async () => Buffer.from(stdin),
    writeFile: (path, text) => {
      written.files[path] = text;
    },
  };
  return { io, written };
}

function checkArguments(line: string): CheckArguments {
  const parsed = parseArguments(line.split(" "), () => true);
  if (parsed.kind !== "check") throw new Error(`not check: ${line}`);
  return parsed;
}

async function checked(line: string, report: Report) {
  const { io, written } = fakeIo("select 1");
  const asked: CheckOptions[] = [];
  const code = await check(checkArguments(line), io, [], async (options) => {
    asked.push(options);
    return { key: null, report: async () => report };
  });
  return { code, ...written, asked: asked[0] };
}

const FAILING: Report = { ...reportOf(FINDINGS), errors: [] };
const HARMLESS: Report = { ...FAILING, summary: { ...FAILING.summary, failing: 0 } };
const BROKEN: Report = { ...reportOf([]), errors: [{ path: "a\u001b.sql", message: "permission denied" }] };

test.each([
  ["a.sql", EMPTY, 0],
  ["a.sql", FAILING, 1],
  ["a.sql", HARMLESS, 0],
  ["a.sql --exit-zero", FAILING, 0],
  ["a.sql --format json", FAILING, 1],
  ["a.sql --format concise", FAILING, 1],
  ["a.sql", BROKEN, 2],
  ["a.sql --exit-zero", BROKEN, 2],
])("exit code of %s", async (line, report, code) => {
  expect((await checked(line, report)).code).toBe(code);
});

test("errors go to standard error, in every format", async () => {
  for (const format of ["pretty", "json"]) {
    const { out, err } = await checked(`a.sql --format ${format}`, BROKEN);
    expect(err).toBe("pgvet: a\\u{1b}.sql: permission denied\n");
    expect(out).not.toBe("");
  }
});

test("concise keeps its summary off standard output", async () => {
  const { out, err } = await checked("a.sql --format concise", FAILING);
  expect(out.trimEnd().split("\n")).toHaveLength(FINDINGS.length);
  expect(err).toContain("6 findings");
  expect((await checked("a.sql --format concise --quiet", FAILING)).err).toBe("");
});

test("quiet prints findings only", async () => {
  expect((await checked("a.sql --quiet", EMPTY)).out).toBe("");
  const { out } = await checked("a.sql --quiet", FAILING);
  expect(out).toContain("rls-disabled");
  expect(out).not.toContain("Checked");
});

test("colour only where it is wanted", async () => {
  expect((await checked("a.sql", FAILING)).out).not.toContain("\u001b");
  expect((await checked("a.sql --color", FAILING)).out).toContain("\u001b[");
  expect((await checked("a.sql --color --format json", FAILING)).out).not.toContain("\u001b");
});

test("what is asked of the linter", async () => {
  const { asked } = await checked("- --stdin-filename db/x.sql --fail-on high --preset pgstack", EMPTY);
  expect(asked).toMatchObject({
    cwd: "/project",
    paths: ["-"],
    preset: "pgstack",
    failOn: "high",
    minSeverity: null,
    minConfidence: "low",
    persona: null,
    configFile: null,
    errorOnUnmatched: true,
  });
  expect(asked?.stdin?.filename).toBe("db/x.sql");
  expect(asked?.stdin?.bytes.toString()).toBe("select 1");
  expect((await checked("a.sql", EMPTY)).asked?.stdin).toBeNull();
});

test("a mistake is told on standard error and exits with 2", async () => {
  const { io, written } = fakeIo();
  expect(await run(["--formt"], io)).toBe(2);
  expect(written).toMatchObject({
    out: "",
    err: "pgvet: there is no option --formt\n  did you mean --format?\n",
  });
});

test("hostile arguments do not act on the terminal", async () => {
  const { io, written } = fakeIo();
  expect(await run(["--\u001b[2J"], io)).toBe(2);
  expect(written.err).toBe("pgvet: there is no option --\\u{1b}[2J\n  pgvet --help shows what there is\n");
});

test("help names every command, and those of a command only its options", async () => {
  const { io, written } = fakeIo();
  expect(await run(["--help"], io)).toBe(0);
  for (const part of ["pgvet explain RULE", "--min-severity", "--no-color", '"never"', "Exit codes"]) {
    expect(written.out).toContain(part);
  }
  expect(written.err).toBe("");
  const catalog = fakeIo();
  await run(["catalog", "--help"], catalog.io);
  expect(catalog.written.out).toContain("--preset");
  expect(catalog.written.out).not.toContain("--fail-on");
});

test("errors with several lines stay lines", () => {
  expect(errorText(new UsageError("one\ntwo", "hint"))).toBe("pgvet: one\n  two\n  hint\n");
  expect(errorText(new Error("boom"))).toMatch(/^pgvet: internal error.*\nError: boom\n/);
});

const RULES: readonly RuleInfo[] = [
  {
    id: "rls-disabled",
    title: "Table without row-level security",
    severity: "high",
    category: "row-security",
    cwe: [284],
    variants: {},
  },
  {
    id: "definer-search-path",
    title: "SECURITY DEFINER function without a safe search_path",
    severity: "critical",
    category: "definer",
    cwe: [426],
    variants: { unset: "no SET search_path", writable: "a schema on it is writable by others" },
  },
];

test("rules as text", () => {
  const { io, written } = fakeIo();
  listRules(RULES, "pretty", io);
  expect(written.out).toMatchInlineSnapshot(`
    "definer-search-path  critical  SECURITY DEFINER function without a safe search_path
      /unset                       no SET search_path
      /writable                    a schema on it is writable by others
    rls-disabled         high      Table without row-level security
    "
  `);
});

test("rules as JSON, by id", () => {
  const { io, written } = fakeIo();
  listRules(RULES, "json", io);
  expect(JSON.parse(written.out).map((rule: RuleInfo) => rule.id)).toEqual([
    "definer-search-path",
    "rls-disabled",
  ]);
});

test("explain prints the page, and suggests names", async () => {
  const { io, written } = fakeIo();
  const page = async (id: string) => `# ${id}\n\n`;
  expect(await explain("definer-search-path/unset", RULES, page, io)).toBe(0);
  expect(written.out).toBe(
    "# definer-search-path\n\nhttps://github.com/pgvet/pgvet/tree/main/rules/definer-search-path\n",
  );
  await expect(explain("rls-disable", RULES, page, io)).rejects.toMatchObject({
    hint: "did you mean rls-disabled?",
  });
  await expect(explain("definer-search-path/unste", RULES, page, io)).rejects.toMatchObject({
    hint: "did you mean definer-search-path/unset?",
  });
  await expect(explain("rls-disabled/x", RULES, page, io)).rejects.toMatchObject({
    hint: "it has none at all",
  });
});
