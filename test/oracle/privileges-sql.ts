/** The SQL that reads EffectivePrivileges. */
import { quote } from "./dump-sql.ts";

interface ObjectClass {
  /** SQL of the key, the oid (or name) that the function takes, and FROM with WHERE. */
  readonly key: string;
  readonly id: string;
  readonly from: string;
  readonly test: string;
  readonly privileges: readonly string[];
}

const made = (oid: string, catalog: string) =>
  `${oid} >= 16384 AND NOT EXISTS (SELECT FROM pg_depend m WHERE m.deptype = 'e' AND m.classid = '${catalog}'::regclass AND m.objid = ${oid})`;
const inSchema = (kind: string, name: string) => `concat('${kind} ', ns.name, '.', ${name})`;

/** SELECT … AS privileges for a major version of PostgreSQL, to run as superuser under search_path pg_catalog. */
export function privilegesQuery(version: number): string {
  const table = ["SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"];
  const classes: ObjectClass[] = [
    {
      key: inSchema("table", quote("c.relname")),
      id: "c.oid",
      from: `pg_class c JOIN ns ON ns.oid = c.relnamespace WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relnamespace <> 'pg_toast'::regnamespace AND ${made("c.oid", "pg_class")}`,
      test: "has_table_privilege",
      privileges: version >= 17 ? [...table, "MAINTAIN"] : table,
    },
    {
      key: inSchema("sequence", quote("c.relname")),
      id: "c.oid",
      from: `pg_class c JOIN ns ON ns.oid = c.relnamespace WHERE c.relkind = 'S' AND ${made("c.oid", "pg_class")}`,
      test: "has_sequence_privilege",
      privileges: ["USAGE", "SELECT", "UPDATE"],
    },
    {
      key: inSchema("function", `${quote("p.proname")} || '(' || oidvectortypes(p.proargtypes) || ')'`),
      id: "p.oid",
      from: `pg_proc p JOIN ns ON ns.oid = p.pronamespace WHERE ${made("p.oid", "pg_proc")}
        AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'i' AND d.refclassid = 'pg_type'::regclass)`,
      test: "has_function_privilege",
      privileges: ["EXECUTE"],
    },
    {
      key: "concat('schema ', ns.name)",
      id: "n.oid",
      from: `pg_namespace n JOIN ns USING (oid) WHERE n.nspname !~ '^pg_(toast_)?temp_' AND ((${made("n.oid", "pg_namespace")}) OR n.nspname = 'public')`,
      test: "has_schema_privilege",
      privileges: ["USAGE", "CREATE"],
    },
    {
      key: inSchema("type", quote("t.typname")),
      id: "t.oid",
      from: `pg_type t JOIN ns ON ns.oid = t.typnamespace LEFT JOIN pg_class c ON c.oid = t.typrelid
        WHERE ${made("t.oid", "pg_type")} AND t.typtype <> 'm' AND (c.oid IS NULL OR c.relkind = 'c') AND NOT EXISTS (SELECT FROM pg_type e WHERE e.typarray = t.oid)`,
      test: "has_type_privilege",
      privileges: ["USAGE"],
    },
    {
      key: `concat('database ', ${quote("d.datname")})`,
      id: "d.oid",
      from: "pg_database d WHERE d.datname = current_database()",
      test: "has_database_privilege",
      privileges: ["CREATE", "CONNECT", "TEMPORARY"],
    },
    {
      key: `concat('language ', ${quote("l.lanname")})`,
      id: "l.oid",
      from: `pg_language l WHERE ${made("l.oid", "pg_language")}`,
      test: "has_language_privilege",
      privileges: ["USAGE"],
    },
    {
      key: `concat('foreign-server ', ${quote("s.srvname")})`,
      id: "s.oid",
      from: `pg_foreign_server s WHERE ${made("s.oid", "pg_foreign_server")}`,
      test: "has_server_privilege",
      privileges: ["USAGE"],
    },
    {
      key: `concat('foreign-data-wrapper ', ${quote("f.fdwname")})`,
      id: "f.oid",
      from: `pg_foreign_data_wrapper f WHERE ${made("f.oid", "pg_foreign_data_wrapper")}`,
      test: "has_foreign_data_wrapper_privilege",
      privileges: ["USAGE"],
    },
  ];
  if (version >= 15) {
    classes.push({
      key: "concat('parameter ', p.parname)",
      id: "p.parname",
      from: "pg_parameter_acl p",
      test: "has_parameter_privilege",
      privileges: ["SET", "ALTER SYSTEM"],
    });
  }
  const memberships = ["MEMBER", "USAGE", ...(version >= 16 ? ["SET"] : [])];
  const parts = [
    ...classes.map(
      (
        each,
      ) => `SELECT o.key, r.shown, p.privilege FROM (SELECT ${each.key} AS key, ${each.id} AS id FROM ${each.from}) o
        CROSS JOIN who r CROSS JOIN unnest('{${each.privileges.join(",")}}'::text[]) AS p(privilege) WHERE ${each.test}(r.name, o.id, p.privilege)`,
    ),
    `SELECT o.key, r.shown, p.privilege FROM (SELECT ${inSchema("column", `${quote("c.relname")} || '.' || ${quote("a.attname")}`)} AS key, c.oid AS id, a.attnum
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN ns ON ns.oid = c.relnamespace WHERE a.attacl IS NOT NULL AND NOT a.attisdropped AND ${made("c.oid", "pg_class")}) o
      CROSS JOIN who r CROSS JOIN unnest('{SELECT,INSERT,UPDATE,REFERENCES}'::text[]) AS p(privilege) WHERE has_column_privilege(r.name, o.id, o.attnum, p.privilege)`,
    `SELECT concat('role ', ${quote("o.rolname")}), r.shown, p.privilege FROM pg_roles o CROSS JOIN who r
      CROSS JOIN unnest('{${memberships.join(",")}}'::text[]) AS p(privilege) WHERE (o.oid >= 16384 OR NOT r.superuser) AND r.shown <> 'PUBLIC' AND o.rolname <> r.name AND pg_has_role(r.name, o.oid, p.privilege)`,
  ];
  return `WITH
    ns AS MATERIALIZED (SELECT oid, CASE WHEN oid = pg_my_temp_schema() THEN 'pg_temp' ELSE ${quote("nspname")} END AS name FROM pg_namespace),
    who AS MATERIALIZED (SELECT rolname AS name, ${quote("rolname")} AS shown, rolsuper AS superuser FROM pg_roles WHERE oid >= 16384 UNION ALL SELECT 'public', 'PUBLIC', false)
    SELECT coalesce(json_object_agg(key, lines ORDER BY key COLLATE "C"), '{}') AS privileges
    FROM (SELECT key, json_agg(concat(shown, ' ', privilege) ORDER BY concat(shown, ' ', privilege) COLLATE "C") AS lines FROM (${parts.join("\nUNION ALL\n")}) g GROUP BY key) q`;
}
