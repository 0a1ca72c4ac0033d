CREATE SCHEMA s2;
CREATE TABLE s2.t3 (a text, b integer CHECK (b IS NOT NULL), c bigint, d text[] DEFAULT NULL);
ALTER TABLE s2.t3 ALTER d TYPE varchar(20), ALTER d TYPE text;
