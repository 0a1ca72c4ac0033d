SET LOCAL search_path TO pg_catalog, public;
CREATE TABLE t4 (a integer, b integer[], c smallserial, d boolean);
