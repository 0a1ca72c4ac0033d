// biome-ignore-all lint/suspicious/noTemplateCurlyInString: placeholders of other languages
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { maskAll } from "../../src/parser/layers.ts";
import { maskBody } from "../../src/parser/mask-body.ts";
import { maskPsql } from "../../src/parser/mask-psql.ts";
import { verbatim } from "../../src/text/mapped-text.ts";
import { tell } from "./helpers.ts";

/** What the parser was given for each statement. */
function given(sql: string): readonly string[] {
  const { parsed, problems } = tell(sql);
  expect(problems).toEqual([]);
  return parsed.statements.map(({ text }) => text.text);
}

describe("psql commands", () => {
  it("are taken out wherever they stand outside quotes", () => {
    expect(
      given("\\set x 'it''s'\nSELECT '\\d', $$\\d$$ -- \\d\n \\echo it's\n FROM t;\n\\restrict abc'\n"),
    ).toEqual([expect.stringMatching(/^SELECT '\\d', \$\$\\d\$\$ -- \\d\n +\n FROM t$/)]);
  });

  it.each(["\\g", "\\gx", "\\gset p_", "\\gexec", "\\crosstabview a b", "\\g (format=csv) out.csv"])(
    "end a statement: %s",
    (command) => {
      expect(tell(`SELECT 1 ${command}\nSELECT 2`).statements).toEqual([
        "SelectStmt: SELECT 1",
        "SelectStmt: SELECT 2",
      ]);
    },
  );

  it("that do not send leave the statement going on", () => {
    expect(tell("SELECT 1 \\timing\n+ 2;").statements).toHaveLength(1);
  });

  it("separate statements with \\; and give way to SQL after \\\\", () => {
    expect(tell("SELECT 1\\; SELECT 2; \\set a 1 \\\\ SELECT 3;").statements).toHaveLength(3);
    expect(tell("\\! echo a \\\\ b'\nSELECT 1;").statements).toHaveLength(1);
  });

  it("that bring in SQL we do not see are said", () => {
    const { unseen } = tell(
      "\\i a.sql\n\\x \\ir b.sql\nSELECT 'x' \\gexec\n\\if :v\n\\endif\n\\set q 1\n\\connect d\n",
    );
    expect(unseen.map((line) => line.replace(/.* @ /, ""))).toEqual([
      "\\i a.sql",
      "\\ir b.sql",
      "\\gexec",
      "\\if :v",
    ]);
  });

  it("leave the first branch of \\if where a statement is complete with one alone", () => {
    const sql = "SELECT a,\n\\if :new\n  b\n\\elif :old\n  c\n\\else\n  d\n\\endif\nFROM t;\nSELECT 1;";
    const { statements, problems } = tell(sql);
    expect(problems).toEqual([]);
    expect(statements).toHaveLength(2);
  });

  it("do not hide what is wrong in another branch by itself", () => {
    expect(tell("\\if :x\nSELECT 1;\n\\else\nSELEC 2;\n\\endif").problems).toHaveLength(1);
  });

  it("leave both branches of \\if", () => {
    expect(tell("\\if :{?x}\nSELECT 1;\n\\else\nSELECT 2;\n\\endif").statements).toHaveLength(2);
  });
});

