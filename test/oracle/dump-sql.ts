/**
 * The SQL that reads what a Dump is made of: flat queries of one catalog each, which are put together in dump.ts. DDL makes
 * PostgreSQL forget its plans, and to plan one query with many joins takes far longer than to run all of these.
 */

/** An ACL as PostgreSQL writes its items: `grantee=privileges/grantor`. */
export type AclItems = readonly string[];

export interface SessionRow {
  readonly sessionUser: string;
  readonly currentUser: string;
  readonly searchPath: string;
  readonly rowSecurity: string;
}

interface Named {
  readonly oid: number;
  readonly name: string;
}

interface Owned extends Named {
  readonly owner: number;
  readonly acl: AclItems;
}

interface InSchema extends Owned {
  readonly schema: number;
}

/** A routine as its identity needs it. */
export interface RoutineIdentity {
  readonly schema: number;
  readonly name: string;
  readonly args: string;
}

interface PartRow extends Named {
  readonly relation: number;
}

export interface RoleRow extends Named {
  readonly superuser: boolean;
  readonly inherit: boolean;
  readonly createRole: boolean;
  readonly createDb: boolean;
  readonly login: boolean;
  readonly replication: boolean;
  readonly bypassRls: boolean;
  readonly connectionLimit: number;
  readonly password: "none" | "md5" | "scram";
  readonly validUntil: string | null;
}

export interface ColumnRow {
  readonly relation: number;
  readonly number: number;
  readonly name: string;
  readonly type: string;
  readonly notNull: boolean;
  readonly value: string | null;
  readonly generated: string;
  readonly identity: string;
  readonly local: boolean;
  readonly inherited: boolean;
  readonly acl: AclItems | null;
}

export interface RelationRow extends InSchema {
  readonly kind: string;
  readonly persistence: string;
  readonly rowSecurity: boolean;
  readonly forceRowSecurity: boolean;
  readonly options: readonly string[];
  readonly partitionBound: string | null;
  readonly partitionKey: string | null;
  readonly query: string | null;
  readonly ofType: string | null;
}

/** A row of pg_depend, with the catalogs' names. */
export interface DependRow {
  readonly kind: string;
  readonly catalog: string;
  readonly oid: number;
  readonly of: number;
  readonly column: number;
}

export interface BuiltinRow {
  readonly schema: number;
  /** Of what has an ACL: a relation, type or routine, or of a relation the column. */
  readonly name: string;
  readonly args: string | null;
  readonly column: string | null;
  readonly owner: number;
  readonly acl: AclItems | null;
  /** Without an ACL of its own. */
  readonly initial: AclItems | null;
}

