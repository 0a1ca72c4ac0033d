-- What holds of roles before PostgreSQL 16 too: INHERIT as an attribute, ADMIN OPTION, roles in roles, revokes.
CREATE ROLE team NOLOGIN;
CREATE ROLE lead IN ROLE team;
CREATE ROLE person NOINHERIT LOGIN;
CREATE ROLE chief CREATEROLE;
GRANT lead TO person;
GRANT team TO chief WITH ADMIN OPTION;
GRANT team TO person;
REVOKE team FROM person;
REVOKE ADMIN OPTION FOR team FROM chief;
CREATE TABLE public.t (a integer, b integer);
GRANT SELECT ON public.t TO team;
GRANT UPDATE (a) ON public.t TO lead;
GRANT pg_monitor TO chief;
CREATE ROLE gone ROLE person;
DROP ROLE gone;