describe("COPY data", () => {
  it.each(["\n", "\r\n", "\r"])("end at the line \\. (line break %j)", (br) => {
    const sql = [
      "COPY t (a, b) FROM stdin;",
      "1\tit's; $$",
      "\\.x",
      " \\.",
      "DROP TABLE t;",
      "\\.",
      "SELECT 1;",
    ].join(br);
    expect(tell(sql).statements).toEqual(["CopyStmt: COPY t (a, b) FROM stdin", "SelectStmt: SELECT 1"]);
  });

  it("without an end give way to what looks like a statement", () => {
    expect(tell("COPY t FROM STDIN;\n1\t'\n2\nCREATE TABLE a ();\nSELECT 1;").statements).toHaveLength(3);
  });

  it("of one COPY do not run into the next statement that ends theirs", () => {
    const sql =
      "COPY a FROM stdin;\n\\.\n\nCREATE TABLE b ();\nCOPY b FROM stdin WITH (FORMAT csv);\n'\n\\.\nSELECT 1;";
    expect(tell(sql).statements).toHaveLength(4);
  });

  it("follow \\copy … from stdin, and no other COPY", () => {
    expect(tell("\\copy t from stdin\nit's\n\\.\nSELECT 1;").statements).toEqual(["SelectStmt: SELECT 1"]);
    expect(tell("\\COPY t FROM STDIN WITH CSV\nit's\n\\.\nSELECT 1;").statements).toEqual([
      "SelectStmt: SELECT 1",
    ]);
    expect(tell("COPY t TO stdout;\nSELECT 1;\nCOPY t FROM 'stdin';\nSELECT 2;").statements).toHaveLength(4);
  });

  it("end where the replayed range ends", () => {
    const sql = "COPY t FROM stdin;\n1\n\\.\nSELECT 1;\nSELECT 2;";
    expect(tell(sql, { start: 0, end: sql.indexOf("SELECT 2") }).statements).toHaveLength(2);
  });
});

describe("psql variables", () => {
  it("become constants and names of the same length", () => {
    expect(given(`SELECT :v, :'v', :"v", :{?v}, :v::int, a.:v;`)).toEqual([
      `SELECT _v, 'xv', "xv", true , _v::int, a._v`,
    ]);
  });

  it("are not seen in slices, casts and strings", () => {
    const sql = "SELECT a[1:n], a[:n], ':v', b::int, $$:v$$, f(x := 1)";
    expect(given(sql)).toEqual([sql]);
  });

  it("that open a statement may stand for anything", () => {
    expect(given(":EXPLAIN SELECT 1;\n:A :B\nSELECT 2;")).toEqual(["SELECT 1", "SELECT 2"]);
    const { unseen, problems } = tell(":COMMAND;\n:MACRO 'x', 1;\nSELECT 1;");
    expect(unseen.map((line) => line.replace(/.* @ /, ""))).toEqual([":COMMAND", ":MACRO"]);
    expect(problems).toEqual([]);
  });

  it("may stand for a number, a string or a query where a name does not do", () => {
    expect(
      given("ALTER ROLE r CONNECTION LIMIT :n;\nCOMMENT ON TABLE t IS :c;\nCREATE VIEW v AS :QUERY;"),
    ).toHaveLength(3);
  });
});

describe("Liquibase's formatted SQL", () => {
  const header = "--liquibase formatted sql\n";

  it("ends a statement where the next changeset begins", () => {
    const sql = `${header}--changeset a:1\nCREATE TABLE a ()\n--changeset a:2 splitStatements:false\nDO $$ BEGIN END $$\n`;
    expect(given(sql)).toEqual(["CREATE TABLE a ()", "DO $$ BEGIN END $$"]);
    expect(tell(sql.replace(header, "")).problems).toHaveLength(1);
  });

  it("leaves out changesets of other systems", () => {
    const set = (dbms: string, name: string) => `--changeset a:${name} ${dbms}\nCREATE TABLE ${name} ();\n`;
    const sets = [
      set("dbms:oracle,h2", "a").replace(" ()", " (a NUMBER(1 BYTE))"),
      set("dbms:postgresql", "b"),
      set('dbms:"h2, postgresql"', "c"),
      set("dbms:!postgresql", "d"),
      set("dbms:!oracle", "e"),
      set("runOnChange:true", "f"),
    ];
    expect(given(header + sets.join(""))).toEqual(
      ["b", "c", "e", "f"].map((name) => `CREATE TABLE ${name} ()`),
    );
  });
});

