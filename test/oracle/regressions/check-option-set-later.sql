CREATE TABLE t1 (a integer);
CREATE VIEW v1 AS SELECT x.a FROM t1 x LEFT JOIN t1 y ON true;
ALTER VIEW v1 SET (check_option = local);
CREATE VIEW v2 AS SELECT a FROM t1;
ALTER VIEW v2 SET (check_option = local);