/** The rows of each query. */
export interface DumpRows {
  readonly database: readonly Owned[];
  readonly roles: readonly RoleRow[];
  readonly memberships: readonly {
    readonly member: number;
    readonly role: number;
    readonly grantor: number;
    readonly admin: boolean;
    readonly inherit: boolean;
    readonly set: boolean;
  }[];
  readonly settings: readonly {
    readonly role: number;
    readonly database: string | null;
    readonly settings: readonly string[];
  }[];
  readonly schemas: readonly (Owned & { readonly temporary: boolean })[];
  readonly dependencies: readonly DependRow[];
  readonly relations: readonly RelationRow[];
  readonly columns: readonly ColumnRow[];
  readonly inherits: readonly { readonly child: number; readonly parent: number }[];
  readonly sequences: readonly { readonly oid: number; readonly type: string }[];
  readonly foreignTables: readonly { readonly oid: number; readonly server: number }[];
  readonly indexes: readonly {
    readonly oid: number;
    readonly relation: number;
    readonly unique: boolean;
    readonly primary: boolean;
  }[];
  readonly constraints: readonly (PartRow & {
    readonly domain: number;
    readonly kind: string;
    readonly definition: string;
  })[];
  readonly functions: readonly (InSchema & {
    readonly args: string;
    readonly kind: string;
    readonly language: number;
    readonly securityDefiner: boolean;
    readonly settings: readonly string[];
    readonly volatility: string;
    readonly leakproof: boolean;
    readonly strict: boolean;
    readonly arguments: string;
    readonly returns: string | null;
    readonly source: string | null;
    readonly atomicBody: string | null;
  })[];
  readonly types: readonly (InSchema & {
    readonly kind: string;
    readonly defined: boolean;
    readonly relation: number;
    readonly array: number;
    readonly baseType: string | null;
    readonly notNull: boolean;
    readonly default: string | null;
  })[];
  readonly ranges: readonly { readonly oid: number; readonly subtype: string }[];
  readonly labels: readonly { readonly type: number; readonly label: string }[];
  readonly operators: readonly (Named & {
    readonly schema: number;
    readonly left: string | null;
    readonly right: string;
    readonly owner: number;
    readonly function: RoutineIdentity;
  })[];
  readonly casts: readonly {
    readonly oid: number;
    readonly source: string;
    readonly target: string;
    readonly context: string;
    readonly function: RoutineIdentity | null;
  }[];
  readonly policies: readonly (PartRow & {
    readonly command: string;
    readonly permissive: boolean;
    readonly roles: readonly number[];
    readonly using: string | null;
    readonly withCheck: string | null;
  })[];
  readonly triggers: readonly (PartRow & {
    readonly function: RoutineIdentity;
    readonly enabled: string;
    readonly type: number;
    readonly columns: readonly number[];
    readonly when: string | null;
    readonly constraint: boolean;
  })[];
  readonly eventTriggers: readonly (Named & {
    readonly owner: number;
    readonly event: string;
    readonly function: RoutineIdentity;
    readonly enabled: string;
    readonly tags: readonly string[];
  })[];
  readonly rules: readonly (PartRow & {
    readonly event: string;
    readonly instead: boolean;
    readonly enabled: string;
    readonly definition: string;
  })[];
  readonly defaultPrivileges: readonly {
    readonly role: number;
    readonly schema: number;
    readonly objects: string;
    readonly acl: AclItems;
  }[];
  readonly extensions: readonly (Named & { readonly owner: number; readonly schema: number })[];
  readonly wrappers: readonly (Owned & { readonly options: readonly string[] })[];
  readonly servers: readonly (Owned & { readonly wrapper: number; readonly options: readonly string[] })[];
  readonly userMappings: readonly {
    readonly user: number;
    readonly server: number;
    readonly options: readonly string[];
  }[];
  readonly publications: readonly (Named & {
    readonly owner: number;
    readonly allTables: boolean;
    readonly insert: boolean;
    readonly update: boolean;
    readonly delete: boolean;
    readonly truncate: boolean;
    readonly viaRoot: boolean;
  })[];
  readonly publishedSchemas: readonly { readonly publication: number; readonly schema: number }[];
  readonly publishedTables: readonly {
    readonly publication: number;
    readonly relation: number;
    readonly columns: readonly number[] | null;
    readonly where: string | null;
  }[];
  readonly subscriptions: readonly (Named & {
    readonly owner: number;
    readonly enabled: boolean;
    readonly connection: string;
    readonly publications: readonly string[];
    readonly passwordRequired: boolean | null;
    readonly runAsOwner: boolean | null;
  })[];
  readonly languages: readonly (Owned & { readonly trusted: boolean })[];
  readonly parameters: readonly { readonly name: string; readonly acl: AclItems }[];
  readonly largeObjects: readonly Owned[];
}

/** Objects of initdb, by kind. */
export interface BuiltinRows {
  readonly relation: readonly BuiltinRow[];
  readonly column: readonly BuiltinRow[];
  readonly function: readonly BuiltinRow[];
  readonly type: readonly BuiltinRow[];
}

/** For each of the rows its query, to run as superuser under search_path pg_catalog. */
export type Queries<Rows> = { readonly [Name in keyof Rows]: string };

type AclKind = "r" | "s" | "d" | "f" | "l" | "L" | "n" | "T" | "F" | "S";

const items = (acl: string) => `to_json((${acl})::text[])`;
const acl = (column: string, kind: AclKind, owner: string) =>
  items(`coalesce(${column}, acldefault('${kind}', ${owner}))`);
const list = (array: string) => `to_json(coalesce(${array}, '{}'))`;
const numbers = (array: string) => `to_json(${array}::int[])`;
const MADE = 16384;

/** The routine of that oid. */
const routine = (oid: string) =>
  `(SELECT json_build_object('schema', p.pronamespace::int, 'name', p.proname, 'args', oidvectortypes(p.proargtypes)) FROM pg_proc p WHERE p.oid = ${oid})`;

