/** What PostgreSQL refuses about relations the replay refuses too, and nothing else; what remains is equal. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { diff } from "./diff.ts";
import { dump } from "./dump.ts";
import { type Oracle, startOracle } from "./postgres.ts";
import { splitStatements } from "./split.ts";
import { comparableRelations } from "./static/comparable.ts";
import { replayScript } from "./static/context.ts";
import { relationSections } from "./static/relations.ts";

/** By what they are about: statements of which PostgreSQL accepts some and refuses others. */
const CASES: Readonly<Record<string, string>> = {
  "names that are taken or missing": `
    CREATE SCHEMA app; CREATE TABLE app.t (a integer); CREATE TABLE app.t (b integer); CREATE TABLE IF NOT EXISTS app.t (c integer);
    CREATE VIEW app.t AS SELECT 1 AS x; CREATE SEQUENCE app.t; CREATE INDEX t ON app.t (a); CREATE TYPE app.t AS ENUM ('x');
    CREATE TABLE nowhere.t (a integer); CREATE TABLE app.u (a nowhere.type); CREATE TABLE app.u (a integer, a text);
    DROP TABLE app.nothing; DROP TABLE IF EXISTS app.nothing; DROP VIEW app.t; DROP TABLE app.t, app.nothing; ALTER TABLE app.nothing ADD COLUMN a integer;
    ALTER TABLE app.t ADD COLUMN a text; ALTER TABLE app.t DROP COLUMN x; ALTER TABLE app.t RENAME COLUMN x TO y; ALTER TABLE app.t ADD COLUMN b integer;
    ALTER TABLE app.t RENAME COLUMN a TO b; ALTER TABLE app.t ALTER COLUMN z SET NOT NULL; ALTER VIEW app.t RENAME TO u; ALTER TABLE app.t RENAME TO t;
    CREATE TABLE app.other (a integer); ALTER TABLE app.other RENAME TO t; ALTER SEQUENCE app.t RESTART; ALTER TABLE app.t SET SCHEMA nowhere;
    CREATE INDEX i ON app.t (a); CREATE INDEX i ON app.other (a); CREATE INDEX IF NOT EXISTS i ON app.other (a); CREATE INDEX j ON app.t (nothing); DROP INDEX app.t; DROP TABLE app.i`,
  "views that do not fit": `
    CREATE TABLE t (a integer, b text, c varchar(5)); CREATE VIEW v AS SELECT a, b FROM t; CREATE VIEW w AS SELECT nothing FROM t; CREATE VIEW w AS SELECT a FROM nothing;
    CREATE VIEW w AS SELECT a, a FROM t; CREATE VIEW w (x, y, z) AS SELECT a FROM t; CREATE OR REPLACE VIEW v AS SELECT a FROM t; CREATE OR REPLACE VIEW v AS SELECT b, a FROM t;
    CREATE OR REPLACE VIEW v AS SELECT a, c AS b FROM t; CREATE OR REPLACE VIEW v AS SELECT a, b, c FROM t; CREATE OR REPLACE VIEW t AS SELECT 1 AS x; CREATE VIEW v AS SELECT 1 AS x;
    CREATE VIEW x AS SELECT t.a FROM t AS s; CREATE VIEW x AS SELECT s.* FROM t AS s (k, l); ALTER VIEW v DROP COLUMN a; ALTER VIEW v ENABLE ROW LEVEL SECURITY; DROP TABLE t; DROP VIEW v; DROP MATERIALIZED VIEW x;
    CREATE VIEW y AS SELECT lower(a, b) FROM t; CREATE VIEW y AS SELECT no_such_function(1) AS z; CREATE VIEW y AS SELECT count(*) FROM t GROUP BY nothing`,
  "dependencies without CASCADE": `
    CREATE FUNCTION f(integer) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true'; CREATE FUNCTION tr() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
    CREATE TYPE mood AS ENUM ('a'); CREATE SEQUENCE s; CREATE TABLE t (a integer PRIMARY KEY, b integer DEFAULT nextval('s'), c mood, d integer GENERATED ALWAYS AS (a + 1) STORED, e serial, g integer GENERATED ALWAYS AS IDENTITY);
    CREATE TABLE r (a integer REFERENCES t); CREATE VIEW v AS SELECT a FROM t; CREATE POLICY p ON t USING (f(b)); CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION tr();
    DROP TABLE t; DROP FUNCTION f(integer); DROP FUNCTION tr(); DROP TYPE mood; DROP SEQUENCE s; DROP SEQUENCE t_e_seq; DROP SEQUENCE t_g_seq; DROP INDEX t_pkey; ALTER TABLE t DROP CONSTRAINT t_pkey;
    ALTER TABLE t DROP COLUMN a; ALTER TABLE t DROP COLUMN b; ALTER TABLE t DROP COLUMN d; ALTER TABLE t ALTER COLUMN a TYPE bigint; ALTER TABLE t ALTER COLUMN b TYPE bigint; DROP VIEW v; ALTER TABLE t ALTER COLUMN a TYPE bigint; DROP POLICY p ON t; DROP FUNCTION f(integer);
    ALTER TABLE t DROP COLUMN b; DROP SEQUENCE s; DROP TABLE r; ALTER TABLE t DROP CONSTRAINT t_pkey; ALTER TABLE t DROP COLUMN e; DROP TABLE t; DROP TYPE mood; DROP FUNCTION tr()`,
  constraints: `
    CREATE TABLE t (a integer PRIMARY KEY, b integer, c text CHECK (c > 1)); CREATE TABLE t (a integer PRIMARY KEY, b integer, CHECK (x > 1)); CREATE TABLE t (a integer PRIMARY KEY, b integer PRIMARY KEY); CREATE TABLE t (a integer PRIMARY KEY, b integer, c text CHECK (b + 1));
    CREATE TABLE t (a integer PRIMARY KEY, b integer, CONSTRAINT k CHECK (b > 0)); ALTER TABLE t ADD PRIMARY KEY (b); ALTER TABLE t ADD CONSTRAINT k CHECK (b > 1); ALTER TABLE t ADD CONSTRAINT t_pkey UNIQUE (b); ALTER TABLE t ALTER COLUMN a DROP NOT NULL;
    CREATE TABLE r (a integer REFERENCES t (b)); CREATE TABLE r (a integer, b integer, FOREIGN KEY (a, b) REFERENCES t (a)); CREATE TABLE r (a integer REFERENCES nothing); CREATE TABLE r (a integer REFERENCES t (nothing)); CREATE TABLE r (a integer);
    ALTER TABLE r ADD FOREIGN KEY (a) REFERENCES r; ALTER TABLE r ADD FOREIGN KEY (nothing) REFERENCES t; ALTER TABLE t DROP CONSTRAINT nothing; ALTER TABLE t RENAME CONSTRAINT k TO t_pkey; ALTER TABLE t RENAME CONSTRAINT nothing TO x; ALTER TABLE t VALIDATE CONSTRAINT nothing; ALTER TABLE t ALTER CONSTRAINT k DEFERRABLE;
    ALTER TABLE t ALTER COLUMN b ADD GENERATED ALWAYS AS IDENTITY; ALTER TABLE t ALTER COLUMN b DROP IDENTITY; ALTER TABLE t ALTER COLUMN b DROP IDENTITY IF EXISTS; ALTER TABLE t ALTER COLUMN b DROP EXPRESSION; CREATE TABLE s (a text GENERATED ALWAYS AS IDENTITY); ALTER TABLE t ADD UNIQUE USING INDEX nothing;
    CREATE VIEW v AS SELECT a FROM t; ALTER TABLE r ADD FOREIGN KEY (a) REFERENCES v; CREATE TEMP TABLE tmp (a integer REFERENCES t)`,
  "inheritance and partitions": `
    CREATE TABLE p (a integer NOT NULL, b text, CONSTRAINT k CHECK (a > 0)); CREATE TABLE c (x integer) INHERITS (p); ALTER TABLE c DROP COLUMN a; ALTER TABLE c RENAME COLUMN a TO z; ALTER TABLE c ALTER COLUMN a TYPE bigint; ALTER TABLE c DROP CONSTRAINT k; ALTER TABLE c ALTER COLUMN a DROP NOT NULL; ALTER TABLE ONLY p ADD COLUMN n integer; ALTER TABLE ONLY p RENAME COLUMN b TO bb;
    CREATE TABLE d (a text) INHERITS (p); CREATE TABLE e (a integer); ALTER TABLE e INHERIT p; ALTER TABLE e ADD COLUMN b text; ALTER TABLE e INHERIT p; ALTER TABLE e ADD CONSTRAINT k CHECK (a > 0); ALTER TABLE e INHERIT p; ALTER TABLE e ALTER COLUMN a SET NOT NULL; ALTER TABLE e INHERIT p; ALTER TABLE e INHERIT p; ALTER TABLE p INHERIT e; ALTER TABLE e NO INHERIT c; DROP TABLE p; ALTER TABLE ONLY p ADD CONSTRAINT l CHECK (a > 1); CREATE RULE r AS ON SELECT TO e DO ALSO SELECT 1;
    CREATE TABLE part (a integer, b text) PARTITION BY LIST (a); CREATE TABLE part_1 PARTITION OF part FOR VALUES IN (1); CREATE TABLE part_x PARTITION OF p FOR VALUES IN (1); ALTER TABLE part_1 ADD COLUMN x integer; ALTER TABLE part_1 DROP COLUMN b; ALTER TABLE part DROP COLUMN a; ALTER TABLE part INHERIT p; CREATE TABLE loose (a integer); ALTER TABLE part ATTACH PARTITION loose FOR VALUES IN (2); ALTER TABLE loose ADD COLUMN b text, ADD COLUMN c text; ALTER TABLE part ATTACH PARTITION loose FOR VALUES IN (2); ALTER TABLE loose DROP COLUMN c; ALTER TABLE part ATTACH PARTITION loose FOR VALUES IN (2); ALTER TABLE part ATTACH PARTITION loose FOR VALUES IN (3); ALTER TABLE part DETACH PARTITION e; ALTER TABLE part DETACH PARTITION loose; CREATE TABLE inh () INHERITS (part); ALTER TABLE e ATTACH PARTITION loose DEFAULT; DROP TABLE part_1; DROP TABLE part`,
  "policies, triggers and rules": `
    CREATE ROLE r; CREATE TABLE t (a integer); CREATE VIEW v AS SELECT a FROM t; CREATE FUNCTION tr() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; CREATE FUNCTION no() RETURNS integer LANGUAGE sql AS 'SELECT 1';
    CREATE POLICY p ON t USING (a > 0); CREATE POLICY p ON t; CREATE POLICY q ON v; CREATE POLICY q ON t TO nobody; CREATE POLICY q ON t USING (nothing); CREATE POLICY q ON t FOR SELECT WITH CHECK (true); CREATE POLICY q ON t FOR INSERT USING (true); CREATE POLICY q ON t FOR INSERT WITH CHECK (true); ALTER POLICY q ON t USING (true); ALTER POLICY nothing ON t USING (true); ALTER POLICY p ON t RENAME TO q; DROP POLICY nothing ON t; CREATE POLICY z ON t USING (a);
    CREATE TRIGGER x BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION tr(); CREATE TRIGGER x BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION tr(); CREATE TRIGGER y BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION no(); CREATE TRIGGER y BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION missing(); CREATE TRIGGER y INSTEAD OF INSERT ON t FOR EACH ROW EXECUTE FUNCTION tr(); CREATE TRIGGER y BEFORE INSERT ON v FOR EACH ROW EXECUTE FUNCTION tr(); CREATE TRIGGER y BEFORE UPDATE OF nothing ON t FOR EACH ROW EXECUTE FUNCTION tr(); CREATE TRIGGER y BEFORE TRUNCATE ON t FOR EACH ROW EXECUTE FUNCTION tr(); CREATE TRIGGER y BEFORE INSERT ON t FOR EACH ROW WHEN (OLD.a > 0) EXECUTE FUNCTION tr();
    CREATE TRIGGER y AFTER INSERT ON t WHEN (NEW.a > 0) EXECUTE FUNCTION tr(); ALTER TABLE t DISABLE TRIGGER nothing; ALTER TRIGGER nothing ON t RENAME TO z; DROP TRIGGER nothing ON t; CREATE RULE ru AS ON DELETE TO t DO INSTEAD NOTHING; CREATE RULE ru AS ON DELETE TO t DO INSTEAD NOTHING; DROP RULE nothing ON t; ALTER TABLE t ENABLE RULE nothing; ALTER RULE ru ON t RENAME TO rv; DROP RULE ru ON t; CREATE RULE bad AS ON INSERT TO t DO ALSO INSERT INTO t VALUES (NEW.nothing)`,
  "sequences, row security and owners": `
    CREATE SEQUENCE s; CREATE TABLE t (a serial, b integer GENERATED ALWAYS AS IDENTITY); ALTER SEQUENCE s OWNED BY t.nothing; ALTER SEQUENCE s OWNED BY nothing.a; ALTER SEQUENCE t_b_seq OWNED BY NONE; ALTER SEQUENCE t_a_seq OWNED BY NONE; CREATE SCHEMA app; ALTER SEQUENCE t_b_seq SET SCHEMA app; ALTER SEQUENCE s OWNED BY t.a; ALTER SEQUENCE s SET SCHEMA app; CREATE SEQUENCE s2 OWNED BY t.zzz; CREATE SEQUENCE app.s3 OWNED BY t.a;
    ALTER SEQUENCE s ENABLE ROW LEVEL SECURITY; CREATE MATERIALIZED VIEW m AS SELECT 1 AS x; ALTER MATERIALIZED VIEW m ENABLE ROW LEVEL SECURITY; ALTER TABLE m ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON m;
    CREATE ROLE plain; SET ROLE plain; ALTER TABLE t ENABLE ROW LEVEL SECURITY; DROP TABLE t; ALTER TABLE t ADD COLUMN x integer; CREATE TABLE app.mine (a integer); CREATE POLICY p ON t; CREATE INDEX ON t (a); ALTER TABLE t RENAME TO u; CREATE TABLE public.mine (a integer); CREATE TRIGGER x BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION tr();
    CREATE TEMP TABLE own (a integer); ALTER TABLE own ENABLE ROW LEVEL SECURITY; CREATE VIEW app.v AS SELECT 1 AS x; RESET ROLE; GRANT CREATE, USAGE ON SCHEMA app TO plain; SET ROLE plain; CREATE TABLE app.mine (a integer PRIMARY KEY); ALTER TABLE app.mine OWNER TO postgres; CREATE TABLE app.ref (a integer REFERENCES app.mine); CREATE TABLE app.ref2 (a integer) INHERITS (public.t); RESET ROLE`,
};

