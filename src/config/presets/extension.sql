-- What CREATE EXTENSION gives a script: the schema that the extension is installed in, which `@extschema@` names, first in
-- the search_path. Everybody may use it, as extensions are installed for everybody.
CREATE SCHEMA _extschema_;
GRANT USAGE ON SCHEMA _extschema_ TO PUBLIC;
