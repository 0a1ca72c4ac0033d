/** Which findings a comment sets aside, and what is said about comments that set nothing aside. */
import { describe, expect, it } from "vitest";
import { lintText, lintTexts, type TextReport } from "../support/lint.ts";

const GRANT = "GRANT CREATE ON SCHEMA public TO PUBLIC";
const RULE = "grant-schema-create";

/** Lines of findings and of what is set aside, by rule. */
function told(report: TextReport) {
  const line = (place: TextReport["findings"][number]["place"]) =>
    place.source.bytes.toString("utf8", 0, place.span.start).split("\n").length;
  return {
    left: report.findings
      .filter(({ severity }) => severity !== "info")
      .map(({ rule, variant, place }) => `${line(place)} ${rule}/${variant}`),
    aside: report.setAside.map(({ finding, reason }) => `${line(finding.place)} ${finding.rule}: ${reason}`),
  };
}

const judged = async (sql: string) => told(await lintText(sql));

describe("a comment at a statement", () => {
  it.each([
    ["above", `-- pgvet-ignore ${RULE}: r\n${GRANT};`],
    ["above, with lines between", `-- pgvet-ignore ${RULE}: r\n\n-- more words\n${GRANT};`],
    ["above, as a block", `/* pgvet-ignore ${RULE}: r */\n${GRANT};`],
    ["above, as a block of lines", `/*\n * pgvet-ignore ${RULE}: r\n */\n${GRANT};`],
    ["behind the semicolon", `${GRANT}; -- pgvet-ignore ${RULE}: r`],
    ["behind the semicolon, as a block", `${GRANT}; /* pgvet-ignore ${RULE}: r */ SELECT 1;`],
    ["before the semicolon", `${GRANT} -- pgvet-ignore ${RULE}: r\n;`],
    [
      "behind a statement of several lines",
      `GRANT CREATE\n  ON SCHEMA public\n  TO PUBLIC; -- pgvet-ignore ${RULE}: r`,
    ],
    ["behind its first line", `GRANT CREATE -- pgvet-ignore ${RULE}: r\n  ON SCHEMA public TO PUBLIC;`],
    ["behind the last of several statements of a line", `${GRANT}; SELECT 1; -- pgvet-ignore ${RULE}: r`],
    ["with CRLF", `-- pgvet-ignore ${RULE}: r\r\n${GRANT};\r\n`],
    ["names the variant", `-- pgvet-ignore ${RULE}/public: r\n${GRANT};`],
    ["names several rules", `-- pgvet-ignore rls-disabled, ${RULE}: r\n${GRANT};`],
    [
      "after COPY data",
      `CREATE TABLE t (a text);\nCOPY t FROM stdin;\nit's\t$$\n\\.\n-- pgvet-ignore ${RULE}: r\n${GRANT};`,
    ],
    ["where the file ends without a line break", `${GRANT}\n-- x\n; -- pgvet-ignore ${RULE}: r`],
  ])("%s", async (_, sql) => {
    const { left, aside } = await judged(sql);
    expect(aside).toEqual([expect.stringMatching(/ grant-schema-create: r$/)]);
    expect(left.filter((text) => text.includes(RULE))).toEqual([]);
  });

  it.each([
    ["below", `${GRANT};\n-- pgvet-ignore ${RULE}: r`],
    ["above another statement", `-- pgvet-ignore ${RULE}: r\nSELECT 1;\n${GRANT};`],
    ["behind another line", `SELECT 1; -- pgvet-ignore ${RULE}: r\n${GRANT};`],
    ["names another variant", `-- pgvet-ignore ${RULE}/application: r\n${GRANT};`],
    ["in a string", `SELECT '\n-- pgvet-ignore ${RULE}: r\n';\n${GRANT};`],
    [
      "in COPY data",
      `CREATE TABLE t (a text);\nCOPY t FROM stdin;\n-- pgvet-ignore ${RULE}: r\n\\.\n${GRANT};`,
    ],
    ["not at the beginning of the comment", `-- see pgvet-ignore ${RULE}: r\n${GRANT};`],
  ])("not %s", async (_, sql) => {
    const { left, aside } = await judged(sql);
    expect(aside).toEqual([]);
    expect(left.filter((text) => text.includes(RULE))).toHaveLength(1);
  });

  it("speaks about that statement alone", async () => {
    const { left, aside } = await judged(
      `-- pgvet-ignore ${RULE}: r\nGRANT CREATE ON SCHEMA public TO PUBLIC;\nCREATE SCHEMA s; GRANT ALL ON SCHEMA s TO PUBLIC;\n`,
    );
    expect(aside).toHaveLength(1);
    expect(left).toEqual([`3 ${RULE}/public`]);
  });
});

