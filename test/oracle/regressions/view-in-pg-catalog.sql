CREATE TABLE IF NOT EXISTS t1 (a integer NOT NULL, b text, c integer) PARTITION BY RANGE (a);
SET search_path = pg_catalog, public;
CREATE OR REPLACE VIEW v3 WITH (security_invoker = 1, security_barrier = off) AS SELECT * FROM public.t1;
