-- (f()).* gives the columns that the function returns.
CREATE FUNCTION pair() RETURNS TABLE (a int, b text) LANGUAGE sql AS 'SELECT 1, NULL::text';
CREATE VIEW pairs AS SELECT (pair()).*;
CREATE VIEW second AS SELECT b FROM pairs;
CREATE VIEW third AS SELECT c FROM pairs;
CREATE VIEW grants AS SELECT c.kind FROM (SELECT relname, (aclexplode(relacl)).* FROM pg_class) AS c (name, grantor, grantee, kind, grantable);