const DYNAMIC = "dynamic-sql-injection";
const body = (lines: string, quote = "$$") =>
  `CREATE FUNCTION public.f(a text, b text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS ${quote}\nBEGIN\n${lines}\nEND ${quote};`;

describe("a comment in a body", () => {
  it.each([
    ["above", "  -- pgvet-ignore dynamic-sql-injection: r\n  EXECUTE a;"],
    ["above, as a block", "  /* pgvet-ignore dynamic-sql-injection: r */\n  EXECUTE a;"],
    ["behind", "  EXECUTE a; -- pgvet-ignore dynamic-sql-injection: r"],
    ["behind the first line", "  EXECUTE 'SELECT ' -- pgvet-ignore dynamic-sql-injection: r\n    || a;"],
    ["behind the last line", "  EXECUTE 'SELECT '\n    || a; -- pgvet-ignore dynamic-sql-injection: r"],
    [
      "in a branch",
      "  IF a IS NOT NULL THEN\n    -- pgvet-ignore dynamic-sql-injection: r\n    EXECUTE a;\n  END IF;",
    ],
  ])("%s", async (_, lines) => {
    for (const quote of ["$$", "$body$"]) {
      const { left, aside } = await judged(body(lines, quote));
      expect(aside).toEqual([expect.stringMatching(/ dynamic-sql-injection: r$/)]);
      expect(left.filter((text) => /dynamic-sql|suppression/.test(text))).toEqual([]);
    }
  });

  it("speaks about one statement of the body", async () => {
    const { left, aside } = await judged(
      body("  -- pgvet-ignore dynamic-sql-injection: r\n  EXECUTE a;\n  EXECUTE b;"),
    );
    expect(aside).toHaveLength(1);
    expect(left.filter((text) => text.includes(DYNAMIC))).toEqual([expect.stringMatching(/^5 /)]);
  });

  it("above the whole statement speaks about all of its body", async () => {
    const { left, aside } = await judged(
      `-- pgvet-ignore dynamic-sql-injection: r\n${body("  EXECUTE a;\n  EXECUTE b;")}`,
    );
    expect(aside).toHaveLength(2);
    expect(left.filter((text) => text.includes(DYNAMIC))).toEqual([]);
  });

  it("in a body in single quotes", async () => {
    const { aside } = await judged(body("  EXECUTE a; -- pgvet-ignore dynamic-sql-injection: r", "'"));
    expect(aside).toHaveLength(1);
  });

  it("in a DO block", async () => {
    const { aside } = await judged(
      "DO $$\nBEGIN\n  -- pgvet-ignore grant-schema-create: r\n  GRANT CREATE ON SCHEMA public TO PUBLIC;\nEND $$;",
    );
    expect(aside).toHaveLength(1);
  });

  it("does not speak about the clauses outside of the body", async () => {
    const sql = body("  -- pgvet-ignore definer-public-execute: r\n  PERFORM 1;");
    const { left } = await judged(sql);
    expect(left).toContain("3 suppression/unused");
  });
});

describe("a comment inside of a statement of the file", () => {
  const table = (lines: string) =>
    `CREATE TABLE public.users (\n${lines}\n);\nINSERT INTO public.users VALUES (1, 'winter2024');`;

  it("speaks about the next line", async () => {
    const comment = "  -- pgvet-ignore plaintext-password-column: r";
    const at = await judged(table(`  id int,\n${comment}\n  password text`));
    expect(at).toEqual({ left: [], aside: ["4 plaintext-password-column: r"] });
    const above = await judged(table(`${comment}\n  id int,\n  password text`));
    expect(above.aside).toEqual([]);
    expect(above.left).toContainEqual(expect.stringMatching(/^4 plaintext-password-column/));
  });

  it("behind a line speaks about that line", async () => {
    const comment = " -- pgvet-ignore plaintext-password-column: r";
    const at = await judged(table(`  id int,\n  password text,${comment}\n  name text`));
    expect(at).toEqual({ left: [], aside: ["3 plaintext-password-column: r"] });
    const behind = await judged(table(`  id int,\n  password text,\n  name text${comment}`));
    expect(behind.aside).toEqual([]);
    expect(behind.left).toContainEqual(expect.stringMatching(/^3 plaintext-password-column/));
  });
});

describe("a comment for the file", () => {
  it("speaks about everything in it, wherever it stands, and about nothing elsewhere", async () => {
    const report = await lintTexts([
      { path: "a.sql", text: `${GRANT};\n-- pgvet-ignore-file ${RULE}: r\n` },
      { path: "b.sql", text: "CREATE SCHEMA s;\nGRANT ALL ON SCHEMA s TO PUBLIC;\n" },
    ]);
    expect(told(report)).toEqual({ left: [`2 ${RULE}/public`], aside: [`1 ${RULE}: r`] });
  });

  it("does not stand in a body", async () => {
    const { left } = await judged(body("  -- pgvet-ignore-file dynamic-sql-injection: r\n  EXECUTE a;"));
    expect(left).toEqual(expect.arrayContaining(["3 suppression/malformed"]));
  });
});

