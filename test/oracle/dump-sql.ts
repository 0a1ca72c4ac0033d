/** The SQL that reads a Dump. One query for the whole, so that it is cheap enough to run after thousands of histories. */

/**
 * A name, in quotes unless it is plain (`[a-z_][a-z0-9_$]*`). Not quote_ident, which quotes keywords too, and not the same ones in
 * all versions.
 */
export const quote = (name: string) =>
  `(CASE WHEN ${name} ~ '^[a-z_][a-z0-9_$]*$' THEN ${name}::text ELSE concat('"', replace(${name}::text, '"', '""'), '"') END)`;

/** A role's name; `PUBLIC` for 0. */
const role = (oid: string) =>
  `CASE WHEN ${oid} = 0 THEN 'PUBLIC' ELSE ${quote(`pg_get_userbyid(${oid})`)} END`;

const sorted = (text: string, from: string) =>
  `(SELECT coalesce(json_agg(x.line ORDER BY x.line COLLATE "C"), '[]') FROM (SELECT ${text} AS line FROM ${from}) x)`;

type AclKind = "r" | "s" | "d" | "f" | "l" | "L" | "n" | "T" | "F" | "S";

/** AclLines of an ACL column; `kind` is acldefault's, null: no default. */
function acl(column: string, kind: AclKind | null, owner: string): string {
  const items = kind === null ? column : `coalesce(${column}, acldefault('${kind}', ${owner}))`;
  return sorted(
    `concat_ws(' ', ${role("a.grantee")}, a.privilege_type, ${role("a.grantor")}, CASE WHEN a.is_grantable THEN 'grantable' END)`,
    `aclexplode(${items}) a`,
  );
}

/** One section: an object by key. */
const section = (name: string, key: string, value: string, from: string) =>
  `'${name}', (SELECT coalesce(json_object_agg(k, v ORDER BY k COLLATE "C"), '{}') FROM (SELECT ${key} AS k, ${value} AS v FROM ${from}) q)`;

const object = (fields: Readonly<Record<string, string>>) =>
  `json_build_object(${Object.entries(fields)
    .map(([name, sql]) => `'${name}', ${sql}`)
    .join(", ")})`;

const choose = (value: string, choices: Readonly<Record<string, string>>) =>
  `CASE ${value} ${Object.entries(choices)
    .map(([from, to]) => `WHEN '${from}' THEN '${to}'`)
    .join(" ")} END`;

const FIRING = { O: "origin", D: "disabled", R: "replica", A: "always" };
const list = (array: string) => sorted("u", `unnest(${array}) u`);
const functionName = (oid: string) => `(SELECT fn.name FROM fn WHERE fn.oid = ${oid})`;
const relationName = (oid: string) => `(SELECT rel.name FROM rel WHERE rel.oid = ${oid})`;
const made = (oid: string, catalog: string) =>
  `${oid} >= 16384 AND NOT EXISTS (SELECT FROM member m WHERE m.classid = '${catalog}'::regclass AND m.objid = ${oid})`;
const WITH = `WITH
  ns AS MATERIALIZED (SELECT oid, CASE WHEN oid = pg_my_temp_schema() THEN 'pg_temp' ELSE ${quote("nspname")} END AS name FROM pg_namespace),
  member AS MATERIALIZED (SELECT classid, objid FROM pg_depend WHERE deptype = 'e'),
  rel AS MATERIALIZED (SELECT c.oid, concat(ns.name, '.', ${quote("c.relname")}) AS name FROM pg_class c JOIN ns ON ns.oid = c.relnamespace WHERE c.oid >= 16384),
  fn AS NOT MATERIALIZED (SELECT p.oid, concat(ns.name, '.', ${quote("p.proname")}, '(', oidvectortypes(p.proargtypes), ')') AS name FROM pg_proc p JOIN ns ON ns.oid = p.pronamespace)`;

const KIND = {
  r: "table",
  p: "partitioned-table",
  v: "view",
  m: "materialized-view",
  S: "sequence",
  f: "foreign-table",
};
const SEQUENCE_ACL = (column: string, owner: string) =>
  `CASE WHEN c.relkind = 'S' THEN ${acl(column, "s", owner)} ELSE ${acl(column, "r", owner)} END`;

