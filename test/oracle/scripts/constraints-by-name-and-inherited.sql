-- @since 18: Constraints: the names PostgreSQL chooses, NOT NULL as constraints (18), what children inherit, rename, validate, drop.
CREATE SCHEMA app;
CREATE TABLE app.t (
  a integer PRIMARY KEY CHECK (a > 0),
  b integer NOT NULL UNIQUE,
  c text CONSTRAINT c_given CHECK (c IN ('x', 'y')) CONSTRAINT c_filled NOT NULL,
  d integer CHECK (d BETWEEN 1 AND 10) CHECK (d <> 5),
  e numeric(10, 2) DEFAULT 1.5,
  CHECK (a < b),
  CHECK (a < d OR c LIKE 'x%'),
  UNIQUE (c, d),
  CONSTRAINT given UNIQUE (d, e) DEFERRABLE INITIALLY DEFERRED,
  UNIQUE NULLS NOT DISTINCT (e) INCLUDE (a)
);
ALTER TABLE app.t ADD CHECK (e > 0) NOT VALID;
ALTER TABLE app.t ADD CONSTRAINT late CHECK (e > 1) NO INHERIT;
ALTER TABLE app.t VALIDATE CONSTRAINT t_e_check;
ALTER TABLE app.t RENAME CONSTRAINT t_check TO renamed_check;
ALTER TABLE app.t RENAME CONSTRAINT t_pkey TO t_key;
ALTER INDEX app.given RENAME TO renamed_index;
ALTER TABLE app.t DROP CONSTRAINT t_d_check;
ALTER TABLE app.t DROP CONSTRAINT IF EXISTS nothing;
ALTER TABLE app.t ALTER COLUMN b DROP NOT NULL;
ALTER TABLE app.t ALTER COLUMN e SET NOT NULL;
ALTER TABLE app.t DROP CONSTRAINT c_filled;

CREATE TABLE app.parent (a integer NOT NULL, b text CHECK (b <> ''), CONSTRAINT only_here CHECK (a > 1) NO INHERIT);
CREATE TABLE app.child (c integer) INHERITS (app.parent);
CREATE TABLE app.own (a integer CONSTRAINT own_name NOT NULL, b text) INHERITS (app.parent);
CREATE TABLE app.grandchild () INHERITS (app.child);
ALTER TABLE app.parent ADD CONSTRAINT all_of_them CHECK (a < 100);
ALTER TABLE app.parent ADD COLUMN n integer NOT NULL DEFAULT 7;
ALTER TABLE app.parent ALTER COLUMN b SET NOT NULL;
ALTER TABLE app.parent ALTER COLUMN b SET DEFAULT 'none';
ALTER TABLE app.parent DROP CONSTRAINT parent_b_check;
ALTER TABLE app.parent RENAME CONSTRAINT all_of_them TO all_of_us;
ALTER TABLE app.parent ALTER COLUMN a DROP NOT NULL;
CREATE TABLE app.outsider (a integer, b text NOT NULL, n integer NOT NULL, CONSTRAINT all_of_us CHECK (a < 100));
ALTER TABLE app.outsider INHERIT app.parent;
ALTER TABLE app.grandchild NO INHERIT app.child;
CREATE TABLE app.unique_index (a integer NOT NULL, b integer);
CREATE UNIQUE INDEX made_first ON app.unique_index (a);
ALTER TABLE app.unique_index ADD CONSTRAINT from_index PRIMARY KEY USING INDEX made_first;
