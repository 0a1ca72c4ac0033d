-- int2vector and oidvector are arrays to unnest.
CREATE VIEW keys AS SELECT a.attname FROM (SELECT indrelid, unnest(indkey) AS key FROM pg_index) i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.key;
CREATE VIEW arguments AS SELECT t.typname FROM (SELECT unnest(proargtypes) AS type FROM pg_proc) p JOIN pg_type t ON t.oid = p.type;
CREATE TABLE kept AS SELECT unnest(indkey) AS key FROM pg_index LIMIT 0;
