CREATE SCHEMA s3;
CREATE TABLE public.t3 (a integer CONSTRAINT k1 PRIMARY KEY) WITH (fillfactor = 70);
CREATE TABLE s3.t4 (a integer CONSTRAINT k1 PRIMARY KEY, b integer REFERENCES public.t3) WITH (fillfactor = 70);
ALTER TABLE t3 ALTER a TYPE text;