describe("placeholders and templates", () => {
  it("become names that differ as the placeholders do", () => {
    expect(
      given("SELECT @extschema@.f(), @extschema:a-b@.g(), ${db}.t, {{ .X }}.t, #{a}, %(b)s, @@c@@"),
    ).toEqual(["SELECT _extschema_.f(), _extschema_a_b_.g(), __db_.t, ____X___.t, __a_, __b_s, __c__"]);
  });

  it("of drivers are question marks where a value is expected", () => {
    expect(
      given(
        "SELECT a FROM t WHERE b = ? AND c IN (?, ?) AND d ? 'k' LIMIT ?;\nINSERT INTO t VALUES (?, ?::int, ?2);",
      ),
    ).toEqual([
      "SELECT a FROM t WHERE b = _ AND c IN (_, _) AND d ? 'k' LIMIT _",
      "INSERT INTO t VALUES (_, _::int, _2)",
    ]);
    expect(given("SELECT a ?| b, c ?& d, e @? f, (g) ? 'h', i->'j' ? k")).toHaveLength(1);
    expect(tell("SELECT a FROM t WHERE b ? ;").problems).toHaveLength(1);
  });

  it("are masked only in statements that do not parse without", () => {
    const [first, second] = given("SELECT a <% b, c %> d, x %(y)s;\nSELECT ${x};");
    expect(first).toBe("SELECT a <% b, c %> d, x %(y)s");
    expect(second).toBe("SELECT __x_");
  });

  it("inside strings stay as they are", () => {
    expect(given("SELECT '{{ x }} ${y} @extschema@ :v', ${z}")).toEqual([
      "SELECT '{{ x }} ${y} @extschema@ :v', __z_",
    ]);
  });

  it("with quotes of their own do not end strings or statements", () => {
    expect(given("{# don't #}\nSELECT '{{ f('a;b') }}';\nSELECT {{ g(\"it's\") }};")).toHaveLength(2);
  });

  it("that stand for statements are said; conditions leave all branches", () => {
    const sql =
      "{% if a %}\nCREATE TABLE a ();\n{% else %}\nCREATE TABLE b ();\n{% endif %}\n{{ macro('x') }}\n<% each do |x| %>\nSELECT 1;<% end %>";
    const { statements, unseen, problems } = tell(sql);
    expect(problems).toEqual([]);
    expect(statements).toHaveLength(3);
    expect(unseen.map((line) => line.replace(/.* @ /, ""))).toEqual([
      "{% if a %}",
      "{{ macro('x') }}",
      "<% each do |x| %>",
    ]);
  });

  it("that divide a statement leave the first of its alternatives", () => {
    const sql = "SELECT a,\n{% if x %}\n  b c\n{% else %}\n  b d\n{% endif %}\nFROM t;\nSELECT {{ d }};";
    const [first] = given(sql);
    expect(first).toMatch(/^SELECT a,\s+b c\s+FROM t$/);
    expect(tell(sql).problems).toEqual([]);
    // Where both are SQL, both are read.
    expect(given("CREATE TABLE t ({% if x %} a int, {% else %} b int, {% endif %} c int);")[0]).toMatch(
      /b int/,
    );
  });

  it("that stand for a part of a statement are said", () => {
    const { statements, unseen, problems } = tell(
      "ALTER DEFAULT PRIVILEGES FOR ROLE {{ a }} {{ what }};\nSELECT 1;",
    );
    expect([statements.length, problems]).toEqual([1, []]);
    expect(unseen).toEqual(["stands for SQL that is not seen: {{ what }} @ {{ what }}"]);
    expect(tell("SELECT {{ a }} FORM t WERE x;").problems).toHaveLength(1);
  });

  it("on lines of their own inside a statement are names where the statement needs one", () => {
    const { unseen, parsed } = tell("GRANT ALL ON\n  {{ table }}\n  TO anon;");
    expect(parsed.statements[0]?.text.text).toBe("GRANT ALL ON\n  ___table___\n  TO anon");
    expect(unseen).toEqual([]);
  });

  it("are named in messages as the file has them", () => {
    expect(tell("SELECT ${a} ${b} ${c} FROM FROM").problems).toEqual([
      'syntax error at or near "${c}" @ ${c}',
    ]);
  });
});

