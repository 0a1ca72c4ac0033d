import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { RULES } from "../../rules/index.ts";
import type { Config } from "../../src/config/types.ts";
import { loadChosen } from "../../src/engine/chosen-projects.ts";
import { readSource, replayDatabase, statementsOf } from "../../src/engine/database.ts";
import { type Outcome, outcomeOf } from "../../src/engine/outcome.ts";
import { loadParser, type PostgresParser } from "../../src/parser/postgres.ts";
import type { Database, ProjectFile } from "../../src/project/types.ts";
import type { Place } from "../../src/text/source.ts";
import { examplesOf } from "../support/examples.ts";
import { configOf } from "../support/lint.ts";
import { optionsOf } from "../support/text-options.ts";

// A run that is asked about one file judges little else: what it says of that file is what a run on all of them says.

const root = new URL("../../", import.meta.url);
const MOST_FILES = 12;

interface Text {
  readonly path: string;
  readonly text: string;
}

function databaseOf(files: readonly Text[]): Database {
  const all = files.map(
    ({ path, text }, i): ProjectFile => ({
      file: `/${String(i).padStart(4, "0")}-${path}`,
      path: `${String(i).padStart(4, "0")}-${path}`,
      bytes: Buffer.from(text),
      upHalf: null,
    }),
  );
  return { kind: "test", root: "/", files: all };
}

/** Each statement in a file of its own; of many, several together. */
function inPieces(files: readonly Text[], parser: PostgresParser): readonly Text[] {
  const pieces = files.flatMap(({ path, text }) => {
    const bytes = Buffer.from(text);
    const spans = statementsOf(
      readSource({ path, bytes }, { file: null, prelude: false, range: null }, parser),
    );
    const ends = spans.map(({ end }) => end);
    return [...ends, bytes.length].map((end, i) => ({
      path,
      text: `${bytes.toString("utf8", (ends[i - 1] ?? -1) + 1, end)};`,
    }));
  });
  const size = Math.ceil(pieces.length / MOST_FILES);
  const together: Text[] = [];
  for (let i = 0; i < pieces.length; i += size) {
    const some = pieces.slice(i, i + size);
    together.push({ path: some[0]?.path ?? "", text: some.map(({ text }) => text).join("\n") });
  }
  return together;
}

function said(outcome: Outcome, file: string | null): readonly string[] {
  const sources = new Set(outcome.files.filter((one) => one.file === file).map(({ source }) => source));
  const isHere = ({ place }: { readonly place: Place }): boolean => sources.has(place.source);
  return [
    ...outcome.findings.filter(isHere),
    ...outcome.setAside.filter(({ finding }) => isHere(finding)),
    ...outcome.unknown.filter(isHere),
  ].map((one) =>
    JSON.stringify(one, (key, value: unknown) =>
      key === "source" && typeof value === "object" && value !== null && "path" in value ? value.path : value,
    ),
  );
}

function expectSame(database: Database, config: Config, parser: PostgresParser): void {
  const replayed = replayDatabase(database, config, parser);
  const options = { rules: RULES, parser, ignores: true, today: "2026-01-01" };
  const whole = outcomeOf(replayed, config, options);
  for (const { file } of whole.files) {
    if (file === null) continue;
    const part = outcomeOf(replayed, config, options, new Set([file]));
    expect(said(part, file), `asked about ${file}`).toEqual(said(whole, file));
    expect(covered(part, file), `secrets beside ${file}`).toEqual(covered(whole, file));
  }
}

/** What is covered in the sources that are shown with the findings of a file. */
function covered(outcome: Outcome, file: string | null): readonly string[] {
  const own = outcome.files.find((one) => one.file === file)?.source;
  const shown = outcome.findings
    .filter(({ place }) => place.source === own)
    .flatMap(({ place, related }) => [place, ...related.map((one) => one.place)])
    .map(({ source }) => source);
  return outcome.secrets
    .filter(({ source }) => shown.includes(source))
    .map(({ source, span }) => `${source.path} ${span.start}-${span.end}`)
    .sort();
}