/** Also what a new cluster holds of these. */
export const SCHEMAS = `SELECT oid, nspname AS name, nspowner AS owner, ${acl("nspacl", "n", "nspowner")} AS acl, oid = pg_my_temp_schema() AS temporary FROM pg_namespace`;
export const LANGUAGES = `SELECT oid, lanname AS name, lanowner AS owner, ${acl("lanacl", "l", "lanowner")} AS acl, lanpltrusted AS trusted FROM pg_language`;
export const ROLES = `SELECT oid, rolname AS name, rolsuper AS superuser, rolinherit AS inherit, rolcreaterole AS "createRole", rolcreatedb AS "createDb",
  rolcanlogin AS login, rolreplication AS replication, rolbypassrls AS "bypassRls", rolconnlimit AS "connectionLimit",
  CASE WHEN rolpassword IS NULL THEN 'none' WHEN rolpassword ~ '^md5' THEN 'md5' ELSE 'scram' END AS password, rolvaliduntil::text AS "validUntil" FROM pg_authid`;
/** Members of extensions, and what belongs to something else. */
const DEPENDENCIES = `SELECT deptype::text AS kind, classid::regclass::text AS catalog, objid AS oid, refobjid AS of, refobjsubid AS column FROM pg_depend
  WHERE deptype = 'e' OR objid >= ${MADE} AND (deptype = 'i' AND (classid = 'pg_cast'::regclass OR classid = 'pg_proc'::regclass AND refclassid = 'pg_type'::regclass)
    OR deptype IN ('a', 'i') AND classid = 'pg_class'::regclass AND refclassid = 'pg_class'::regclass AND refobjsubid > 0)`;

/** Of the session, before anything is changed to read the rest. */
export const SESSION = `SELECT session_user AS "sessionUser", current_user AS "currentUser",
  current_setting('search_path') AS "searchPath", current_setting('row_security') AS "rowSecurity"`;