describe("maskBody", () => {
  it("masks what would be left alone in a quoted body, with the same map", () => {
    const body = verbatim("BEGIN x := :v; y := a[1:n]; PERFORM {{ f }}('{{ g }}'); END", 100);
    expect(maskBody(body)).toEqual([
      {
        text: "BEGIN x := _v; y := a[1:n]; PERFORM ___f___('{{ g }}'); END",
        map: body.map,
      },
    ]);
  });

  it("reads a body that templates divide with all alternatives, then with the first", () => {
    const texts = maskBody(verbatim("DECLARE {% if a %}x int;{% else %}y int;{% endif %} BEGIN END", 0));
    expect(texts.map(({ text }) => text.replace(/\s+/g, " "))).toEqual([
      "DECLARE x int; y int; BEGIN END",
      "DECLARE x int; BEGIN END",
    ]);
  });

  it("has nothing to say about a body without placeholders", () => {
    expect(maskBody(verbatim("BEGIN x := y::text; END", 0))).toEqual([]);
  });
});

describe("every mask", () => {
  const pieces = [
    "'",
    "''",
    '"',
    "$$",
    "$a$",
    "--",
    "/*",
    "*/",
    "\\",
    "\\.",
    "\\g",
    "\\i x",
    "\\copy t from stdin",
    "COPY t FROM stdin;",
    "\n",
    "\r\n",
    "\r",
    " ",
    ";",
    "(",
    ")",
    "[",
    ":",
    ":v",
    ":'v'",
    ':"v"',
    ":{?v}",
    "::",
    "{{",
    "}}",
    "{%",
    "%}",
    "{#",
    "#}",
    "<%",
    "%>",
    "${x}",
    "#{x}",
    "%(x)s",
    "@x@",
    "@@x@@",
    "@extschema@",
    "é",
    "😀",
    "E'",
    "BEGIN ATOMIC",
    "CREATE TABLE",
    "SELECT",
    "<<<<<<< a",
    "=======",
    ">>>>>>> b",
    "x",
    "\0",
    "\ufeff",
  ];
  const text = fc
    .array(fc.oneof(fc.constantFrom(...pieces), fc.string({ unit: "binary", maxLength: 3 })))
    .map((parts) => parts.join(""));

  it("keeps the length, the line breaks and valid UTF-8", () => {
    fc.assert(
      fc.property(text, (sql) => {
        const bytes = Buffer.from(sql, "utf8");
        const psql = maskPsql(bytes);
        const all = maskAll(psql.bytes);
        for (const masked of [psql.bytes, ...all.map((layer) => layer.bytes)]) {
          expect(masked.length).toBe(bytes.length);
          expect(breaks(masked)).toEqual(breaks(bytes));
          expect(Buffer.from(masked.toString("utf8"), "utf8").equals(masked)).toBe(true);
        }
        expect(bytes.equals(Buffer.from(sql, "utf8"))).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it("leaves parsing without exceptions, with all spans inside the file, in order", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          text.map((sql) => Buffer.from(sql)),
          fc.uint8Array().map((raw) => Buffer.from(raw)),
        ),
        (bytes) => {
          const { parsed } = tell(bytes);
          let end = 0;
          for (const { span, text: given } of parsed.statements) {
            expect(span.start).toBeGreaterThanOrEqual(end);
            expect(span.end).toBeGreaterThan(span.start);
            expect(given.map).toEqual([0, expect.any(Number)]);
            end = span.end;
          }
          for (const { span } of [...parsed.statements, ...parsed.problems, ...parsed.unseen]) {
            expect(span.start).toBeGreaterThanOrEqual(0);
            expect(span.end).toBeGreaterThanOrEqual(span.start);
            expect(span.end).toBeLessThanOrEqual(bytes.length);
          }
        },
      ),
      { numRuns: 1000 },
    );
  });
});

function breaks(bytes: Buffer): readonly number[] {
  return [...bytes.keys()]
    .filter((i) => bytes[i] === 10 || bytes[i] === 13)
    .map((i) => i * 256 + (bytes[i] ?? 0));
}
