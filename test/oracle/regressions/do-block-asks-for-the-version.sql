-- A block that asks which server it is on takes the branch that this one takes.
DO $$
DECLARE other bool; made text;
BEGIN
  other = (SELECT version() LIKE '%EnterpriseDB%');
  made := 'CREATE FUNCTION here() RETURNS int LANGUAGE sql AS $f$ SELECT 1 ';
  IF other THEN made := made || '+ 1'; END IF;
  EXECUTE made || '$f$';
  IF other THEN CREATE FUNCTION there() RETURNS int LANGUAGE sql AS 'SELECT 1'; END IF;
END $$;
