-- Foreign keys: actions, names, self-reference, keys that are dropped, references to and from partitioned tables.
CREATE SCHEMA app;
CREATE TABLE app.a (id integer PRIMARY KEY, x integer, y integer, UNIQUE (x, y));
CREATE TABLE app.b (
  id integer PRIMARY KEY REFERENCES app.a ON DELETE CASCADE,
  up integer REFERENCES app.b (id) ON UPDATE SET NULL DEFERRABLE,
  x integer,
  y integer,
  FOREIGN KEY (x, y) REFERENCES app.a (x, y) MATCH FULL ON DELETE SET NULL (y) ON UPDATE RESTRICT,
  CONSTRAINT second FOREIGN KEY (y, x) REFERENCES app.a (y, x) ON DELETE SET DEFAULT
);
ALTER TABLE app.b ADD FOREIGN KEY (x) REFERENCES app.a NOT VALID;
ALTER TABLE app.b ALTER CONSTRAINT b_up_fkey DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE app.b VALIDATE CONSTRAINT b_x_fkey;
ALTER TABLE app.b ADD COLUMN more integer REFERENCES app.a;
ALTER TABLE app.a RENAME COLUMN x TO ex;
ALTER TABLE app.a RENAME TO first;
ALTER TABLE app.first DROP CONSTRAINT a_x_y_key CASCADE;
CREATE TABLE app.parts (id integer PRIMARY KEY) PARTITION BY RANGE (id);
CREATE TABLE app.parts_1 PARTITION OF app.parts FOR VALUES FROM (1) TO (10);
CREATE TABLE app.refers (p integer, q integer REFERENCES app.first) PARTITION BY HASH (p);
CREATE TABLE app.refers_0 PARTITION OF app.refers FOR VALUES WITH (MODULUS 2, REMAINDER 0);
ALTER TABLE app.refers ADD FOREIGN KEY (q) REFERENCES app.b (id);
CREATE TABLE app.refers_1 PARTITION OF app.refers FOR VALUES WITH (MODULUS 2, REMAINDER 1);
ALTER TABLE app.refers DETACH PARTITION app.refers_1;
DROP TABLE app.b CASCADE;
ALTER TABLE app.first DROP COLUMN id CASCADE;
