CREATE TABLE t4 (a integer);
CREATE TABLE IF NOT EXISTS t4 (e text[]) INHERITS (s3.t1, s1.t2);
