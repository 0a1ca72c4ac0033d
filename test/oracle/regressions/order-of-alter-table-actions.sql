CREATE TABLE t1 (a integer, b text, c integer NOT NULL);
ALTER TABLE t1 ALTER c DROP NOT NULL, DROP c;
