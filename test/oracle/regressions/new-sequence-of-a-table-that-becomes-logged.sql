CREATE UNLOGGED TABLE t1 (a numeric(10,2), b uuid, c integer);
ALTER TABLE public.t1 ADD COLUMN d smallserial, SET LOGGED;