/**
 * SELECT … AS dump for a major version of PostgreSQL, to run as superuser under search_path pg_catalog. `since` is the first
 * transaction after initdb. Schemas and languages of initdb are all in it; members of extensions with `members` only.
 */
export function dumpQuery(version: number, since: number, members = false): string {
  const sections = [
    section(
      "roles",
      quote("r.rolname"),
      object({
        superuser: "r.rolsuper",
        inherit: "r.rolinherit",
        createRole: "r.rolcreaterole",
        createDb: "r.rolcreatedb",
        login: "r.rolcanlogin",
        replication: "r.rolreplication",
        bypassRls: "r.rolbypassrls",
        connectionLimit: "r.rolconnlimit",
        password:
          "CASE WHEN r.rolpassword IS NULL THEN 'none' WHEN r.rolpassword ~ '^md5' THEN 'md5' ELSE 'scram' END",
        validUntil: "r.rolvaliduntil::text",
      }),
      "pg_authid r WHERE r.oid >= 16384",
    ),
    section(
      "memberships",
      `format('%s IN %s BY %s', ${role("m.member")}, ${role("m.roleid")}, ${role("m.grantor")})`,
      version >= 16
        ? object({ admin: "m.admin_option", inherit: "m.inherit_option", set: "m.set_option" })
        : object({
            admin: "m.admin_option",
            inherit: "(SELECT rolinherit FROM pg_authid WHERE oid = m.member)",
            set: "true",
          }),
      "pg_auth_members m WHERE m.member >= 16384 OR m.roleid >= 16384",
    ),
    section(
      "settings",
      `concat_ws(' IN ', CASE WHEN s.setrole <> 0 THEN concat('role ', ${role("s.setrole")}) WHEN s.setdatabase = 0 THEN 'all roles' END, (SELECT concat('database ', ${quote("datname")}) FROM pg_database d WHERE d.oid = s.setdatabase))`,
      list("s.setconfig"),
      "pg_db_role_setting s",
    ),
    `'database', (SELECT ${object({ name: quote("d.datname"), owner: role("d.datdba"), acl: acl("d.datacl", "d", "d.datdba") })} FROM pg_database d WHERE d.datname = current_database())`,
    schemas(),
    relations(),
    section(
      "indexes",
      "rel.name",
      object({ relation: relationName("i.indrelid"), unique: "i.indisunique", primary: "i.indisprimary" }),
      `pg_index i JOIN rel ON rel.oid = i.indexrelid WHERE ${made("i.indrelid", "pg_class")} AND rel.name !~ '^pg_toast'`,
    ),
    section(
      "constraints",
      `concat(${quote("k.conname")}, ' ON ', coalesce(rel.name, (SELECT concat('domain ', ns.name, '.', ${quote("t.typname")}) FROM pg_type t JOIN ns ON ns.oid = t.typnamespace WHERE t.oid = k.contypid)))`,
      object({
        kind: choose("k.contype", {
          c: "check",
          f: "foreign-key",
          n: "not-null",
          p: "primary-key",
          u: "unique",
          t: "trigger",
          x: "exclusion",
        }),
        definition: "pg_get_constraintdef(k.oid)",
      }),
      `pg_constraint k LEFT JOIN rel ON rel.oid = k.conrelid WHERE k.oid >= 16384
        AND NOT EXISTS (SELECT FROM member m WHERE m.objid = coalesce(nullif(k.conrelid, 0), k.contypid) AND m.classid IN ('pg_class'::regclass, 'pg_type'::regclass))`,
    ),
    functions(),
    types(),
    section(
      "operators",
      `concat(ns.name, '.', o.oprname, '(', CASE WHEN o.oprleft = 0 THEN 'NONE' ELSE format_type(o.oprleft, NULL) END, ', ', format_type(o.oprright, NULL), ')')`,
      object({ owner: role("o.oprowner"), function: functionName("o.oprcode") }),
      `pg_operator o JOIN ns ON ns.oid = o.oprnamespace WHERE ${made("o.oid", "pg_operator")} AND o.oprcode <> 0`,
    ),
    section(
      "casts",
      "format('(%s AS %s)', format_type(c.castsource, NULL), format_type(c.casttarget, NULL))",
      object({
        context: choose("c.castcontext", { i: "implicit", a: "assignment", e: "explicit" }),
        function: `CASE WHEN c.castfunc <> 0 THEN ${functionName("c.castfunc")} END`,
      }),
      // The cast of a range type to its multirange comes and goes with it and belongs to it.
      `pg_cast c WHERE ${made("c.oid", "pg_cast")}
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_cast'::regclass AND d.objid = c.oid AND d.deptype = 'i')`,
    ),
    section(
      "policies",
      `concat(${quote("p.polname")}, ' ON ', rel.name)`,
      object({
        command: choose("p.polcmd", { "*": "ALL", r: "SELECT", a: "INSERT", w: "UPDATE", d: "DELETE" }),
        permissive: "p.polpermissive",
        roles: sorted(role("u"), "unnest(p.polroles) u"),
        using: "pg_get_expr(p.polqual, p.polrelid)",
        withCheck: "pg_get_expr(p.polwithcheck, p.polrelid)",
      }),
      "pg_policy p JOIN rel ON rel.oid = p.polrelid",
    ),
    triggers(),
    section(
      "eventTriggers",
      quote("e.evtname"),
      object({
        owner: role("e.evtowner"),
        event: "e.evtevent",
        function: functionName("e.evtfoid"),
        enabled: choose("e.evtenabled", FIRING),
        tags: list("e.evttags"),
      }),
      `pg_event_trigger e WHERE ${made("e.oid", "pg_event_trigger")}`,
    ),
    section(
      "rules",
      `concat(${quote("r.rulename")}, ' ON ', rel.name)`,
      object({
        event: choose("r.ev_type", { "1": "SELECT", "2": "UPDATE", "3": "INSERT", "4": "DELETE" }),
        instead: "r.is_instead",
        enabled: choose("r.ev_enabled", FIRING),
        definition: "pg_get_ruledef(r.oid)",
      }),
      `pg_rewrite r JOIN rel ON rel.oid = r.ev_class WHERE r.rulename <> '_RETURN' AND ${made("r.ev_class", "pg_class")}`,
    ),
    section(
      "defaultPrivileges",
      `concat('role ', ${role("d.defaclrole")}, (SELECT concat(' IN schema ', ns.name) FROM ns WHERE ns.oid = d.defaclnamespace), ' ON ', ${choose(
        "d.defaclobjtype",
        { r: "TABLES", S: "SEQUENCES", f: "FUNCTIONS", T: "TYPES", n: "SCHEMAS", L: "LARGE OBJECTS" },
      )})`,
      acl("d.defaclacl", null, "d.defaclrole"),
      "pg_default_acl d",
    ),
    section(
      "extensions",
      quote("e.extname"),
      object({ owner: role("e.extowner"), schema: "(SELECT ns.name FROM ns WHERE ns.oid = e.extnamespace)" }),
      "pg_extension e WHERE e.oid >= 16384",
    ),
    section(
      "foreignDataWrappers",
      quote("f.fdwname"),
      object({
        owner: role("f.fdwowner"),
        acl: acl("f.fdwacl", "F", "f.fdwowner"),
        options: list("f.fdwoptions"),
      }),
      `pg_foreign_data_wrapper f WHERE ${made("f.oid", "pg_foreign_data_wrapper")}`,
    ),
    section(
      "foreignServers",
      quote("s.srvname"),
      object({
        wrapper: `(SELECT ${quote("f.fdwname")} FROM pg_foreign_data_wrapper f WHERE f.oid = s.srvfdw)`,
        owner: role("s.srvowner"),
        acl: acl("s.srvacl", "S", "s.srvowner"),
        options: list("s.srvoptions"),
      }),
      `pg_foreign_server s WHERE ${made("s.oid", "pg_foreign_server")}`,
    ),
    section(
      "userMappings",
      `concat(${role("u.umuser")}, ' SERVER ', (SELECT ${quote("s.srvname")} FROM pg_foreign_server s WHERE s.oid = u.umserver))`,
      list("u.umoptions"),
      "pg_user_mapping u",
    ),
    publications(version),
    section(
      "subscriptions",
      quote("s.subname"),
      object({
        owner: role("s.subowner"),
        enabled: "s.subenabled",
        connection: "s.subconninfo",
        publications: list("s.subpublications"),
        passwordRequired: version >= 16 ? "s.subpasswordrequired" : "NULL::bool",
        runAsOwner: version >= 16 ? "s.subrunasowner" : "NULL::bool",
      }),
      "pg_subscription s",
    ),
    builtins(since),
    languages(),
    version >= 15
      ? section("parameters", "p.parname", acl("p.paracl", null, "10"), "pg_parameter_acl p")
      : "'parameters', '{}'::json",
    section(
      "largeObjects",
      "l.oid::text",
      object({ owner: role("l.lomowner"), acl: acl("l.lomacl", "L", "l.lomowner") }),
      "pg_largeobject_metadata l",
    ),
  ];
  const withMembers = WITH.replace("WHERE deptype = 'e'", "WHERE false");
  return `${members ? withMembers : WITH}\nSELECT json_build_object(${sections.join(",\n")}) AS dump`;
}

