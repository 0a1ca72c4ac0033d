/** SQL that code of plv8, PL/Python and PL/Perl puts together. */
import { describe, expect, it } from "vitest";
import { textOf } from "../../src/text/source.ts";
import { lintText } from "../support/lint.ts";

async function holes(language: string, parameters: string, body: string): Promise<readonly string[]> {
  const report = await lintText(
    `CREATE FUNCTION public.f(${parameters}) RETURNS void LANGUAGE ${language} SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
${body}
$$;`,
  );
  return report.findings
    .filter(({ rule }) => rule === "dynamic-sql-injection")
    .map(({ message, place }) => `${/argument (\S+)/.exec(message)?.[1]}: ${textOf(place)}`);
}

describe("an argument in the text of a query", () => {
  it.each([
    ["plv8", "t text", "plv8.execute('SELECT 1 FROM a WHERE b = \\'' + t + '\\'');", "t: t"],
    ["plv8", "t text", `plv8.execute(\`SELECT 1 FROM a WHERE b = '\${t.trim()}'\`);`, "t: t.trim"],
    [
      "plv8",
      "t text",
      'var q = "SELECT 1 FROM a";\nq += " ORDER BY "\n  + t;\nreturn plv8.execute(q);',
      "t: t",
    ],
    ["plv8", "t text", "const p = plv8.prepare('SELECT ' + t, []); p.execute();", "t: t"],
    ["plv8", "f json", "plv8.execute('SELECT 1 FROM a ORDER BY ' + f.column);", "f: f.column"],
    ["plv8", "t text[]", "plv8.execute('SELECT ' + t.join(', ') + ' FROM a');", "t: t.join"],
    [
      "plv8",
      "t text",
      "var w = [];\nif (t) w.push(\"b = '\" + t + \"'\");\nplv8.execute('SELECT 1 FROM a WHERE ' + w.join(' AND '));",
      "t: t",
    ],
    ["plpython3u", "t text", "plpy.execute(\"SELECT 1 FROM a WHERE b = '%s'\" % t)", "t: t"],
    ["plpython3u", "t text", "q = f\"SELECT 1 FROM a WHERE b = '{t}'\"\nreturn plpy.execute(q, 5)", "t: t"],
    ["plpython3u", "t text", "return plpy.cursor('SELECT 1 FROM {}'.format(t))", "t: t"],
    ["plpython3u", "t text[]", "plpy.execute('SELECT ' + ', '.join(t) + ' FROM a')", "t: t"],
    ["plperl", "text", "my ($t) = @_;\nspi_exec_query(\"DELETE FROM a WHERE b = '$t'\");", "$1: $t"],
    ["plperl", "int, text", "my $n = shift; my $t = shift;\nspi_exec_query('SELECT ' . $t . $n);", "$2: $t"],
  ])("is found: %s %s", async (language, parameters, body, hole) => {
    expect(await holes(language, parameters, body)).toEqual([hole]);
  });

  it.each([
    ["plv8", "t text", "plv8.execute('SELECT 1 FROM a WHERE b = $1', [t]);"],
    ["plv8", "t text", "plv8.execute('SELECT 1 FROM a WHERE b = ' + plv8.quote_literal(t));"],
    ["plv8", "n int", "plv8.execute('SELECT 1 FROM a WHERE b = ' + n);"],
    ["plv8", "f json", "plv8.execute('SELECT 1 FROM a WHERE b = ' + plv8.quote_literal(f.b));"],
    ["plv8", "f json", "plv8.execute('SELECT 1 FROM a LIMIT ' + f.ids.length);"],
    [
      "plv8",
      "f json",
      "if (!['a', 'b'].includes(f.column)) throw new Error('no');\nplv8.execute('SELECT ' + f.column + ' FROM a');",
    ],
    ["plv8", "t text[]", "plv8.execute('SELECT ' + t.map(plv8.quote_ident).join(', ') + ' FROM a');"],
    [
      "plv8",
      "t text",
      "var w = [];\nw.push('b = ' + plv8.quote_literal(t));\nplv8.execute('SELECT 1 FROM a WHERE ' + w.join(' AND '));",
    ],
    ["plv8", "t text", "plv8.execute('SELECT 1 FROM a ORDER BY b ' + (t == 'down' ? 'DESC' : 'ASC'));"],
    [
      "plv8",
      "t text",
      "if (['a', 'b'].indexOf(t) < 0) { throw new Error('no'); }\nplv8.execute('SELECT ' + t + ' FROM a');",
    ],
    ["plv8", "t text", "// plv8.execute('SELECT ' + t)\nplv8.elog(NOTICE, 'SELECT ' + t);"],
    [
      "plpython3u",
      "t text",
      'p = plpy.prepare("SELECT 1 FROM a WHERE b = $1", ["text"])\nplpy.execute(p, [t])',
    ],
    ["plpython3u", "t text", 'plpy.execute("SELECT 1 FROM a WHERE b = " + plpy.quote_literal(t))'],
    [
      "plpython3u",
      "t text",
      "if t not in ('a', 'b'):\n  raise ValueError(t)\nplpy.execute('SELECT ' + t + ' FROM a')",
    ],
    ["plpython3u", "t text", "q = QUERIES[t]\nplpy.execute(q)"],
    ["plpython3u", "t text", "plpy.execute('SELECT {{t}} FROM a')\nplpy.notice(f'{t}')"],
    ["plperl", "text", "my ($t) = @_;\nspi_exec_query('DELETE FROM a WHERE b = ' . quote_literal($t));"],
    ["plperl", "text", "my ($t) = @_;\nspi_exec_query('DELETE FROM a WHERE b = \"$t\"');"],
  ])("is not there: %s %s %s", async (language, parameters, body) => {
    expect(await holes(language, parameters, body)).toEqual([]);
  });

  it("is the caller's own affair where the code runs with his rights", async () => {
    const report = await lintText(
      "CREATE FUNCTION public.f(t text) RETURNS void LANGUAGE plv8 AS $$ plv8.execute(t); $$;",
    );
    expect(report.findings.map(({ rule }) => rule)).not.toContain("dynamic-sql-injection");
  });
});

describe("very much code", () => {
  const long = (characters: number, body: string): string =>
    `${" ".repeat(characters - body.length - 2)}${body}`;
  const body = "plv8.execute('SELECT ' + t);";

  it("is read up to 32 KB", async () => {
    expect(await holes("plv8", "t text", long(32_768, body))).toEqual(["t: t"]);
    expect(await holes("plv8", "t text", long(32_769, body))).toEqual([]);
  });

  it("is looked into through a chain of variables, up to a depth", async () => {
    const chain = (length: number) =>
      `${Array.from({ length }, (_, i) => `var a${i} = a${i + 1} + a${i + 1};`).join("\n")}\nvar a${length} = t;\nplv8.execute(a0);`;
    expect(await holes("plv8", "t text", chain(40))).toEqual(["t: t"]);
    expect(await holes("plv8", "t text", chain(400))).toEqual([]);
  });

  it("with quotes that never end is read to its end", async () => {
    const quotes = "// x\nvar r = /'/; // one\n".repeat(20);
    expect(await holes("plv8", "t text", `${quotes}${body}`)).toEqual(["t: t"]);
  });
});
