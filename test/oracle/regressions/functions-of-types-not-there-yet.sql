-- A function of the server's own languages that returns a type that is not there makes a shell of it; others are refused.
CREATE ROLE app;
CREATE FUNCTION point_in2(cstring) RETURNS mine LANGUAGE internal IMMUTABLE STRICT AS 'point_in';
CREATE FUNCTION point_out2(mine) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'point_out';
CREATE FUNCTION other_out(other) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'point_out';
CREATE FUNCTION of_sql() RETURNS other LANGUAGE sql AS 'SELECT 1';
CREATE TABLE t (a mine);
CREATE TYPE mine (INPUT = point_in2, OUTPUT = point_out2, LIKE = point);
CREATE TABLE t (a mine);
CREATE FUNCTION lost_in(cstring) RETURNS nowhere.lost LANGUAGE internal AS 'point_in';