function schemas(): string {
  return section(
    "schemas",
    "ns.name",
    object({ owner: role("n.nspowner"), acl: acl("n.nspacl", "n", "n.nspowner") }),
    `pg_namespace n JOIN ns USING (oid) WHERE n.nspname !~ '^pg_(toast_)?temp_' AND (n.oid < 16384 OR (${made("n.oid", "pg_namespace")}))`,
  );
}

function languages(): string {
  return section(
    "languages",
    quote("l.lanname"),
    object({
      owner: role("l.lanowner"),
      acl: acl("l.lanacl", "l", "l.lanowner"),
      trusted: "l.lanpltrusted",
    }),
    `pg_language l WHERE l.oid < 16384 OR (${made("l.oid", "pg_language")})`,
  );
}

function relations(): string {
  const columns = `(SELECT coalesce(json_agg(${object({
    name: quote("a.attname"),
    type: "format_type(a.atttypid, a.atttypmod)",
    notNull: "a.attnotnull",
    default: "CASE WHEN a.attgenerated = '' THEN pg_get_expr(d.adbin, d.adrelid) END",
    generated: "CASE WHEN a.attgenerated <> '' THEN pg_get_expr(d.adbin, d.adrelid) END",
    identity: choose("a.attidentity", { a: "always", d: "by-default" }),
    local: "a.attislocal",
    inherited: "a.attinhcount > 0",
    acl: acl("a.attacl", null, "c.relowner"),
  })} ORDER BY a.attnum), '[]')
    FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND c.relkind <> 'S')`;
  return section(
    "relations",
    "rel.name",
    object({
      kind: choose("c.relkind", KIND),
      owner: role("c.relowner"),
      persistence: choose("c.relpersistence", { p: "permanent", u: "unlogged", t: "temporary" }),
      columns,
      rowSecurity: "c.relrowsecurity",
      forceRowSecurity: "c.relforcerowsecurity",
      options: list("c.reloptions"),
      acl: SEQUENCE_ACL("c.relacl", "c.relowner"),
      parents: `(SELECT coalesce(json_agg(${relationName("i.inhparent")} ORDER BY i.inhseqno), '[]') FROM pg_inherits i WHERE i.inhrelid = c.oid)`,
      partitionBound: "pg_get_expr(c.relpartbound, c.oid)",
      partitionKey: "CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) END",
      query: "CASE WHEN c.relkind IN ('v', 'm') THEN pg_get_viewdef(c.oid) END",
      ownedBy: `(SELECT json_build_object('column', concat(${relationName("d.refobjid")}, '.', ${quote("a.attname")}), 'how', CASE d.deptype WHEN 'i' THEN 'identity' ELSE 'serial' END)
        FROM pg_depend d JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
        WHERE c.relkind = 'S' AND d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i'))`,
      sequenceType: "(SELECT format_type(s.seqtypid, NULL) FROM pg_sequence s WHERE s.seqrelid = c.oid)",
      server: `(SELECT ${quote("s.srvname")} FROM pg_foreign_table f JOIN pg_foreign_server s ON s.oid = f.ftserver WHERE f.ftrelid = c.oid)`,
      ofType: "CASE WHEN c.reloftype <> 0 THEN format_type(c.reloftype, NULL) END",
    }),
    `pg_class c JOIN rel ON rel.oid = c.oid WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND c.relnamespace <> 'pg_toast'::regnamespace AND ${made("c.oid", "pg_class")}`,
  );
}

