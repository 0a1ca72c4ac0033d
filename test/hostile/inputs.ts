/** Inputs that a linter should not meet, and will. Each is made anew for a run: `size` 1 is the full one, CI runs smaller ones. */

import { catalogInputs } from "./catalog-inputs.ts";
import { codeInputs } from "./code-inputs.ts";
import { type HostileInput, one, times } from "./input.ts";

/** @param size 0 to 1: the share of the full number of repetitions. */
export function hostileInputs(size: number): readonly HostileInput[] {
  const n = (full: number) => Math.max(2, Math.round(full * size));
  return [
    one("operator chain", () => `SELECT 1${times(n(100_000), " + 1")};\n`),
    one(
      "AND chain in a view",
      () => `CREATE VIEW v AS SELECT 1 WHERE true${times(n(100_000), " AND true")};\n`,
    ),
    one("string concatenations in a body", () => body(`EXECUTE 'SELECT ' || a${times(n(20_000), " || a")};`)),
    one("parentheses", () => `SELECT ${"(".repeat(n(10_000))}1${")".repeat(n(10_000))};\n`),
    one("brackets", () => `SELECT ${"ARRAY[".repeat(n(10_000))}1${"]".repeat(n(10_000))};\n`),
    one(
      "CASE in CASE",
      () => `SELECT ${times(n(5000), "CASE WHEN true THEN ")}1${times(n(5000), " END")};\n`,
    ),
    one("subqueries", () => `SELECT * FROM ${times(n(5000), "(SELECT * FROM ")}t${times(n(5000), ") x")};\n`),
    one("nested comments", () => `${"/*".repeat(n(200_000))}${"*/".repeat(n(200_000))} SELECT 1;\n`),
    one("unterminated nested comments", () => "/*".repeat(n(200_000)), "parse-error"),
    one("nested IF in PL/pgSQL", () =>
      body(`${times(n(3000), "IF true THEN ")}NULL;${times(n(3000), " END IF;")}`),
    ),
    one("ELSIF chain", () =>
      body(`IF true THEN NULL;${times(n(20_000), " ELSIF a = 'x' THEN NULL;")} END IF;`),
    ),
    one("nested dollar quotes", () => dollars(n(500))),
    one("INSERT of a million rows", () => `INSERT INTO t VALUES (1)${times(n(1_000_000), ",(1)")};\n`),
    one(
      "INSERT of a million rows with calls",
      () => `INSERT INTO t VALUES (now(), 1)${times(n(1_000_000), (index) => `,(now(),${index})`)};\n`,
    ),
    one("a million INSERTs", () => times(n(1_000_000), (index) => `INSERT INTO t VALUES (${index}, 'x');\n`)),
    one("INSERT of a million rows in a body", () =>
      body(`INSERT INTO t VALUES (1)${times(n(1_000_000), ",(1)")};`),
    ),
    one("a list of a million values", () => `SELECT 1 WHERE 1 IN (1${times(n(1_000_000), ", 1")});\n`),
    one("a million statements", () => times(n(1_000_000), "SELECT 1;\n")),
    one("a million statements that differ", () => times(n(1_000_000), (index) => `SELECT ${index};\n`)),
    one("a body of a million statements", () => body(times(n(1_000_000), "PERFORM 1;\n"))),
    one(
      "a body of ten thousand variables",
      () =>
        `CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$ DECLARE ${times(n(10_000), (index) => `v${index} int;`)} BEGIN END $$;\n`,
    ),
    one("a literal of 100 MB", () => `SELECT '${"x".repeat(n(100_000_000))}';\n`),
    one("a dollar-quoted literal of 50 MB", () => `SELECT $$${"x".repeat(n(50_000_000))}$$;\n`),
    one("a comment of 50 MB", () => `-- ${"x".repeat(n(50_000_000))}\nSELECT 1;\n`),
    one("one line of a million statements", () => `${times(n(1_000_000), ";")}\n`),
    one("an identifier of a megabyte", () => `CREATE TABLE "${"t".repeat(n(1_000_000))}" (a int);\n`),
    one("unterminated string", () => `SELECT 'abc${times(n(100_000), "\nSELECT 1;")}`, "parse-error"),
    one(
      "unterminated dollar quote",
      () => `SELECT $a$ abc${times(n(100_000), "\nSELECT 1;")}`,
      "parse-error",
    ),
    one("unterminated identifier", () => `SELECT "abc${times(n(100_000), "\nSELECT 1;")}`, "parse-error"),
    one("unterminated comment", () => `/* abc${times(n(100_000), "\nSELECT 1;")}`, "parse-error"),
    one("broken statements only", () => times(n(20_000), "SELEC 1 FORM t;\n"), "parse-error"),
    one("NUL bytes", () => `SELECT 1;\0\0SELECT 2;${"\0".repeat(n(100_000))}\n`),
    one("byte order mark", () => "\uFEFFSELECT 1;\n"),
    one("UTF-16", () => Buffer.from("\uFEFFCREATE TABLE t (a int);\n", "utf16le")),
    one("UTF-16, big-endian", () => Buffer.from("\uFEFFCREATE TABLE t (a int);\n", "utf16le").swap16()),
    one("invalid UTF-8 and lone surrogates", () =>
      Buffer.concat([
        Buffer.from("SELECT '"),
        Buffer.from([0xed, 0xa0, 0x80, 0xff, 0xfe, 0xc0, 0x80]),
        Buffer.from("';\n"),
      ]),
    ),
    one("random bytes", () => randomBytes(n(2_000_000))),
    one("CR only lines", () => "CREATE TABLE t (a int);\r-- note\rSELECT 1;\r".repeat(n(1000))),
    one(
      "merge conflict",
      () => "<<<<<<< HEAD\nCREATE TABLE t (a int);\n=======\nCREATE TABLE t (a text);\n>>>>>>> branch\n",
      "parse-error",
    ),
    one("T-SQL", () =>
      times(
        n(2000),
        "CREATE TABLE [dbo].[t] ([id] INT IDENTITY(1,1));\nGO\nEXEC sp_rename N't', N'u';\nGO\n",
      ),
    ),
    one("MySQL", () =>
      times(
        n(2000),
        "CREATE TABLE `t` (`id` int NOT NULL AUTO_INCREMENT) ENGINE=InnoDB;\nDELIMITER //\nCREATE PROCEDURE p() BEGIN SELECT 1; END //\nDELIMITER ;\n",
      ),
    ),
    one("Oracle", () => times(n(2000), "CREATE OR REPLACE PROCEDURE p IS BEGIN NULL; END;\n/\nEXEC p;\n")),
    one("overloads of one name", () =>
      times(
        n(10_000),
        (index) =>
          `CREATE FUNCTION f(a${index} ${types(index)}) RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT f(1)';\n`,
      ),
    ),
    one(
      "cyclic views",
      () =>
        `CREATE VIEW a AS SELECT 1 AS x;\nCREATE VIEW b AS SELECT * FROM a;\nCREATE OR REPLACE VIEW a AS SELECT * FROM b;\nGRANT SELECT ON a, b TO PUBLIC;\n`,
    ),
    one(
      "view over view",
      () =>
        `CREATE VIEW v0 AS SELECT 1 AS x;\n${times(n(5000), (index) => `CREATE VIEW v${index + 1} AS SELECT * FROM v${index};\nGRANT SELECT ON v${index} TO PUBLIC;\n`)}`,
    ),
    one(
      "view over view, over a table under row security",
      () =>
        `CREATE TABLE v0 (a int);\nALTER TABLE v0 ENABLE ROW LEVEL SECURITY;\n${times(n(5000), (index) => `CREATE VIEW v${index + 1} AS SELECT * FROM v${index};\nGRANT SELECT ON v${index + 1} TO PUBLIC;\n`)}`,
      "view-bypasses-rls",
    ),
    one(
      "wide view over view",
      () =>
        `CREATE VIEW v0 AS SELECT ${Array.from({ length: n(1600) }, (_, index) => `1 AS c${index}`).join(", ")};\n${times(n(500), (index) => `CREATE VIEW v${index + 1} AS SELECT * FROM v${index};\n`)}`,
    ),
    one(
      "views that double",
      () =>
        `CREATE VIEW v0 AS SELECT 1 AS x;\n${times(n(60), (index) => `CREATE VIEW v${index + 1} AS SELECT l.x FROM v${index} l, v${index} r;\nGRANT SELECT ON v${index + 1} TO PUBLIC;\n`)}`,
    ),
    one(
      "roles in a circle and in a chain",
      () =>
        `${times(n(5000), (index) => `CREATE ROLE r${index};\n`)}${times(n(5000) - 1, (index) => `GRANT r${index} TO r${index + 1};\n`)}GRANT r${n(5000) - 1} TO r0;\nGRANT r0 TO r0;\n`,
    ),
    one(
      "roles in a chain, the last of which has a table",
      () =>
        `${times(n(5000), (index) => `CREATE ROLE r${index};\n`)}${times(n(5000) - 1, (index) => `GRANT r${index} TO r${index + 1};\n`)}CREATE TABLE t (a int);\nALTER TABLE t ENABLE ROW LEVEL SECURITY;\nCREATE POLICY p ON t TO r0 USING (true);\nGRANT ALL ON t TO r0;\n`,
    ),
    one(
      "role lattice",
      () =>
        `${times(n(300) * 2, (index) => `CREATE ROLE r${index};\n`)}${times(n(300) - 1, (index) => `GRANT r${index * 2}, r${index * 2 + 1} TO r${index * 2 + 2}, r${index * 2 + 3};\n`)}CREATE TABLE t (a int);\nGRANT SELECT ON t TO r0, r1;\n`,
    ),
    one(
      "inheritance in a circle and in a chain",
      () =>
        `CREATE TABLE t0 (a int);\n${times(n(3000), (index) => `CREATE TABLE t${index + 1} () INHERITS (t${index});\n`)}ALTER TABLE t0 INHERIT t${n(3000)};\nGRANT SELECT ON t0 TO PUBLIC;\n`,
    ),
    one("functions that call each other", () =>
      times(
        n(5000),
        (index) =>
          `CREATE FUNCTION f${index}(q text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN PERFORM f${(index + 1) % n(5000)}(q); EXECUTE q; END $$;\n`,
      ),
    ),
    one(
      "a function that calls a thousand",
      () =>
        `${times(n(1000), (index) => `CREATE FUNCTION f${index}(q text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN PERFORM f0(q); EXECUTE q; END $$;\n`)}CREATE FUNCTION g(q text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN ${times(n(1000), (index) => `PERFORM f${index}(q); `)} END $$;\n`,
    ),
    one(
      "a million grants",
      () => `CREATE TABLE t (a int);\nCREATE ROLE r;\n${times(n(1_000_000), "GRANT SELECT ON t TO r;\n")}`,
    ),
    one(
      "a million grants that differ",
      () =>
        `${times(n(1000), (index) => `CREATE ROLE r${index};\nCREATE TABLE t${index} (a int);\n`)}${times(n(1_000_000), (index) => `GRANT SELECT ON t${index % n(1000)} TO r${Math.floor(index / n(1000)) % n(1000)};\n`)}`,
    ),
    one(
      "grants to many roles on many tables",
      () =>
        `${times(n(300), (index) => `CREATE ROLE r${index};\nCREATE TABLE t${index} (a int);\n`)}${times(n(300), (index) => `GRANT SELECT ON ALL TABLES IN SCHEMA public TO r${index};\n`)}`,
    ),
    one(
      "policies on one table",
      () =>
        `CREATE TABLE t (a int);\nALTER TABLE t ENABLE ROW LEVEL SECURITY;\nGRANT ALL ON t TO PUBLIC;\n${times(n(5000), (index) => `CREATE POLICY p${index} ON t USING (a = ${index} OR current_user = 'x');\n`)}`,
    ),
    one(
      "restrictive policies on one table",
      () =>
        `CREATE TABLE t (a int, b text);\nALTER TABLE t ENABLE ROW LEVEL SECURITY;\nGRANT ALL ON t TO PUBLIC;\n${times(n(2500), (index) => `CREATE POLICY p${index} ON t USING (b = current_user AND a = ${index});\nCREATE POLICY q${index} ON t AS RESTRICTIVE USING (a <> ${index});\n`)}`,
    ),
    one(
      "a policy of many conditions",
      () =>
        `CREATE TABLE t (a int, b text, c text, d text);\nALTER TABLE t ENABLE ROW LEVEL SECURITY;\nGRANT ALL ON t TO PUBLIC;\nCREATE POLICY p ON t USING (true${times(n(2000), (index) => ` AND (a = ${index} OR b = 'x${index}' OR c <> current_setting('s${index}', true) OR d IN ('a', 'b${index}'))`)});\n`,
    ),
    one(
      "columns",
      () =>
        `CREATE TABLE t (${Array.from({ length: n(100_000) }, (_, index) => `c${index} int`).join(", ")});\nGRANT SELECT ON t TO PUBLIC;\n`,
    ),
    one(
      "a DO block that never ends",
      () =>
        "DO $$ BEGIN LOOP NULL; END LOOP; END $$;\nDO $$ DECLARE i int := 0; BEGIN WHILE true LOOP i := i + 1; END LOOP; END $$;\nDO $$ BEGIN FOR i IN 1..2000000000 LOOP EXECUTE 'CREATE TABLE t' || i || ' (a int)'; END LOOP; END $$;\n",
    ),
    one(
      "a DO block that doubles a string",
      () =>
        "DO $$ DECLARE s text := 'x'; BEGIN FOR i IN 1..1000 LOOP s := s || s; END LOOP; EXECUTE s; END $$;\nDO $$ BEGIN EXECUTE repeat('SELECT 1;', 100000000); END $$;\nDO $$ BEGIN EXECUTE format('%1000000000s', 'x'); EXECUTE lpad('x', 2000000000); END $$;\n",
    ),
    one("DO in DO", () => dollars(n(200), "DO ")),
    one(
      "regular expressions that blow up",
      () =>
        `DO $$ BEGIN IF '${"a".repeat(n(5000))}!' ~ '^(a+)+$' THEN EXECUTE 'SELECT 1'; END IF; PERFORM 1 FROM pg_class WHERE relname ~ '^(([a-z])+.)+[A-Z]([a-z])+$' OR relname LIKE '${"%a".repeat(n(1000))}'; END $$;\n`,
    ),
    one("names of other worlds", () => hostileNames()),
    one("prototype names", () =>
      ["__proto__", "constructor", "toString", "hasOwnProperty", "valueOf", "prototype"]
        .map(
          (name) =>
            `CREATE TABLE "${name}" ("${name}" int);\nCREATE FUNCTION "${name}"("${name}" text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET "${name}.a" = 'x' AS $$ BEGIN EXECUTE "${name}"; END $$;\nCREATE ROLE "${name}";\nGRANT "${name}" TO postgres;\nGRANT ALL ON "${name}" TO "${name}";\nCREATE SCHEMA "${name}";\nSET "${name}.b" = '1';\n`,
        )
        .join(""),
    ),
    one(
      "a pattern of a million groups in a check",
      () => `CREATE TABLE t (a text CHECK (a ~ '${"(a+)+".repeat(n(1_000_000))}$'));\n`,
    ),
    one("an identifier that stands in a thousand findings", () => longNames(n(1000), n(100_000))),
    ...catalogInputs(n),
    ...codeInputs(n),
    {
      name: "ten thousand files",
      files: () =>
        Object.fromEntries(
          Array.from({ length: n(10_000) }, (_, index) => [`${index + 10}.sql`, `SELECT ${index};\n`]),
        ),
      rule: null,
    },
  ];
}

function longNames(count: number, length: number): string {
  const name = `"${"t".repeat(length)}"`;
  return `CREATE TABLE ${name} (a int);\n${times(count, (index) => `GRANT ALL ON ${name} TO PUBLIC;\nCREATE FUNCTION f${index}() RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN DELETE FROM ${index < 10 ? name : "t"}; END $$;\n`)}`;
}

function body(statement: string): string {
  return `CREATE FUNCTION f(a text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN ${statement} END $$;\nGRANT EXECUTE ON FUNCTION f(text) TO PUBLIC;\n`;
}

function dollars(depth: number, prefix = "SELECT "): string {
  let text = "NULL;";
  for (let level = 0; level < depth; level++)
    text =
      prefix === "DO "
        ? `BEGIN DO $a${level}$ ${text} $a${level}$; END`
        : `SELECT $a${level}$ ${text} $a${level}$;`;
  return prefix === "DO " ? `DO $b$ ${text} $b$;\n` : `${text}\n`;
}

const TYPES = ["int", "text", "bigint", "uuid", "date", "jsonb", "numeric", "boolean", "bytea", "inet"];

/** A list of parameter types that differs for each index. */
function types(index: number): string {
  const digits = [...String(index + 100_000)].map((digit) => TYPES[Number(digit)] ?? "int");
  return digits.map((type, at) => (at === 0 ? type : `b${at} ${type}`)).join(", ");
}

const NASTY = [
  "new\nline",
  "carriage\rreturn",
  "tab\t",
  "escape \u001b[31mred\u001b[0m",
  "\u001b]0;title\u0007",
  "bidi \u202e gnirts",
  "zero\u200bwidth",
  "percent %0A::error::x",
  "::error file=a::b",
  "<script>alert(1)</script>",
  "]]>",
  "&amp; \"quoted\" 'single'",
  "| pipe | `code` [link](x) |",
  "##vso[task.complete]",
  "emoji 👩‍👩‍👧 é",
  "../../etc/passwd",
  "\u0024{jndi:x} $(touch x) `touch x`",
];

function hostileNames(): string {
  return NASTY.map((name) => `"${name.replaceAll('"', '""')}"`)
    .map(
      (name) =>
        `CREATE TABLE ${name} (a int);\nGRANT ALL ON ${name} TO PUBLIC;\nCREATE FUNCTION ${name}(q text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN EXECUTE q; END $$;\n`,
    )
    .join("");
}

/** The same bytes each time. */
function randomBytes(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  let state = 0x2545f491;
  for (let at = 0; at < length; at++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[at] = state & 0xff;
  }
  return bytes;
}
