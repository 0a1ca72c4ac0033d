CREATE TABLE t3 (a integer) PARTITION BY RANGE (a);
ALTER TABLE t3 SET (fillfactor = 60);
ALTER TABLE t3 RESET (fillfactor);
CREATE TABLE t4 (a integer) PARTITION BY RANGE (a) WITH (fillfactor = 70);