function functions(): string {
  return section(
    "functions",
    "fn.name",
    object({
      kind: choose("p.prokind", { f: "function", p: "procedure", a: "aggregate", w: "window" }),
      owner: role("p.proowner"),
      language: `(SELECT ${quote("l.lanname")} FROM pg_language l WHERE l.oid = p.prolang)`,
      securityDefiner: "p.prosecdef",
      settings: list("p.proconfig"),
      volatility: choose("p.provolatile", { i: "immutable", s: "stable", v: "volatile" }),
      leakproof: "p.proleakproof",
      strict: "p.proisstrict",
      arguments: "pg_get_function_arguments(p.oid)",
      returns: "pg_get_function_result(p.oid)",
      source: "CASE WHEN p.prokind <> 'a' AND p.prosqlbody IS NULL THEN p.prosrc END",
      atomicBody: "pg_get_function_sqlbody(p.oid)",
      acl: acl("p.proacl", "f", "p.proowner"),
    }),
    // The constructors of a range type come and go with it and belong to it.
    `pg_proc p JOIN fn ON fn.oid = p.oid WHERE ${made("p.oid", "pg_proc")}
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'i' AND d.refclassid = 'pg_type'::regclass)`,
  );
}

function types(): string {
  return section(
    "types",
    `concat(ns.name, '.', ${quote("t.typname")})`,
    object({
      kind: `CASE WHEN NOT t.typisdefined THEN 'shell' ELSE ${choose("t.typtype", { b: "base", c: "composite", d: "domain", e: "enum", r: "range" })} END`,
      owner: role("t.typowner"),
      acl: acl("t.typacl", "T", "t.typowner"),
      baseType: `CASE t.typtype WHEN 'd' THEN format_type(t.typbasetype, t.typtypmod)
        WHEN 'r' THEN (SELECT format_type(r.rngsubtype, NULL) FROM pg_range r WHERE r.rngtypid = t.oid) END`,
      labels:
        "(SELECT coalesce(json_agg(e.enumlabel ORDER BY e.enumsortorder), '[]') FROM pg_enum e WHERE e.enumtypid = t.oid)",
      attributes: `(SELECT coalesce(json_agg(concat(${quote("a.attname")}, ' ', format_type(a.atttypid, a.atttypmod)) ORDER BY a.attnum), '[]')
        FROM pg_attribute a WHERE t.typtype = 'c' AND a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped)`,
      notNull: "t.typnotnull",
      default: "CASE WHEN t.typtype = 'd' THEN coalesce(pg_get_expr(t.typdefaultbin, 0), t.typdefault) END",
    }),
    `pg_type t JOIN ns ON ns.oid = t.typnamespace LEFT JOIN pg_class c ON c.oid = t.typrelid
      WHERE ${made("t.oid", "pg_type")} AND t.typtype <> 'm' AND (c.oid IS NULL OR c.relkind = 'c')
      AND NOT EXISTS (SELECT FROM pg_type e WHERE e.typarray = t.oid)`,
  );
}

