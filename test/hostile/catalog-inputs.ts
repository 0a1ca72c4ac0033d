/** Statements of which a few make very much of the catalog, or make it go through all that it holds. */
import { type HostileInput, one, times } from "./input.ts";

/** @param n The share of a full number that is wanted. */
export function catalogInputs(n: (full: number) => number): readonly HostileInput[] {
  return [
    one(
      "joins",
      () =>
        `CREATE TABLE t (a int);\nCREATE VIEW v AS SELECT 1 FROM t${times(n(3000), (index) => ` JOIN t x${index} USING (a)`)};\n`,
    ),
    one(
      "column after column",
      () =>
        `CREATE TABLE t (a int);\n${times(n(20_000), (index) => `ALTER TABLE t ADD COLUMN c${index} int;\n`)}`,
    ),
    one(
      "ten thousand columns in one ALTER TABLE",
      () =>
        `CREATE TABLE t (a int);\nALTER TABLE t ADD COLUMN b int${times(n(10_000), (index) => `, ADD COLUMN c${index} int`)};\n`,
    ),
    one(
      "constraints of one table",
      () =>
        `CREATE TABLE t (a int);\n${times(n(10_000), (index) => `ALTER TABLE t ADD CONSTRAINT k${index} CHECK (a > ${index});\n`)}`,
    ),
    one(
      "labels of an enum",
      () =>
        `CREATE TYPE e AS ENUM ('a');\n${times(n(10_000), (index) => `ALTER TYPE e ADD VALUE 'v${index}';\n`)}`,
    ),
    one(
      "triggers that write their own table",
      () =>
        `CREATE TABLE t (a int);\nGRANT ALL ON t TO PUBLIC;\n${times(n(3000), (index) => `CREATE FUNCTION f${index}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN INSERT INTO t VALUES (1); RETURN NEW; END $$;\nCREATE TRIGGER g${index} BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f${index}();\n`)}`,
    ),
    one(
      "policies that call functions that call each other",
      () =>
        `CREATE TABLE t (a int);\nALTER TABLE t ENABLE ROW LEVEL SECURITY;\nGRANT ALL ON t TO PUBLIC;\n${times(n(3000), (index) => `CREATE FUNCTION f${index}(x int) RETURNS boolean LANGUAGE sql SECURITY DEFINER AS 'SELECT f${(index + 1) % n(3000)}(x) AND EXISTS (SELECT 1 FROM t WHERE a = x)';\nCREATE POLICY p${index} ON t USING (f${index}(a));\n`)}`,
    ),
    one(
      "partitions of partitions",
      () =>
        `CREATE TABLE p0 (a int) PARTITION BY RANGE (a);\n${times(n(3000), (index) => `CREATE TABLE p${index + 1} PARTITION OF p${index} FOR VALUES FROM (${index}) TO (100000) PARTITION BY RANGE (a);\n`)}CREATE INDEX ON p0 (a);\nALTER TABLE p0 ADD COLUMN b int;\nGRANT SELECT ON p0 TO PUBLIC;\n`,
    ),
    one(
      "roles in a circle, each with a table",
      () =>
        `${times(n(1000), (index) => `CREATE ROLE r${index};\nCREATE TABLE t${index} (a int);\nGRANT SELECT ON t${index} TO r${index};\n`)}${times(n(1000), (index) => `GRANT r${index} TO r${(index + 1) % n(1000)};\n`)}`,
    ),
    one(
      "one GRANT to three thousand roles on three thousand tables",
      () =>
        `${times(n(3000), (index) => `CREATE TABLE t${index} (a int);\nCREATE ROLE r${index};\n`)}GRANT SELECT ON t0${times(n(3000) - 1, (index) => `, t${index + 1}`)} TO r0${times(n(3000) - 1, (index) => `, r${index + 1}`)};\n`,
    ),
    one(
      "default privileges of ten thousand roles",
      () =>
        `${times(n(10_000), (index) => `CREATE ROLE r${index};\nALTER DEFAULT PRIVILEGES FOR ROLE r${index} GRANT SELECT ON TABLES TO r${Math.max(0, index - 1)};\n`)}${times(n(1000), (index) => `CREATE TABLE t${index} (a int);\n`)}`,
    ),
    one(
      "default privileges for three thousand roles",
      () =>
        `${times(n(3000), (index) => `CREATE ROLE r${index};\nALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO r${index};\n`)}${times(n(1000), (index) => `CREATE TABLE t${index} (a int);\n`)}`,
    ),
    one("DO blocks that never end", () =>
      times(
        n(100),
        "DO $$ BEGIN FOR i IN 1..1000 LOOP FOR j IN 1..1000 LOOP FOR k IN 1..1000 LOOP PERFORM 1; END LOOP; END LOOP; END LOOP; END $$;\n",
      ),
    ),
    one("DO blocks that create a hundred thousand tables each", () =>
      times(
        n(20),
        "DO $$ BEGIN FOR i IN 1..100000 LOOP EXECUTE 'CREATE TABLE t' || i || ' (a int)'; END LOOP; END $$;\nDO $$ BEGIN FOR i IN 1..100000 LOOP EXECUTE 'GRANT ALL ON t' || i || ' TO PUBLIC'; END LOOP; END $$;\n",
      ),
    ),
    one(
      "DO blocks that go through the catalog",
      () =>
        `${times(n(3000), (index) => `CREATE TABLE t${index} (a int);\n`)}${times(n(300), "DO $$ DECLARE r record; BEGIN FOR r IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP EXECUTE format('GRANT SELECT ON %I TO PUBLIC', r.tablename); END LOOP; END $$;\n")}`,
    ),
    one(
      "a DO block that joins the catalog with itself",
      () =>
        `${times(n(3000), (index) => `CREATE TABLE t${index} (a int);\n`)}DO $$ DECLARE r record; BEGIN FOR r IN SELECT a.relname FROM pg_class a, pg_class b WHERE a.relname < b.relname LOOP EXECUTE format('GRANT SELECT ON %I TO PUBLIC', r.relname); END LOOP; END $$;\n`,
    ),
    one("psql conditions", () =>
      times(
        n(20_000),
        (index) => `\\if :x${index}\nSELECT ${index};\n\\else\nSELECT 'b${index}';\n\\endif\n`,
      ),
    ),
    one(
      "psql conditions in each other",
      () => `${times(n(20_000), (index) => `\\if :x${index}\n`)}SELECT 1;\n${times(n(20_000), "\\endif\n")}`,
    ),
    one("comments that ignore nothing", () =>
      times(
        n(20_000),
        (index) => `-- pgvet-ignore definer-search-path -- because ${index}\nSELECT ${index};\n`,
      ),
    ),
    one(
      "savepoints in each other",
      () =>
        `BEGIN;\n${times(n(10_000), (index) => `SAVEPOINT s${index};\nCREATE TABLE t${index} (a int);\n`)}${times(n(10_000), (index) => `ROLLBACK TO s${n(10_000) - 1 - index};\n`)}COMMIT;\n`,
    ),
    one(
      "schemas in the search_path",
      () =>
        `${times(n(2000), (index) => `CREATE SCHEMA s${index};\n`)}SET search_path = s0${times(n(2000) - 1, (index) => `, s${index + 1}`)};\n${times(n(2000), (index) => `CREATE TABLE t${index} (a int);\nCREATE VIEW v${index} AS SELECT a, count(*) FROM t${index} GROUP BY a;\n`)}`,
    ),
    one(
      "what a role owns is dropped",
      () =>
        `CREATE ROLE r;\nGRANT ALL ON SCHEMA public TO r;\nSET ROLE r;\n${times(n(20_000), (index) => `CREATE TABLE t${index} (a int);\n`)}RESET ROLE;\nDROP OWNED BY r CASCADE;\n`,
    ),
  ];
}
