-- DROP SCHEMA CASCADE takes what is in it, and what elsewhere depends on that: views, columns, triggers, policies, defaults.
CREATE ROLE r;
CREATE SCHEMA doomed;
CREATE SCHEMA kept;
CREATE TYPE doomed.mood AS ENUM ('a', 'b');
CREATE TABLE doomed.t (id serial PRIMARY KEY);
CREATE FUNCTION doomed.f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE FUNCTION doomed.ok(integer) RETURNS boolean LANGUAGE sql AS 'SELECT true';
CREATE SEQUENCE doomed.s;

CREATE VIEW kept.v AS SELECT id FROM doomed.t;
CREATE VIEW kept.v2 AS SELECT id FROM kept.v;
CREATE TABLE kept.t (id integer REFERENCES doomed.t, m doomed.mood, n integer DEFAULT nextval('doomed.s'), p integer);
CREATE TRIGGER tr AFTER INSERT ON kept.t FOR EACH ROW EXECUTE FUNCTION doomed.f();
ALTER TABLE kept.t ENABLE ROW LEVEL SECURITY;
CREATE POLICY dependent ON kept.t USING (doomed.ok(p));
CREATE POLICY standing ON kept.t FOR SELECT TO r USING (true);
CREATE FUNCTION kept.takes(doomed.mood) RETURNS void LANGUAGE sql AS '';
CREATE FUNCTION kept.loose() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM kept.t';
ALTER DEFAULT PRIVILEGES IN SCHEMA doomed GRANT SELECT ON TABLES TO r;
ALTER DEFAULT PRIVILEGES IN SCHEMA kept GRANT SELECT ON TABLES TO r;
DROP SCHEMA doomed CASCADE;