function triggers(): string {
  return section(
    "triggers",
    `concat(${quote("t.tgname")}, ' ON ', rel.name)`,
    object({
      function: functionName("t.tgfoid"),
      enabled: choose("t.tgenabled", FIRING),
      timing:
        "CASE WHEN t.tgtype & 2 <> 0 THEN 'BEFORE' WHEN t.tgtype & 64 <> 0 THEN 'INSTEAD OF' ELSE 'AFTER' END",
      events: `to_json(array_remove(ARRAY[CASE WHEN t.tgtype & 4 <> 0 THEN 'INSERT' END, CASE WHEN t.tgtype & 16 <> 0 THEN 'UPDATE' END,
        CASE WHEN t.tgtype & 8 <> 0 THEN 'DELETE' END, CASE WHEN t.tgtype & 32 <> 0 THEN 'TRUNCATE' END], NULL))`,
      forEach: "CASE WHEN t.tgtype & 1 <> 0 THEN 'ROW' ELSE 'STATEMENT' END",
      columns: sorted(
        quote("a.attname"),
        "pg_attribute a WHERE a.attrelid = t.tgrelid AND a.attnum = ANY (t.tgattr)",
      ),
      when: "substring(pg_get_triggerdef(t.oid) FROM ' WHEN \\((.*)\\) EXECUTE FUNCTION ')",
      constraint: "t.tgconstraint <> 0",
    }),
    // Before PostgreSQL 15 a partition's copies count as internal.
    `pg_trigger t JOIN rel ON rel.oid = t.tgrelid WHERE (NOT t.tgisinternal OR (t.tgparentid <> 0 AND t.tgconstraint = 0)) AND ${made("t.tgrelid", "pg_class")}`,
  );
}

