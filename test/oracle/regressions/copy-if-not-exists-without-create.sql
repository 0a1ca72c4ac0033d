CREATE ROLE r3;
CREATE TABLE t2 (a integer, b text, c integer) PARTITION BY RANGE (a);
CREATE VIEW public.v3 WITH (security_barrier, security_invoker) AS SELECT a FROM t2;
CREATE TABLE t1 (LIKE public.v3 INCLUDING GENERATED);
SET ROLE r3;
CREATE TABLE IF NOT EXISTS t1 AS SELECT c FROM public.t2;
