-- @since 15: The database's owner is in pg_database_owner; pg_read_all_data and pg_write_all_data hold what no ACL says.
CREATE ROLE owner_of_database;
CREATE ROLE member_of_owner;
CREATE ROLE reader;
CREATE ROLE writer NOINHERIT;
GRANT owner_of_database TO member_of_owner;
GRANT pg_read_all_data TO reader;
GRANT pg_write_all_data TO writer;
ALTER DATABASE postgres OWNER TO owner_of_database;
SET ROLE member_of_owner;
CREATE TABLE public.by_member (a integer);
GRANT USAGE ON SCHEMA public TO reader;
CREATE SCHEMA own;
RESET ROLE;
CREATE SEQUENCE own.s;
REASSIGN OWNED BY owner_of_database TO reader;
DROP OWNED BY owner_of_database;
DROP ROLE owner_of_database;