describe("mistakes", () => {
  it.each([
    [
      `-- pgvet-ignore ${RULE}`,
      "no-reason",
      "pgvet-ignore gives no reason: write pgvet-ignore grant-schema-create: why",
    ],
    [
      `-- pgvet-ignore ${RULE}:`,
      "no-reason",
      "pgvet-ignore gives no reason: write pgvet-ignore grant-schema-create: why",
    ],
    [
      `-- pgvet-ignore ${RULE}: …`,
      "no-reason",
      "pgvet-ignore gives no reason: write pgvet-ignore grant-schema-create: why",
    ],
    ["-- pgvet-ignore: all of it", "malformed", "pgvet-ignore names no rule: write pgvet-ignore RULE: why"],
    [
      "-- pgvet-ignore grant-schema-crate: r",
      "unknown-rule",
      "there is no rule grant-schema-crate; did you mean grant-schema-create?",
    ],
    [
      "-- pgvet-ignore grant-schema-create/pubic: r",
      "unknown-rule",
      "there is no rule grant-schema-create/pubic; did you mean grant-schema-create/public?",
    ],
    [
      "-- pgvet-ingore grant-schema-create: r",
      "malformed",
      "there is no pgvet-ingore; did you mean pgvet-ignore?",
    ],
    ["-- pgvet-disable-next-line grant-schema-create: r", "malformed", "there is no pgvet-disable-next-line"],
    [
      `-- pgvet-ignore ${RULE} until 2026-02-30: r`,
      "malformed",
      "until needs a day such as 2027-01-31, not 2026-02-30",
    ],
    [`-- pgvet-ignore ${RULE} until: r`, "malformed", "until needs a day such as 2027-01-31, not nothing"],
    [
      "-- pgvet-ignore rls-disabled: r",
      "unused",
      `pgvet-ignore rls-disabled sets nothing aside; reported there: ${RULE}/public`,
    ],
    [
      "-- pgvet-ignore rls-disabled until 2020-01-01: r",
      "unused",
      `pgvet-ignore rls-disabled sets nothing aside; reported there: ${RULE}/public`,
    ],
  ])("%s", async (comment, variant, message) => {
    const report = await lintText(`${comment}\n${GRANT};`);
    expect(report.setAside).toEqual([]);
    const own = report.findings.filter(({ rule }) => rule === "suppression");
    expect(own.map((finding) => ({ variant: finding.variant, message: finding.message }))).toEqual([
      { variant, message },
    ]);
    expect(report.findings.map(({ rule }) => rule)).toContain(RULE);
  });

  it("point at the name", async () => {
    const report = await lintText(
      `SELECT 'ü'; -- ü\n/* pgvet-ignore ${RULE}, rls-disable: größer */ ${GRANT};`,
    );
    const [own] = report.findings.filter(({ rule }) => rule === "suppression");
    if (own === undefined) throw new Error("nothing reported");
    const { source, span } = own.place;
    expect(source.bytes.toString("utf8", span.start, span.end)).toBe("rls-disable");
    expect(report.setAside.map(({ reason }) => reason)).toEqual(["größer"]);
  });
});

describe("a day", () => {
  // The tests live on 2026-01-01.
  it.each(["2026-01-01", "2999-12-31"])("until %s counts", async (day) => {
    expect((await judged(`-- pgvet-ignore ${RULE} until ${day}: r\n${GRANT};`)).aside).toHaveLength(1);
  });

  it("that is over brings the finding back, with a note", async () => {
    const report = await lintText(`-- pgvet-ignore ${RULE} until 2025-12-31: demo\n${GRANT};`);
    expect(report.setAside).toEqual([]);
    expect(report.findings.map(({ rule }) => rule)).toEqual([RULE]);
    expect(report.findings[0]?.related.at(-1)?.message).toBe("ignored until 2025-12-31: demo");
  });
});

it("statements that do not parse can be set aside too", async () => {
  const { left, aside } = await judged(
    "-- pgvet-ignore parse-error: another dialect\nALTER TABLE t ADD COLUM a text;",
  );
  expect(aside).toEqual(["2 parse-error: another dialect"]);
  expect(left).toEqual([]);
});

it("many comments on one line are read one by one", { timeout: 60_000 }, async () => {
  const comments = `/* pgvet-ignore ${RULE}: r */ `.repeat(20_000);
  expect((await lintText(`${comments}${GRANT};`)).setAside).toHaveLength(1);
  const unused = await lintText(`SELECT 1; ${comments}`);
  expect(unused.findings).toHaveLength(20_000);
});
