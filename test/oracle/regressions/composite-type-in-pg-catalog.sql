SET search_path = pg_catalog, public;
CREATE TYPE y2 AS (a varchar(20), b integer[], c integer);
