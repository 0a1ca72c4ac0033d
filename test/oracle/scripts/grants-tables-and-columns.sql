-- Table and column privileges: ALL, a column list, REVOKE that does nothing, GRANT on a table and REVOKE on a column, renamed and dropped columns.
CREATE ROLE reader;
CREATE ROLE writer;
CREATE SCHEMA app;
CREATE TABLE app.people (id integer, name text, salary integer, gone text);
CREATE VIEW app.names AS SELECT name FROM app.people;
GRANT SELECT ON app.people TO reader;
REVOKE SELECT (salary) ON app.people FROM reader;
GRANT SELECT (id, name), UPDATE (name), REFERENCES (id) ON app.people TO writer;
GRANT INSERT (gone, name) ON TABLE app.people TO PUBLIC;
REVOKE UPDATE (name) ON app.people FROM writer;
ALTER TABLE app.people RENAME COLUMN name TO full_name;
ALTER TABLE app.people DROP COLUMN gone;
GRANT ALL PRIVILEGES (salary) ON app.people TO writer;
REVOKE ALL (id) ON app.people FROM writer;
GRANT ALL ON app.names TO reader;
REVOKE DELETE, TRUNCATE, TRIGGER ON app.names FROM reader;
REVOKE ALL ON app.people FROM postgres;

CREATE TABLE app.both (a integer, b integer);
GRANT SELECT (a) ON app.both TO reader;
GRANT SELECT ON app.both TO reader;
-- Takes the column's privilege as well.
REVOKE SELECT ON app.both FROM reader;
