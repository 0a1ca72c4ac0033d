CREATE TABLE t1 (a boolean, b text[], c text, d integer);
CREATE SEQUENCE q2;
ALTER TABLE t1 ALTER a SET DEFAULT nextval('q2');
ALTER TABLE t1 ALTER b SET DEFAULT nextval('q2');
ALTER TABLE t1 ALTER c SET DEFAULT nextval('q2');
ALTER TABLE t1 ALTER d SET DEFAULT nextval('q2');