let oracle: Oracle;
beforeAll(async () => {
  oracle = await startOracle();
}, 60_000);
afterAll(() => oracle.close());

for (const [name, sql] of Object.entries(CASES)) {
  test(name, { timeout: 60_000 }, async () => {
    const statements = splitStatements(sql);
    const [expected, state] = await oracle.withFreshDatabase(
      async () => [await oracle.tryStatements(statements), comparableRelations(await dump(oracle))] as const,
    );
    const database = await replayScript({ sql: statements.join(";\n"), commits: true }, oracle.version);
    const refused = new Map<number, string>();
    for (const { place, message } of database.catalog.state.refusals)
      refused.set(statementAt(statements, place.span.start), message);
    const outcome = (each: string, ok: boolean, message: string | null | undefined) =>
      `${ok ? "accepted" : `refused (${message})`}: ${each}`;
    const different = statements.flatMap((each, i) => {
      const said = expected[i];
      return said?.ok === !refused.has(i)
        ? []
        : [
            `PostgreSQL ${outcome(each, said?.ok === true, said?.message)}; replay ${refused.get(i) ?? "accepts"}`,
          ];
    });
    expect(different).toEqual([]);
    expect(diff(state, relationSections(database))).toEqual([]);
  });
}

/** Which statement of those joined by `;` and a line break holds this offset. */
function statementAt(statements: readonly string[], offset: number): number {
  let end = 0;
  return statements.findIndex((each) => {
    end += each.length + 2;
    return offset < end;
  });
}
