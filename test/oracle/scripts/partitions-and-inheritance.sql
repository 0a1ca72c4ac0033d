-- Partitions and INHERITS: columns come down, privileges, row security and policies do not; ATTACH, DETACH, NO INHERIT.
CREATE ROLE r;
CREATE SCHEMA app;
CREATE TABLE app.events (id integer NOT NULL, at date, kind text DEFAULT 'x') PARTITION BY RANGE (at);
ALTER TABLE app.events ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON app.events USING (true);
GRANT SELECT ON app.events TO r;
CREATE TABLE app.events_2024 PARTITION OF app.events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE app.events_rest PARTITION OF app.events DEFAULT PARTITION BY LIST (kind);
CREATE TABLE app.events_rest_x PARTITION OF app.events_rest FOR VALUES IN ('x');
CREATE TABLE app.events_2025 (id integer NOT NULL, at date, kind text);
ALTER TABLE app.events ATTACH PARTITION app.events_2025 FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
ALTER TABLE app.events ADD COLUMN note text;
ALTER TABLE app.events DETACH PARTITION app.events_2024;
CREATE INDEX events_at ON app.events (at);
CREATE FUNCTION app.tr() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER each AFTER INSERT ON app.events FOR EACH ROW EXECUTE FUNCTION app.tr();

CREATE TABLE app.parent (a integer, b text NOT NULL DEFAULT 'p');
CREATE TABLE app.other_parent (c integer);
CREATE TABLE app.child (a integer, d integer) INHERITS (app.parent, app.other_parent);
CREATE TABLE app.grown (a integer, b text NOT NULL);
ALTER TABLE app.grown INHERIT app.parent;
ALTER TABLE app.parent ADD COLUMN e integer;
ALTER TABLE app.child NO INHERIT app.other_parent;
ALTER TABLE app.parent RENAME COLUMN a TO aa;
ALTER TABLE app.parent DROP COLUMN b;
ALTER TABLE ONLY app.parent ENABLE ROW LEVEL SECURITY;
DROP TABLE app.events_rest;
