CREATE TABLE t3 (a bigint, b uuid NOT NULL);
CREATE TYPE y3 AS (a text, b text[]);
CREATE TYPE y4 AS (b bigint, a uuid);
CREATE TYPE y5 AS (a bigint);
CREATE TYPE y6 AS (a bigint, b uuid);
ALTER TABLE t3 OF y3;
ALTER TABLE t3 OF y4;
ALTER TABLE t3 OF y5;
ALTER TABLE t3 OF y6;