function publications(version: number): string {
  const columns =
    version >= 15
      ? `(SELECT json_agg(${quote("a.attname")} ORDER BY a.attnum) FROM pg_attribute a WHERE a.attrelid = r.prrelid AND a.attnum = ANY (r.prattrs))`
      : "NULL::json";
  return section(
    "publications",
    quote("p.pubname"),
    object({
      owner: role("p.pubowner"),
      allTables: "p.puballtables",
      publishes:
        "to_json(array_remove(ARRAY[CASE WHEN p.pubinsert THEN 'insert' END, CASE WHEN p.pubupdate THEN 'update' END, CASE WHEN p.pubdelete THEN 'delete' END, CASE WHEN p.pubtruncate THEN 'truncate' END], NULL))",
      viaRoot: "p.pubviaroot",
      schemas:
        version >= 15
          ? sorted(
              "ns.name",
              "pg_publication_namespace pn JOIN ns ON ns.oid = pn.pnnspid WHERE pn.pnpubid = p.oid",
            )
          : "'[]'::json",
      tables: `(SELECT coalesce(json_agg(json_build_object('name', rel.name, 'columns', ${columns}, 'where', ${
        version >= 15 ? "pg_get_expr(r.prqual, r.prrelid)" : "NULL"
      }) ORDER BY rel.name COLLATE "C"), '[]') FROM pg_publication_rel r JOIN rel ON rel.oid = r.prrelid WHERE r.prpubid = p.oid)`,
    }),
    "pg_publication p",
  );
}

/**
 * Objects of initdb. All that have an ACL or, with `since`, those whose row was written by a transaction from that number
 * on; these with a note whether they are now as an object without an ACL is.
 */
function builtins(since: number | null): string {
  const part = (
    name: string,
    catalog: string,
    alias: string,
    column: string,
    kind: AclKind | null,
    owner: string,
  ) => {
    const fields = { owner: role(owner), acl: acl(column, kind, owner) };
    const plain = `(${owner} = 10 AND ${acl(column, kind, owner)}::text = ${acl("NULL::aclitem[]", kind, owner)}::text)`;
    const filter = since === null ? `${column} IS NOT NULL` : `${alias}.xmin::text::bigint >= ${since}`;
    return `SELECT ${name} AS name, ${object(since === null ? fields : { ...fields, plain })} AS value FROM ${catalog} AND ${filter}`;
  };
  const parts = [
    part(
      `concat('relation ', ns.name, '.', ${quote("c.relname")})`,
      "pg_class c JOIN ns ON ns.oid = c.relnamespace WHERE c.oid < 16384 AND c.relkind IN ('r', 'v')",
      "c",
      "c.relacl",
      "r",
      "c.relowner",
    ),
    part(
      `concat('column ', ns.name, '.', ${quote("c.relname")}, '.', ${quote("a.attname")})`,
      "pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN ns ON ns.oid = c.relnamespace WHERE a.attrelid < 16384 AND c.relkind IN ('r', 'v')",
      "a",
      "a.attacl",
      null,
      "c.relowner",
    ),
    part(
      "concat('function ', fn.name)",
      "pg_proc p JOIN fn ON fn.oid = p.oid WHERE p.oid < 16384",
      "p",
      "p.proacl",
      "f",
      "p.proowner",
    ),
    part(
      `concat('type ', ns.name, '.', ${quote("t.typname")})`,
      "pg_type t JOIN ns ON ns.oid = t.typnamespace WHERE t.oid < 16384",
      "t",
      "t.typacl",
      "T",
      "t.typowner",
    ),
  ];
  return section("builtins", "b.name", "b.value", `(${parts.join(" UNION ALL ")}) b`);
}

/** SELECT … AS initial of a new cluster: what the dump of later states leaves out. */
export function initialQuery(): string {
  return `${WITH}
SELECT json_build_object('xid', pg_current_xact_id()::text::bigint, ${[schemas(), languages(), builtins(null)].join(",\n")}) AS initial`;
}
