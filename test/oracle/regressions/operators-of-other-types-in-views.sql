-- A view depends on the operator that it uses, not on all of that name.
CREATE TYPE mood AS ENUM ('low', 'high');
CREATE FUNCTION mood_plus(mood, mood) RETURNS mood LANGUAGE sql IMMUTABLE AS 'SELECT $1';
CREATE OPERATOR + (FUNCTION = mood_plus, LEFTARG = mood, RIGHTARG = mood);
CREATE VIEW numbers AS SELECT 1 + 2 AS three;
CREATE VIEW moods AS SELECT 'low'::mood + 'high'::mood AS both;
CREATE SCHEMA elsewhere;
CREATE FUNCTION elsewhere.text_plus(text, text) RETURNS text LANGUAGE sql AS 'SELECT $1';
CREATE OPERATOR elsewhere.+ (FUNCTION = elsewhere.text_plus, LEFTARG = text, RIGHTARG = text);
CREATE VIEW texts AS SELECT 'a'::text + 'b'::text AS ab;
CREATE VIEW texts AS SELECT 'a'::text OPERATOR(elsewhere.+) 'b'::text AS ab;
DROP OPERATOR + (mood, mood);
DROP VIEW moods;
DROP OPERATOR + (mood, mood);
DROP OPERATOR elsewhere.+ (text, text);
