CREATE SCHEMA s1;
CREATE TABLE s1.t3 (a timestamptz, b integer, c boolean GENERATED ALWAYS AS (b IS NULL) VIRTUAL);
CREATE TABLE t2 (e integer) INHERITS (s1.t3);
CREATE PUBLICATION b1 FOR TABLE t2 (a, b, c) WITH (publish = 'insert, update');
