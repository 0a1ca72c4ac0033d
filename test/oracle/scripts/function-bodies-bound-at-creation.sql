-- RETURN and BEGIN ATOMIC are bound when created: they follow renames, and CASCADE finds them.
CREATE SCHEMA app;
CREATE SCHEMA other;
CREATE TABLE app.t (a integer, b text);
SET search_path = app;
CREATE FUNCTION app.bound() RETURNS bigint LANGUAGE sql SECURITY DEFINER RETURN (SELECT count(*) FROM t);
CREATE FUNCTION app.steps(x integer) RETURNS integer LANGUAGE sql
  BEGIN ATOMIC
    INSERT INTO t VALUES (x, CASE WHEN x > 0 THEN 'p' ELSE 'n' END);
    SELECT max(a) FROM t;
  END;
CREATE FUNCTION app.loose() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM t';
CREATE FUNCTION app.calls_bound() RETURNS bigint LANGUAGE sql RETURN bound() + 1;
RESET search_path;
ALTER TABLE app.t RENAME TO renamed;
ALTER TABLE app.renamed SET SCHEMA other;
CREATE TABLE app.gone (a integer);
CREATE FUNCTION app.of_gone() RETURNS bigint LANGUAGE sql RETURN (SELECT count(*) FROM app.gone);
DROP TABLE app.gone CASCADE;
