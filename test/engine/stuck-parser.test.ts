/** One text that the parser is stuck in costs that statement or body; everything else is found. */
import { expect, it } from "vitest";
import { RULES } from "../../rules/index.ts";
import { replayDatabase, sizeOf } from "../../src/engine/database.ts";
import { outcomeOf } from "../../src/engine/outcome.ts";
import { loadParser } from "../../src/parser/postgres.ts";
import { watched } from "../../src/parser/watched.ts";
import { configOf } from "../support/lint.ts";
import { SHORT, stuckIn } from "../support/stuck-parser.ts";

const plpgsql = (name: string, body: string) =>
  `CREATE FUNCTION ${name}(a text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN ${body} END $$;`;

const FILES = {
  "1.sql": "CREATE TABLE before (a int);\nSELECT evil;\nGRANT ALL ON before TO PUBLIC;\n",
  "2.sql": [
    plpgsql("good", "EXECUTE a;"),
    plpgsql("bad", "EXECUTE a; PERFORM evil;"),
    plpgsql("built", "EXECUTE 'SELECT evil'; EXECUTE a;"),
    "DO $$ BEGIN PERFORM evil; END $$;",
    "DO $$ BEGIN GRANT ALL ON before TO PUBLIC; END $$;",
  ].join("\n"),
};

it("the others are judged as ever", { timeout: 60_000 }, async () => {
  const database = {
    kind: "test",
    root: "/",
    files: Object.entries(FILES).map(([path, text]) => ({
      file: `/${path}`,
      path,
      bytes: Buffer.from(text),
      upHalf: null,
    })),
  };
  const stuck = stuckIn({ statement: /^\s*select evil/i, plpgsql: /PERFORM evil/ }, await loadParser());
  const outcome = watched(
    stuck,
    sizeOf(database),
    (parser) =>
      outcomeOf(replayDatabase(database, configOf(), parser), configOf(), {
        rules: RULES,
        parser,
        ignores: true,
        today: "2026-01-01",
      }),
    SHORT,
  );
  const told = (path: string) =>
    outcome.findings.flatMap(({ rule, place, object }) =>
      place.source.path === path ? [`${rule} ${object ?? place.span.start}`] : [],
    );
  expect(told("1.sql")).toEqual([
    "rls-disabled public.before",
    `too-complex ${FILES["1.sql"].indexOf("SELECT")}`,
  ]);
  expect(told("2.sql")).toContain("dynamic-sql-injection public.good(text)");
  expect(told("2.sql")).toContain("dynamic-sql-injection public.built(text)");
  // What the last block grants.
  expect(told("2.sql")).toContain("grant-trigger public.before");
  expect(outcome.unknown.map(({ message }) => message)).toEqual([
    "DO block could not be read: the parser does not come to an end with this text",
    "the body of public.bad(text) could not be read: the parser does not come to an end with this text",
  ]);
  expect(outcome.files.map(({ statements, notParsed }) => [statements, notParsed])).toEqual([
    [3, 1],
    [5, 0],
  ]);
});
