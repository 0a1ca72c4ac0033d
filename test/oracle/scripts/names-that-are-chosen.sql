-- Names that PostgreSQL makes: shortened to 63 bytes, numbered where they are taken, of expressions.
CREATE SCHEMA app;
CREATE TABLE app.a_table_with_a_very_long_name_that_goes_on_and_on_and_on (a_column_with_a_very_long_name_that_goes_on_and_on serial PRIMARY KEY, b integer UNIQUE CHECK (b > 0));
CREATE INDEX ON app.a_table_with_a_very_long_name_that_goes_on_and_on_and_on (a_column_with_a_very_long_name_that_goes_on_and_on, b);
CREATE TABLE app.t_a_seq (x integer);
CREATE TABLE app.t (a serial, "B c" integer UNIQUE, "Größe" integer CHECK ("Größe" > 0));
CREATE INDEX ON app.t (a);
CREATE INDEX ON app.t (a);
CREATE INDEX ON app.t (lower('x'), (a + 1), coalesce(a, 1), "B c");
CREATE INDEX ON app.t ((a + 1), (a + 2));
CREATE TABLE app.t_pkey (x integer);
ALTER TABLE app.t ADD PRIMARY KEY (a);
ALTER TABLE app.t ADD UNIQUE (a), ADD UNIQUE (a, "B c"), ADD CHECK (a > 0), ADD CHECK (a > 1), ADD CHECK (true);
CREATE TABLE app."Odd Name" ("A" integer PRIMARY KEY, b integer REFERENCES app.t);
CREATE TABLE app.x (a integer CONSTRAINT t_b_check CHECK (a > 0), b integer);
CREATE TABLE app.excluded (a integer, b int4range, EXCLUDE USING gist (b WITH &&));
