CREATE SCHEMA s3;
CREATE FUNCTION s3.f1() RETURNS TABLE(x integer, y text) LANGUAGE sql AS 'SELECT 1, NULL::text';
CREATE PROCEDURE s3.f1(integer, text) SECURITY DEFINER LANGUAGE plpgsql AS 'BEGIN END';
ALTER PROCEDURE s3.f1(integer, text) SET search_path = '';
ALTER ROUTINE s3.f1(integer, text) SET search_path = 's3';
SET search_path = s3;
ALTER PROCEDURE f1(integer, text) SET search_path = 'x';
DROP PROCEDURE f1(integer, text);
DROP PROCEDURE s3.f1(integer, text);
