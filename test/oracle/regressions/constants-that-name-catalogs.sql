-- 'pg_class'::regclass names a relation that no statement created; a number names none.
CREATE VIEW named AS SELECT 'pg_class'::regclass AS a, 'pg_catalog.pg_proc'::regclass AS b, 'information_schema.tables'::regclass AS c, '0'::regclass AS d, '-'::regclass AS e;
CREATE VIEW unnamed AS SELECT 'pg_class2'::regclass AS a;
CREATE VIEW unnamed AS SELECT 'information_schema.pg_class'::regclass AS a;
