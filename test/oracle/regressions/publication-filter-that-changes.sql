CREATE TABLE public.t3 (a char(3), b timestamptz, c timestamptz, CONSTRAINT k1 CHECK (b IS NOT NULL));
CREATE PUBLICATION b1 FOR TABLE public.t3 WHERE (current_user = 'r4');
