-- Row-level security: flags, policies of all commands and roles, ALTER, RENAME, DROP; a renamed table keeps them, a copy does not get them.
CREATE ROLE anon;
CREATE ROLE member;
CREATE SCHEMA app;
CREATE TABLE app.notes (id integer PRIMARY KEY, owner name NOT NULL DEFAULT current_user, body text, public boolean DEFAULT false);
ALTER TABLE app.notes ENABLE ROW LEVEL SECURITY;
ALTER TABLE app.notes FORCE ROW LEVEL SECURITY;
CREATE POLICY everything ON app.notes;
CREATE POLICY read_own ON app.notes FOR SELECT TO member, anon USING (owner = current_user OR public);
CREATE POLICY add ON app.notes FOR INSERT TO member WITH CHECK (owner = current_user);
CREATE POLICY change ON app.notes FOR UPDATE TO CURRENT_USER USING (owner = current_user) WITH CHECK (true);
CREATE POLICY remove ON app.notes AS RESTRICTIVE FOR DELETE TO PUBLIC USING (id IN (SELECT n.id FROM app.notes n WHERE NOT n.public));
ALTER POLICY read_own ON app.notes TO member;
ALTER POLICY read_own ON app.notes USING (owner = session_user);
ALTER POLICY add ON app.notes RENAME TO "add own";
ALTER POLICY change ON app.notes TO PUBLIC WITH CHECK (owner = current_user);
DROP POLICY everything ON app.notes;
DROP POLICY IF EXISTS nothing ON app.notes;
ALTER TABLE app.notes RENAME TO papers;
ALTER TABLE app.papers RENAME COLUMN owner TO holder;
CREATE TABLE app.copy (LIKE app.papers INCLUDING ALL);
CREATE TABLE app.rows AS SELECT * FROM app.papers;

CREATE TABLE app.once (a integer);
ALTER TABLE app.once ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE app.once NO FORCE ROW LEVEL SECURITY;
ALTER TABLE app.once DISABLE ROW LEVEL SECURITY;
CREATE POLICY p ON app.once USING (a > 0);
ALTER TABLE app.once DROP COLUMN a CASCADE;