describe("one file of several is judged as all of them are", () => {
  it.each(RULES.map(({ id }) => id))("examples of %s", async (id) => {
    const parser = await loadParser();
    const page = readFileSync(new URL(`rules/${id}/README.md`, root), "utf8");
    for (const { files, options } of examplesOf(page))
      expectSame(databaseOf(inPieces(files, parser)), configOf(options), parser);
  });

  // What runs a definer in another file: by a name that is put together, or by none.
  const GUARD =
    "CREATE FUNCTION counted() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN DELETE FROM t; RETURN NEW; END $$";
  const DEFINER =
    "CREATE FUNCTION counted(a int DEFAULT 1) RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT count(*) FROM t'";
  const REVOKE = "REVOKE EXECUTE ON FUNCTION counted FROM PUBLIC";
  const caller = (body: string): string =>
    `CREATE FUNCTION g() RETURNS void LANGUAGE plpgsql AS $body$ BEGIN ${body}; END $body$`;
  it.each([
    ["a call", [DEFINER, REVOKE, caller("PERFORM public.COUNTED()")]],
    ["a call in text", [DEFINER, REVOKE, caller("EXECUTE 'SELECT coun' || 'ted()'")]],
    ["a name in escapes", [DEFINER, REVOKE, caller('PERFORM U&"\\0063ounted"()')]],
    ["a block in text", [DEFINER, REVOKE, caller("DO 'BEGIN PERFORM coun'\n'ted(); END'")]],
    [
      "text that another one executes",
      [
        DEFINER,
        REVOKE,
        "CREATE FUNCTION run(q text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN EXECUTE q; END $$",
        caller("PERFORM run('SELECT counted()')"),
      ],
    ],
    [
      "a caller of a caller",
      [
        DEFINER,
        REVOKE,
        caller("PERFORM counted()"),
        "CREATE FUNCTION h() RETURNS void LANGUAGE sql AS 'SELECT g()'",
        "REVOKE ALL ON FUNCTION g FROM PUBLIC",
      ],
    ],
    [
      "a trigger",
      [
        "CREATE TABLE t (id int)",
        GUARD,
        REVOKE,
        "CREATE TRIGGER tr AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION counted()",
        "CREATE FUNCTION w() RETURNS void LANGUAGE sql SECURITY DEFINER AS 'INSERT INTO t VALUES (1)'",
      ],
    ],
    [
      "a trigger of a trigger",
      [
        "CREATE TABLE t (id int)",
        "CREATE TABLE u (id int)",
        GUARD,
        REVOKE,
        "CREATE TRIGGER tr AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION counted()",
        "CREATE FUNCTION f2() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO t VALUES (NEW.id); RETURN NEW; END $$",
        "CREATE TRIGGER tr AFTER INSERT ON u FOR EACH ROW EXECUTE FUNCTION f2()",
        "CREATE FUNCTION w() RETURNS void LANGUAGE sql SECURITY DEFINER AS 'INSERT INTO u VALUES (1)'",
      ],
    ],
    [
      "a cast",
      [
        "CREATE TYPE y AS (a int)",
        "CREATE FUNCTION counted(y) RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT count(*)::int FROM t'",
        REVOKE,
        "CREATE CAST (y AS int) WITH FUNCTION counted(y)",
        caller("PERFORM (ROW(1)::y)::int"),
      ],
    ],
    [
      "an operator",
      [
        "CREATE FUNCTION counted(int, int) RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT count(*)::int FROM t'",
        REVOKE,
        "CREATE OPERATOR ### (FUNCTION = counted, LEFTARG = int, RIGHTARG = int)",
        caller("PERFORM 1 ### 2"),
      ],
    ],
    [
      "a routine that got another name",
      [
        "CREATE FUNCTION e() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT count(*)::int FROM t'",
        "ALTER FUNCTION e() RENAME TO counted",
        REVOKE,
        caller("PERFORM counted()"),
      ],
    ],
    [
      "a name that a tool puts in",
      [
        "CREATE FUNCTION {{f}}() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT count(*)::int FROM t'",
        "REVOKE EXECUTE ON FUNCTION {{f}} FROM PUBLIC",
        caller("PERFORM {{f}}()"),
      ],
    ],
    [
      "a policy",
      [
        "CREATE TABLE t (id int)",
        "ALTER TABLE t ENABLE ROW LEVEL SECURITY",
        DEFINER,
        REVOKE,
        "CREATE POLICY p ON t USING (counted() = 1)",
        "GRANT SELECT ON t TO PUBLIC",
      ],
    ],
  ])("a definer that is run by %s", async (_, statements) => {
    const parser = await loadParser();
    const files = statements.map((text, i) => ({ path: `${i}.sql`, text: `${text};` }));
    expectSame(databaseOf(files), configOf({ untrusted: ["web"] }), parser);
  });

  it("equal statements and comments in several files", async () => {
    const parser = await loadParser();
    const files = [
      "GRANT ALL ON ALL TABLES IN SCHEMA public TO PUBLIC;",
      "-- pgvet-ignore rls-disabled: nobody reads it\nSELECT 1;",
      "grant ALL on /* again */ ALL TABLES IN SCHEMA public TO PUBLIC;",
      "-- pgvet-ignore rls-disabled: nobody reads it\nSELECT 2;",
      "-- pgvet-ignore rls-disable: nobody reads it\nSELECT 2;",
      "ALTER ROLE postgres PASSWORD 'abcdefgh12';",
      "ALTER ROLE postgres PASSWORD 'bcdefghi34';",
    ].map((text, i) => ({ path: `${i}.sql`, text }));
    expectSame(databaseOf(files), configOf(), parser);
  });

  it("many equal statements in two files", async () => {
    const parser = await loadParser();
    const roles = Array.from({ length: 50 }, (_, i) => `role_number_${i}`);
    const create = roles.map((name) => `CREATE ROLE ${name};\n`).join("");
    const change = roles.map((name) => `ALTER ROLE ${name} PASSWORD 'abcdefgh12';\n`).join("");
    const files = [create, change, change].map((text, i) => ({ path: `${i}.sql`, text }));
    expectSame(databaseOf(files), configOf({ untrusted: ["web"] }), parser);
  });

  it("a secret in a file that is shown beside", async () => {
    const parser = await loadParser();
    const files = [
      "CREATE FUNCTION counted() RETURNS int LANGUAGE sql AS 'SELECT count(*)::int FROM t';",
      "CREATE ROLE web PASSWORD 'abcdefgh12'; ALTER FUNCTION counted SECURITY DEFINER;",
    ].map((text, i) => ({ path: `${i}.sql`, text }));
    expectSame(databaseOf(files), configOf(), parser);
  });

  const safe = new URL("fixtures/safe/", root);
  it.each(readdirSync(safe).filter((name) => name.endsWith(".sql")))("safe code: %s", async (name) => {
    const parser = await loadParser();
    const text = readFileSync(new URL(name, safe), "utf8");
    const words = /^-- pgvet: (.*)$/m.exec(text)?.[1] ?? "";
    expectSame(databaseOf(inPieces([{ path: name, text }], parser)), configOf(optionsOf(words)), parser);
  });

  it.each(readdirSync(new URL("fixtures/projects/", root)))("project %s", async (name) => {
    const parser = await loadParser();
    const cwd = fileURLToPath(new URL(`fixtures/projects/${name}`, root));
    const { projects } = await loadChosen({ paths: ["."], cwd, rules: RULES });
    expect(projects).not.toHaveLength(0);
    for (const { database, config } of projects) expectSame(database, config, parser);
  });
});
