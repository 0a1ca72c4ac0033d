-- The roles of PostgREST's documentation: it logs in as authenticator and switches to the role of the request.
-- Schemas and privileges are the project's own to state.

CREATE ROLE anon NOLOGIN;
CREATE ROLE web_anon NOLOGIN;
CREATE ROLE authenticated NOLOGIN;
CREATE ROLE authenticator NOINHERIT LOGIN NOCREATEDB NOCREATEROLE NOSUPERUSER;
GRANT anon, web_anon, authenticated TO authenticator;
