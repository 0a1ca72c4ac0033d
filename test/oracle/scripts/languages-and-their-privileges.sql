-- Languages made by hand: owner, privileges, OR REPLACE, RENAME, functions in them, DROP … CASCADE.
CREATE ROLE r;
CREATE ROLE maker;
CREATE TRUSTED LANGUAGE first HANDLER plpgsql_call_handler INLINE plpgsql_inline_handler VALIDATOR plpgsql_validator;
CREATE LANGUAGE second HANDLER plpgsql_call_handler;
CREATE TRUSTED LANGUAGE third HANDLER plpgsql_call_handler;
GRANT USAGE ON LANGUAGE first TO r WITH GRANT OPTION;
REVOKE USAGE ON LANGUAGE first FROM PUBLIC;
ALTER LANGUAGE first OWNER TO maker;
CREATE OR REPLACE TRUSTED LANGUAGE first HANDLER plpgsql_call_handler;
CREATE FUNCTION public.in_third() RETURNS void LANGUAGE third AS 'BEGIN END';
CREATE FUNCTION public.in_first() RETURNS void LANGUAGE first AS 'BEGIN END';
ALTER LANGUAGE first RENAME TO renamed;
DROP LANGUAGE third CASCADE;
DROP LANGUAGE IF EXISTS nothing;
