CREATE UNLOGGED TABLE public.t1 (a integer, b timestamptz, c date, d bigserial, CONSTRAINT k1 CHECK (current_user = 'r2'));
CREATE SEQUENCE IF NOT EXISTS q2 OWNED BY public.t1.c;
ALTER TABLE t1 SET UNLOGGED;
