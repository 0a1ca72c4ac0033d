CREATE TABLE t1 (a serial, b integer DEFAULT 1, c integer DEFAULT 1);
CREATE TABLE t2 (a serial, b integer DEFAULT 1, c integer);
CREATE TABLE t3 () INHERITS (t1, t2);
CREATE TABLE t4 (a integer DEFAULT 7) INHERITS (t1, t2);
CREATE TABLE t5 () INHERITS (t1);
CREATE TABLE t6 () INHERITS (t1, t5);
CREATE TABLE t7 (b integer DEFAULT 2);
CREATE TABLE t8 () INHERITS (t7, t1);