export function dumpQueries(version: number): Queries<DumpRows> {
  return {
    database: `SELECT oid, datname AS name, datdba AS owner, ${acl("datacl", "d", "datdba")} AS acl FROM pg_database WHERE datname = current_database()`,
    roles: ROLES,
    memberships: `SELECT member, roleid AS role, grantor, admin_option AS admin, ${
      version >= 16
        ? "inherit_option AS inherit, set_option AS set"
        : "(SELECT rolinherit FROM pg_authid WHERE oid = member) AS inherit, true AS set"
    } FROM pg_auth_members WHERE member >= ${MADE} OR roleid >= ${MADE}`,
    settings:
      "SELECT setrole AS role, (SELECT datname FROM pg_database WHERE oid = setdatabase) AS database, to_json(setconfig) AS settings FROM pg_db_role_setting",
    schemas: SCHEMAS,
    dependencies: DEPENDENCIES,
    relations: `SELECT oid, relnamespace AS schema, relname AS name, relkind::text AS kind, relowner AS owner, relpersistence::text AS persistence, relrowsecurity AS "rowSecurity",
      relforcerowsecurity AS "forceRowSecurity", ${list("reloptions")} AS options,
      ${items("CASE WHEN relkind IN ('i', 'I', 'c', 't') THEN '{}' ELSE coalesce(relacl, acldefault(CASE WHEN relkind = 'S' THEN 's' ELSE 'r' END::\"char\", relowner)) END")} AS acl,
      pg_get_expr(relpartbound, oid) AS "partitionBound", CASE WHEN relkind = 'p' THEN pg_get_partkeydef(oid) END AS "partitionKey",
      CASE WHEN relkind IN ('v', 'm') THEN pg_get_viewdef(oid) END AS query, CASE WHEN reloftype <> 0 THEN format_type(reloftype, NULL) END AS "ofType"
      FROM pg_class WHERE oid >= ${MADE}`,
    columns: `SELECT attrelid AS relation, attnum AS number, attname AS name, format_type(atttypid, atttypmod) AS type, attnotnull AS "notNull",
      CASE WHEN atthasdef THEN (SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef WHERE adrelid = attrelid AND adnum = attnum) END AS value,
      attgenerated::text AS generated, attidentity::text AS identity, attislocal AS local, attinhcount > 0 AS inherited, ${items("attacl")} AS acl
      FROM pg_attribute WHERE attrelid >= ${MADE} AND attnum > 0 AND NOT attisdropped ORDER BY attrelid, attnum`,
    inherits: "SELECT inhrelid AS child, inhparent AS parent FROM pg_inherits ORDER BY inhseqno",
    sequences: "SELECT seqrelid AS oid, format_type(seqtypid, NULL) AS type FROM pg_sequence",
    foreignTables: "SELECT ftrelid AS oid, ftserver AS server FROM pg_foreign_table",
    indexes: `SELECT indexrelid AS oid, indrelid AS relation, indisunique AS unique, indisprimary AS primary FROM pg_index WHERE indrelid >= ${MADE}`,
    constraints: `SELECT oid, conname AS name, conrelid AS relation, contypid AS domain, contype::text AS kind, pg_get_constraintdef(oid) AS definition FROM pg_constraint WHERE oid >= ${MADE}`,
    functions: `SELECT oid, pronamespace AS schema, proname AS name, oidvectortypes(proargtypes) AS args, prokind::text AS kind, proowner AS owner, prolang AS language, prosecdef AS "securityDefiner",
      ${list("proconfig")} AS settings, provolatile::text AS volatility, proleakproof AS leakproof, proisstrict AS strict, pg_get_function_arguments(oid) AS arguments,
      pg_get_function_result(oid) AS returns, CASE WHEN prokind <> 'a' AND prosqlbody IS NULL THEN prosrc END AS source, pg_get_function_sqlbody(oid) AS "atomicBody", ${acl("proacl", "f", "proowner")} AS acl
      FROM pg_proc WHERE oid >= ${MADE}`,
    types: `SELECT oid, typnamespace AS schema, typname AS name, typtype::text AS kind, typisdefined AS defined, typrelid AS relation, typarray AS array, typowner AS owner, ${acl("typacl", "T", "typowner")} AS acl,
      CASE typtype WHEN 'd' THEN format_type(typbasetype, typtypmod) END AS "baseType", typnotnull AS "notNull",
      CASE WHEN typtype = 'd' THEN coalesce(pg_get_expr(typdefaultbin, 0), typdefault) END AS default FROM pg_type WHERE oid >= ${MADE}`,
    ranges: `SELECT rngtypid AS oid, format_type(rngsubtype, NULL) AS subtype FROM pg_range WHERE rngtypid >= ${MADE}`,
    labels: "SELECT enumtypid AS type, enumlabel AS label FROM pg_enum ORDER BY enumsortorder",
    operators: `SELECT oid, oprnamespace AS schema, oprname AS name, CASE WHEN oprleft <> 0 THEN format_type(oprleft, NULL) END AS left, format_type(oprright, NULL) AS right,
      oprowner AS owner, ${routine("oprcode")} AS function FROM pg_operator WHERE oid >= ${MADE} AND oprcode <> 0`,
    casts: `SELECT oid, format_type(castsource, NULL) AS source, format_type(casttarget, NULL) AS target, castcontext::text AS context, ${routine("castfunc")} AS function FROM pg_cast WHERE oid >= ${MADE}`,
    policies: `SELECT oid, polname AS name, polrelid AS relation, polcmd::text AS command, polpermissive AS permissive, ${numbers("polroles")} AS roles,
      pg_get_expr(polqual, polrelid) AS using, pg_get_expr(polwithcheck, polrelid) AS "withCheck" FROM pg_policy`,
    // Before PostgreSQL 15 a partition's copies count as internal.
    triggers: `SELECT oid, tgname AS name, tgrelid AS relation, ${routine("tgfoid")} AS function, tgenabled::text AS enabled, tgtype AS type, ${numbers("tgattr::int2[]")} AS columns,
      substring(pg_get_triggerdef(oid) FROM ' WHEN \\((.*)\\) EXECUTE FUNCTION ') AS when, tgconstraint <> 0 AS constraint
      FROM pg_trigger WHERE tgrelid >= ${MADE} AND (NOT tgisinternal OR (tgparentid <> 0 AND tgconstraint = 0))`,
    eventTriggers: `SELECT oid, evtname AS name, evtowner AS owner, evtevent AS event, ${routine("evtfoid")} AS function, evtenabled::text AS enabled, ${list("evttags")} AS tags FROM pg_event_trigger WHERE oid >= ${MADE}`,
    rules: `SELECT oid, rulename AS name, ev_class AS relation, ev_type::text AS event, is_instead AS instead, ev_enabled::text AS enabled, pg_get_ruledef(oid) AS definition
      FROM pg_rewrite WHERE rulename <> '_RETURN' AND ev_class >= ${MADE}`,
    defaultPrivileges: `SELECT defaclrole AS role, defaclnamespace AS schema, defaclobjtype::text AS objects, ${items("defaclacl")} AS acl FROM pg_default_acl`,
    extensions: `SELECT oid, extname AS name, extowner AS owner, extnamespace AS schema FROM pg_extension WHERE oid >= ${MADE}`,
    wrappers: `SELECT oid, fdwname AS name, fdwowner AS owner, ${acl("fdwacl", "F", "fdwowner")} AS acl, ${list("fdwoptions")} AS options FROM pg_foreign_data_wrapper`,
    servers: `SELECT oid, srvname AS name, srvowner AS owner, srvfdw AS wrapper, ${acl("srvacl", "S", "srvowner")} AS acl, ${list("srvoptions")} AS options FROM pg_foreign_server`,
    userMappings: `SELECT umuser AS user, umserver AS server, ${list("umoptions")} AS options FROM pg_user_mapping`,
    publications: `SELECT oid, pubname AS name, pubowner AS owner, puballtables AS "allTables", pubinsert AS insert, pubupdate AS update, pubdelete AS delete, pubtruncate AS truncate, pubviaroot AS "viaRoot" FROM pg_publication`,
    publishedSchemas:
      version >= 15
        ? "SELECT pnpubid AS publication, pnnspid AS schema FROM pg_publication_namespace"
        : "SELECT 0 AS publication, 0 AS schema WHERE false",
    publishedTables: `SELECT prpubid AS publication, prrelid AS relation, ${
      version >= 15
        ? `${numbers("prattrs::int2[]")} AS columns, pg_get_expr(prqual, prrelid) AS where`
        : "NULL::json AS columns, NULL AS where"
    } FROM pg_publication_rel`,
    subscriptions: `SELECT oid, subname AS name, subowner AS owner, subenabled AS enabled, subconninfo AS connection, to_json(subpublications) AS publications, ${
      version >= 16
        ? 'subpasswordrequired AS "passwordRequired", subrunasowner AS "runAsOwner"'
        : 'NULL::bool AS "passwordRequired", NULL::bool AS "runAsOwner"'
    } FROM pg_subscription`,
    languages: LANGUAGES,
    parameters:
      version >= 15
        ? `SELECT parname AS name, ${items("paracl")} AS acl FROM pg_parameter_acl`
        : "SELECT '' AS name, '[]'::json AS acl WHERE false",
    largeObjects: `SELECT oid, oid::text AS name, lomowner AS owner, ${acl("lomacl", "L", "lomowner")} AS acl FROM pg_largeobject_metadata`,
  };
}

