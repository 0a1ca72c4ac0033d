import { compareFindings, countBySeverity, type Report, type SetAside } from "../../src/engine/report.ts";
import type { ReportOptions, RulePage } from "../../src/report/report.ts";
import { plain } from "../../src/report/style.ts";
import type { Finding, Unknown } from "../../src/rule/finding.ts";
import type { Place, Source } from "../../src/text/source.ts";

/** A source from text exactly as written here. */
export function source(path: string, text: string): Source {
  return { path, bytes: Buffer.from(text, "utf8") };
}

/** The `nth` (from 0) place of a text in a source. */
export function place(of: Source, text: string, nth = 0): Place {
  let start = -1;
  for (let i = 0; i <= nth; i++) start = of.bytes.indexOf(text, start + 1);
  if (start < 0) throw new Error(`${of.path} does not contain ${JSON.stringify(text)}`);
  return { source: of, span: { start, end: start + Buffer.byteLength(text) } };
}

const DEFAULTS = {
  variant: null,
  confidence: "high",
  persona: "regular",
  object: null,
  label: "",
  reach: [],
  reachMore: 0,
  related: [],
  why: "",
  help: "",
  fingerprint: "0",
} as const;

const init = source(
  "migrations/0001_init.sql",
  `create schema billing;
grant usage on schema billing to anon;
alter default privileges in schema billing grant execute on functions to anon;
`,
);

const billing = source(
  "migrations/0042_billing.sql",
  `-- charges

create function billing.charge(amount numeric) returns void
  language plpgsql security definer as $$
begin
  -- one row per charge
  insert into charge_log values (amount);
end $$;
`,
);

/** One frame in line order with a gap, related places in the same file, a role's way in. */
export const unpinned: Finding = {
  ...DEFAULTS,
  rule: "definer-search-path",
  variant: "unset",
  severity: "critical",
  message: "SECURITY DEFINER function billing.charge(numeric) runs with the caller's search_path",
  label: "runs as postgres, resolves names as the caller",
  place: place(billing, "security definer"),
  object: "billing.charge(numeric)",
  reach: [
    {
      role: "anon",
      via: [
        {
          place: place(init, "alter default privileges in schema billing grant execute on functions to anon"),
          text: "EXECUTE by default privileges of schema billing",
        },
      ],
    },
    { role: "PUBLIC", via: [{ place: null, text: "EXECUTE on new functions goes to PUBLIC by default" }] },
    {
      role: "authenticated",
      via: [{ place: null, text: "EXECUTE on new functions goes to PUBLIC by default" }],
    },
  ],
  related: [
    {
      place: place(billing, "charge_log"),
      message: "found by search_path: pg_temp.charge_log would come first",
    },
    { place: place(billing, "billing.charge"), message: "executable by anon" },
  ],
  why: "whoever can create an object in a schema on their search_path decides what this line means",
  help: "add `set search_path = pg_catalog, pg_temp` and write `billing.charge_log`",
  fingerprint: "6f1c0a",
};

/** Related places in other files, two of them in one. */
export const elsewhere: Finding = {
  ...DEFAULTS,
  rule: "definer-public-execute",
  severity: "medium",
  confidence: "medium",
  message: "billing.charge(numeric) can be executed by anon",
  label: "created here",
  place: place(billing, "billing.charge"),
  object: "billing.charge(numeric)",
  reach: [
    {
      role: "anon",
      via: [
        { place: place(init, "grant usage on schema billing to anon"), text: "USAGE on schema billing" },
        { place: place(init, "grant execute on functions to anon"), text: "EXECUTE by default privileges" },
      ],
    },
  ],
  related: [
    { place: place(init, "alter default privileges"), message: "gives EXECUTE on every new function" },
    { place: place(init, "anon", 1), message: "to clients" },
    {
      place: place(source("<preset supabase>", "create role anon nologin;\n"), "anon"),
      message: "the role is made by the platform",
    },
  ],
  help: "revoke execute on the function from anon",
  fingerprint: "77aa01",
};

// CRLF, tabs, wide and combining characters, emoji, a span of several lines whose start is not the line's.
const views = source(
  "db/ビュー.sql",
  "\uFEFFcreate table public.客戶 (\r\n\tid int,\r\n\t電話 text -- cafe\u0301 👨‍👩‍👧 né\r\n);\r\ncreate view public.v as\tselect 電話,\r\n\t\tid\r\n\tfrom public.客戶\r\n\twhere 電話 like '0%';\r\n\r\n",
);

export const wide: Finding = {
  ...DEFAULTS,
  rule: "view-missing-security-barrier",
  severity: "high",
  message: "view public.v filters public.客戶 without security_barrier",
  label: "the filter can be passed",
  place: place(views, "select 電話,\r\n\t\tid\r\n\tfrom public.客戶\r\n\twhere 電話 like '0%'"),
  object: "public.v",
  related: [
    { place: place(views, "客戶"), message: "rows are hidden by the view alone" },
    { place: place(views, "👨‍👩‍👧"), message: "a family" },
    { place: place(views, "né"), message: "behind it" },
    { place: place(views, "電話", 1), message: "shown" },
    {
      place: place(
        views,
        "create table public.客戶 (\r\n\tid int,\r\n\t電話 text -- cafe\u0301 👨‍👩‍👧 né\r\n)",
      ),
      message: "",
    },
  ],
  why: "a cheap function in a caller's WHERE clause runs before the view's own filter",
  help: "create view public.v with (security_barrier) as …",
  fingerprint: "0b51e9",
};

