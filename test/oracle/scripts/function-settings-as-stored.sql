-- How SET values are stored: names in their own case, lists joined and quoted, numbers and booleans as written.
CREATE SCHEMA app;
CREATE FUNCTION app.one_name() RETURNS void LANGUAGE sql SET search_path = 'a, b' AS '';
CREATE FUNCTION app.two_names() RETURNS void LANGUAGE sql SET search_path = a, b AS '';
CREATE FUNCTION app.empty() RETURNS void LANGUAGE sql SET search_path = '' AS '';
CREATE FUNCTION app.quoted() RETURNS void LANGUAGE sql SET search_path TO "Upper", "$user", pg_temp AS '';
CREATE FUNCTION app.several() RETURNS void LANGUAGE sql
  SET enable_seqscan = off SET WORK_MEM = '10MB' SET random_page_cost = 1.5 SET row_security = true SET TimeZone = 'Europe/Prague' SET intervalstyle = iso_8601
  AS '';
CREATE FUNCTION app.zone() RETURNS void LANGUAGE sql SET TIME ZONE 'UTC' AS '';
CREATE FUNCTION app.encoding() RETURNS void LANGUAGE sql SET client_min_messages = warning SET extra_float_digits = -1 AS '';
CREATE FUNCTION app.role() RETURNS void LANGUAGE sql SET role = 'postgres' AS '';
CREATE FUNCTION app.twice() RETURNS void LANGUAGE sql SET work_mem = '1MB' SET work_mem = '2MB' AS '';