/**
 * Objects of initdb: all that have an ACL or, with `since`, those whose row was written by a transaction from that number on.
 */
export function builtinQueries(since: number | null): Queries<BuiltinRows> {
  const filter = (column: string) =>
    since === null ? `${column} IS NOT NULL` : `age(xmin) <= (SELECT age('${since}'::xid))`;
  const acls = (column: string, kind: AclKind, owner: string) =>
    `${owner} AS owner, ${acl(column, kind, owner)} AS acl, ${items(`acldefault('${kind}', ${owner})`)} AS initial`;
  return {
    relation: `SELECT relnamespace AS schema, relname AS name, NULL AS args, NULL AS column, ${acls("relacl", "r", "relowner")}
      FROM pg_class WHERE oid < ${MADE} AND relkind IN ('r', 'v') AND ${filter("relacl")}`,
    column: `SELECT c.relnamespace AS schema, c.relname AS name, NULL AS args, a.attname AS column, c.relowner AS owner, ${items("a.attacl")} AS acl, NULL::json AS initial
      FROM (SELECT attrelid, attname, attacl FROM pg_attribute WHERE attrelid < ${MADE} AND ${filter("attacl")} OFFSET 0) a JOIN pg_class c ON c.oid = a.attrelid WHERE c.relkind IN ('r', 'v')`,
    function: `SELECT pronamespace AS schema, proname AS name, oidvectortypes(proargtypes) AS args, NULL AS column, ${acls("proacl", "f", "proowner")}
      FROM pg_proc WHERE oid < ${MADE} AND ${filter("proacl")}`,
    type: `SELECT typnamespace AS schema, typname AS name, NULL AS args, NULL AS column, ${acls("typacl", "T", "typowner")}
      FROM pg_type WHERE oid < ${MADE} AND ${filter("typacl")}`,
  };
}
