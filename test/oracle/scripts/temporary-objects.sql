-- Temporary tables, views and sequences live in pg_temp and hide others; a view over a temporary table is temporary.
CREATE SCHEMA app;
CREATE TABLE t (a integer);
CREATE TEMP TABLE t (a integer PRIMARY KEY, b serial);
ALTER TABLE t ADD COLUMN c text;
ALTER TABLE public.t ENABLE ROW LEVEL SECURITY;
CREATE VIEW v AS SELECT a, c FROM t;
CREATE TEMP SEQUENCE s;
CREATE TEMP TABLE copied AS SELECT 1 AS x;
SELECT 2 AS y INTO TEMP into_temp;
CREATE TABLE pg_temp.by_schema (a integer);
CREATE INDEX ON t (c);
DROP TABLE copied;
CREATE VIEW app.permanent AS SELECT a FROM public.t;