// Names that try to act on a terminal, a log or a reader.
const EVIL = "x\u001b[31m\u202Eevil\u2066\nsecond\u200Bline%0A::error::<script>##[error]";
const hostile = source(
  "::evil\u001b[2J%/a<b>.sql",
  `create table "${EVIL}" (\u009b31m int); -- \u2028 end\u0000\n`,
);

export const hostileName: Finding = {
  ...DEFAULTS,
  rule: "rls-disabled",
  variant: "exposed",
  severity: "low",
  confidence: "low",
  message: `table public."${EVIL}" has no row-level security`,
  label: `"${EVIL}"`,
  place: place(hostile, `"${EVIL}"`),
  object: `public."${EVIL}"`,
  reach: [
    {
      role: "\u001b]0;title\u0007anon",
      via: [{ place: place(hostile, "create table"), text: `ALL on "${EVIL}"` }],
    },
  ],
  related: [{ place: place(hostile, "\u009b31m"), message: "\u001b[1mbold" }],
  why: "line one\nline two",
  help: `alter table "${EVIL}" enable row level security`,
  fingerprint: "e511",
};

// The last line has no newline, and the span is empty and behind everything.
const cut = source("z.sql", "select 1;\nselect from (");

const atEnd: Finding = {
  ...DEFAULTS,
  rule: "parse-error",
  severity: "medium",
  message: "syntax error at end of input",
  label: "expected more here",
  place: { source: cut, span: { start: cut.bytes.length, end: cut.bytes.length } },
  fingerprint: "99",
};

// A line far longer than any terminal.
const long = source(
  "y/minified.sql",
  `select ${"a, ".repeat(3000)}pg_read_file(path) ${", 電話".repeat(3000)} from t; select 2`,
);

const clipped: Finding = {
  ...DEFAULTS,
  rule: "dynamic-sql-injection",
  variant: "concatenation",
  severity: "info",
  message: "a call in a very long line",
  label: "here",
  place: place(long, "pg_read_file"),
  related: [
    { place: place(long, "path"), message: "near" },
    { place: place(long, "select 2"), message: "far to the right" },
  ],
  fingerprint: "5",
};

const unknown: Unknown = {
  place: place(init, "create schema billing"),
  message: "included file \u001b[0mroles.sql is not followed",
};

export const FINDINGS: readonly Finding[] = [unpinned, elsewhere, wide, hostileName, atEnd, clipped].sort(
  compareFindings,
);

/** What somebody set aside, with a reason that tries to act on a terminal. */
const ASIDE: readonly SetAside[] = [
  {
    finding: {
      ...DEFAULTS,
      rule: "grant-option",
      severity: "medium",
      message: "anon may pass USAGE on schema billing on",
      place: place(init, "grant usage on schema billing to anon"),
      fingerprint: "aa1",
    },
    by: "comment",
    reason: `accepted by ${EVIL}`,
  },
  {
    finding: {
      ...DEFAULTS,
      rule: "default-privileges",
      variant: "functions",
      severity: "high",
      message: "every new function of schema billing can be executed by anon",
      place: place(init, "alter default privileges"),
      fingerprint: "aa2",
    },
    by: "baseline",
    reason: "in pgvet-baseline.json",
  },
];

/** What the formats are told about rules. */
export const PAGES: readonly RulePage[] = [
  {
    id: "definer-search-path",
    title: "SECURITY DEFINER function without a safe search_path",
    severity: "critical",
    category: "definer",
    cwe: [426],
    why: "Names are looked up as the caller wants.",
    page: "# definer-search-path\n\nText with `code`.\n",
  },
  {
    id: "rls-disabled",
    title: "Table without row-level security",
    severity: "high",
    category: "row-security",
    cwe: [284, 862],
    why: "Everybody reads everything.",
    page: "",
  },
];

/** A report over these findings. */
export function reportOf(findings: readonly Finding[]): Report {
  return {
    tool: { name: "pgvet", version: "0.0.0-test" },
    findings,
    setAside: ASIDE,
    baselines: [],
    secrets: [],
    rules: ["definer-search-path", "rls-disabled"],
    unknown: [unknown],
    errors: [{ path: "db/secret.sql", message: "permission denied" }],
    summary: {
      files: 41,
      statements: 612,
      notParsed: 2,
      findings: countBySeverity(findings),
      hidden: 4,
      lessSure: 2,
      otherPersona: 1,
      ignored: 1,
      baseline: 1,
      gone: 2,
      unchanged: 0,
      failing: findings.length,
      unknown: 1,
      databases: [
        {
          kind: "supabase migrations",
          root: "migrations",
          files: 40,
          preset: "supabase",
          presetReason: "found supabase/config.toml",
        },
        {
          kind: "directory",
          root: "db",
          files: 1,
          preset: "none",
          presetReason: "nothing points at a platform",
        },
      ],
    },
  };
}

/** Nothing to say. */
export const EMPTY: Report = {
  tool: { name: "pgvet", version: "0.0.0-test" },
  findings: [],
  setAside: [],
  baselines: [],
  secrets: [],
  rules: [],
  unknown: [],
  errors: [],
  summary: {
    files: 1,
    statements: 1,
    notParsed: 0,
    findings: countBySeverity([]),
    hidden: 0,
    lessSure: 0,
    otherPersona: 0,
    ignored: 0,
    baseline: 0,
    gone: 0,
    unchanged: 0,
    failing: 0,
    unknown: 0,
    databases: [{ kind: "file", root: "a.sql", files: 1, preset: "none", presetReason: "default" }],
  },
};

/** Options of a run into a pipe, at the repository's top. */
export const PIPE: ReportOptions = {
  style: plain,
  columns: null,
  showUnknown: false,
  showSuppressed: false,
  statistics: false,
  urls: false,
  summary: true,
  rules: [],
  prefix: "",
};
