/**
 * The state of a database as plain data: what the static catalog models, in a form in which two of them can be compared.
 *
 * What is in it: every object that initdb did not make. Of initdb's own objects only those whose owner or ACL was changed
 * (`builtins`), and always the schema `public` and the database.
 *
 * Names in keys and values: always qualified; in double quotes (a quote in them doubled) unless they match
 * `[a-z_][a-z0-9_$]*`, so keywords are not quoted; the session's temporary schema is called `pg_temp`. Types as format_type shows
 * them: qualified unless in pg_catalog, keywords quoted, without a type modifier in keys (`integer`, `app.mood[]`). Every list is sorted as JavaScript's sort() does unless its comment says that its order means something.
 * Texts that PostgreSQL deparses (defaults, policies, view queries) are as its pg_get_… functions write them under
 * `search_path = pg_catalog`.
 *
 * Members of extensions are left out.
 */

/** A role's name, quoted as all names. A name of an owner that no longer exists cannot occur. */
export type RoleName = string;

/**
 * One privilege of one grantee from one grantor: `grantee PRIVILEGE grantor`, followed by ` grantable` when it comes with
 * grant option: `anon SELECT postgres`. The grantee is `PUBLIC` for PUBLIC; a role of that name is `"PUBLIC"`. Privileges are
 * spelled as aclexplode does: SELECT, TEMPORARY, SET, ALTER SYSTEM.
 */
export type AclLine = string;

/** An ACL after expansion: a NULL acl column and the same privileges written out are equal. Column ACLs have no default. */
export type AclLines = readonly AclLine[];

/** `name=value` as in proconfig: the name as PostgreSQL stores it (`DateStyle`), lists joined and quoted. */
export type SettingText = string;

export interface Dump {
  /** At the end of the script, before the dump. */
  readonly session: SessionDump;
  /** By role name. The bootstrap superuser and predefined roles are left out. */
  readonly roles: Readonly<Record<RoleName, RoleDump>>;
  /** By `member IN role BY grantor`; initdb's own memberships are left out. */
  readonly memberships: Readonly<Record<string, MembershipDump>>;
  /** pg_db_role_setting by `role R`, `database D`, `role R IN database D` or `all roles`. */
  readonly settings: Readonly<Record<string, readonly SettingText[]>>;
  /** This database. */
  readonly database: { readonly name: string; readonly owner: RoleName; readonly acl: AclLines };
  /** User-made ones, `public`, and other schemas of initdb when somebody changed them. Not temporary schemas. */
  readonly schemas: Readonly<Record<string, OwnedDump>>;
  /** Tables of all kinds, views, materialized views, sequences, foreign tables, by qualified name. Not indexes, not composite types. */
  readonly relations: Readonly<Record<string, RelationDump>>;
  /** By qualified name. */
  readonly indexes: Readonly<Record<string, IndexDump>>;
  /** By `name ON relation`, or `name ON domain D`. */
  readonly constraints: Readonly<Record<string, ConstraintDump>>;
  /** Functions, procedures, aggregates, window functions by identity: `app.f(integer, text[])`, input types only (oidvectortypes). */
  readonly functions: Readonly<Record<string, FunctionDump>>;
  /** Enums, domains, composite, range, base and shell types, by qualified name; not array, multirange and row types. */
  readonly types: Readonly<Record<string, TypeDump>>;
  /** By `app.@@(left, right)`; `NONE` for no left operand. */
  readonly operators: Readonly<Record<string, { readonly owner: RoleName; readonly function: string }>>;
  /** By `(source AS target)`; the casts of range types to their multiranges are left out. */
  readonly casts: Readonly<Record<string, CastDump>>;
  /** By `name ON relation`. */
  readonly policies: Readonly<Record<string, PolicyDump>>;
  /** By `name ON relation`; internal triggers (of constraints) are left out, copies on partitions are not. */
  readonly triggers: Readonly<Record<string, TriggerDump>>;
  readonly eventTriggers: Readonly<Record<string, EventTriggerDump>>;
  /** By `name ON relation`; the rules that make views (`_RETURN`) are left out. */
  readonly rules: Readonly<Record<string, RuleDump>>;
  /**
   * pg_default_acl by `role R ON FUNCTIONS` (global) or `role R IN schema S ON FUNCTIONS`; TABLES, SEQUENCES, FUNCTIONS, TYPES,
   * SCHEMAS, LARGE OBJECTS. A global list is what new objects get instead of the built-in default, a schema's list what
   * they get besides. Entries equal to the built-in default do not exist.
   */
  readonly defaultPrivileges: Readonly<Record<string, AclLines>>;
  readonly extensions: Readonly<Record<string, { readonly owner: RoleName; readonly schema: string }>>;
  readonly foreignDataWrappers: Readonly<Record<string, OptionsDump>>;
  readonly foreignServers: Readonly<Record<string, OptionsDump & { readonly wrapper: string }>>;
  /** By `role SERVER name`, the role `PUBLIC` for PUBLIC; values are `name=value`. */
  readonly userMappings: Readonly<Record<string, readonly string[]>>;
  readonly publications: Readonly<Record<string, PublicationDump>>;
  readonly subscriptions: Readonly<Record<string, SubscriptionDump>>;
  /**
   * initdb's own objects whose owner or ACL is not what it was: `relation pg_catalog.pg_authid`, `column pg_catalog.pg_authid.rolname` (the
   * owner is the relation's), `function pg_catalog.pg_read_file(text)`, `type pg_catalog.int4`.
   */
  readonly builtins: Readonly<Record<string, OwnedDump>>;
  /** Languages that initdb did not make, or made and somebody changed. */
  readonly languages: Readonly<Record<string, OwnedDump & { readonly trusted: boolean }>>;
  /** pg_parameter_acl by parameter name. */
  readonly parameters: Readonly<Record<string, AclLines>>;
  /** By oid. */
  readonly largeObjects: Readonly<Record<string, OwnedDump>>;
}

export interface SessionDump {
  readonly sessionUser: RoleName;
  readonly currentUser: RoleName;
  /** current_setting('search_path'), as SHOW prints it. */
  readonly searchPath: string;
  /** current_setting('row_security'). */
  readonly rowSecurity: string;
}

export interface OwnedDump {
  readonly owner: RoleName;
  readonly acl: AclLines;
}

export interface OptionsDump extends OwnedDump {
  /** `name=value`, sorted. */
  readonly options: readonly string[];
}

export interface RoleDump {
  readonly superuser: boolean;
  readonly inherit: boolean;
  readonly createRole: boolean;
  readonly createDb: boolean;
  readonly login: boolean;
  readonly replication: boolean;
  readonly bypassRls: boolean;
  /** -1: no limit. */
  readonly connectionLimit: number;
  readonly password: "none" | "md5" | "scram";
  /** rolvaliduntil as text; null when it never ends. */
  readonly validUntil: string | null;
}

export interface MembershipDump {
  readonly admin: boolean;
  /** Before PostgreSQL 16, where the member's INHERIT attribute decides at use, that attribute. */
  readonly inherit: boolean;
  /** Before PostgreSQL 16 always true. */
  readonly set: boolean;
}

export interface RelationDump {
  readonly kind: "table" | "partitioned-table" | "view" | "materialized-view" | "sequence" | "foreign-table";
  readonly owner: RoleName;
  readonly persistence: "permanent" | "unlogged" | "temporary";
  /** In the order of attnum, dropped ones left out. Empty for sequences. */
  readonly columns: readonly ColumnDump[];
  /** relrowsecurity */
  readonly rowSecurity: boolean;
  /** relforcerowsecurity */
  readonly forceRowSecurity: boolean;
  /** reloptions: `security_barrier=true`; values as PostgreSQL stores them, not normalised. */
  readonly options: readonly string[];
  readonly acl: AclLines;
  /** Inheritance parents in the order in which they are named, or the partitioned table of a partition. */
  readonly parents: readonly string[];
  /** `FOR VALUES …` of a partition; null otherwise. */
  readonly partitionBound: string | null;
  /** `RANGE (a)` of a partitioned table; null otherwise. */
  readonly partitionKey: string | null;
  /** pg_get_viewdef of a view or materialized view; null otherwise. */
  readonly query: string | null;
  /** Of a sequence: `table.column` that owns it, and whether by OWNED BY/serial or IDENTITY. */
  readonly ownedBy: { readonly column: string; readonly how: "serial" | "identity" } | null;
  /** Data type of a sequence; null otherwise. */
  readonly sequenceType: string | null;
  /** Server of a foreign table; null otherwise. */
  readonly server: string | null;
  /** Composite type of a typed table (`CREATE TABLE … OF`); null otherwise. */
  readonly ofType: string | null;
}

export interface ColumnDump {
  readonly name: string;
  /** With type modifier: `character varying(20)`. */
  readonly type: string;
  readonly notNull: boolean;
  /** pg_get_expr of a DEFAULT; null when there is none or the column is generated. */
  readonly default: string | null;
  /** pg_get_expr of GENERATED ALWAYS AS; null otherwise. */
  readonly generated: string | null;
  readonly identity: "always" | "by-default" | null;
  /** attislocal: defined here, perhaps inherited as well. */
  readonly local: boolean;
  /** attinhcount > 0 */
  readonly inherited: boolean;
  /** attacl: without a default. */
  readonly acl: AclLines;
}

export interface IndexDump {
  readonly relation: string;
  readonly unique: boolean;
  readonly primary: boolean;
}

export interface ConstraintDump {
  readonly kind: "check" | "foreign-key" | "not-null" | "primary-key" | "unique" | "trigger" | "exclusion";
  /** pg_get_constraintdef */
  readonly definition: string;
}

export interface FunctionDump {
  readonly kind: "function" | "procedure" | "aggregate" | "window";
  readonly owner: RoleName;
  readonly language: string;
  /** prosecdef */
  readonly securityDefiner: boolean;
  /** proconfig, sorted. */
  readonly settings: readonly SettingText[];
  readonly volatility: "immutable" | "stable" | "volatile";
  readonly leakproof: boolean;
  readonly strict: boolean;
  /** pg_get_function_arguments: names, modes, types, defaults. */
  readonly arguments: string;
  /** pg_get_function_result: `SETOF app.t`, `TABLE(a integer)`; null for procedures. */
  readonly returns: string | null;
  /** prosrc; null for a body bound at creation (RETURN, BEGIN ATOMIC) and for aggregates. */
  readonly source: string | null;
  /** pg_get_function_sqlbody of a body bound at creation; null otherwise. */
  readonly atomicBody: string | null;
  readonly acl: AclLines;
}

export interface TypeDump {
  readonly kind: "enum" | "domain" | "composite" | "range" | "base" | "shell";
  readonly owner: RoleName;
  readonly acl: AclLines;
  /** Of a domain, with type modifier; of a range its subtype; null otherwise. */
  readonly baseType: string | null;
  /** Of an enum, in order. */
  readonly labels: readonly string[];
  /** Of a composite type, in order: `name type`. */
  readonly attributes: readonly string[];
  /** Of a domain. */
  readonly notNull: boolean;
  /** Of a domain; null when there is none. */
  readonly default: string | null;
}

export interface CastDump {
  readonly context: "implicit" | "assignment" | "explicit";
  /** `app.f(integer)`, null for WITHOUT FUNCTION and WITH INOUT. */
  readonly function: string | null;
}

export interface PolicyDump {
  readonly command: "ALL" | "SELECT" | "INSERT" | "UPDATE" | "DELETE";
  readonly permissive: boolean;
  /** `PUBLIC` when it applies to everybody. */
  readonly roles: readonly RoleName[];
  /** pg_get_expr(polqual); null when absent. */
  readonly using: string | null;
  readonly withCheck: string | null;
}

export type Firing = "origin" | "disabled" | "replica" | "always";

export interface TriggerDump {
  /** Identity of the function, `app.f()`. */
  readonly function: string;
  readonly enabled: Firing;
  readonly timing: "BEFORE" | "AFTER" | "INSTEAD OF";
  /** INSERT, UPDATE, DELETE, TRUNCATE in this order. */
  readonly events: readonly string[];
  readonly forEach: "ROW" | "STATEMENT";
  /** Columns of UPDATE OF, sorted. */
  readonly columns: readonly string[];
  /** pg_get_expr cannot deparse it: from pg_get_triggerdef; null when absent. */
  readonly when: string | null;
  readonly constraint: boolean;
}

export interface EventTriggerDump {
  readonly owner: RoleName;
  readonly event: string;
  readonly function: string;
  readonly enabled: Firing;
  readonly tags: readonly string[];
}

export interface RuleDump {
  readonly event: "SELECT" | "UPDATE" | "INSERT" | "DELETE";
  readonly instead: boolean;
  readonly enabled: Firing;
  /** pg_get_ruledef */
  readonly definition: string;
}

export interface PublicationDump {
  readonly owner: RoleName;
  readonly allTables: boolean;
  /** Of insert, update, delete, truncate, those that are published, in this order. */
  readonly publishes: readonly string[];
  readonly viaRoot: boolean;
  readonly schemas: readonly string[];
  readonly tables: readonly PublishedTable[];
}

export interface PublishedTable {
  readonly name: string;
  /** null: all columns. In attnum order. */
  readonly columns: readonly string[] | null;
  readonly where: string | null;
}

export interface SubscriptionDump {
  readonly owner: RoleName;
  readonly enabled: boolean;
  readonly connection: string;
  readonly publications: readonly string[];
  /** PostgreSQL 16 and later, null before. */
  readonly passwordRequired: boolean | null;
  readonly runAsOwner: boolean | null;
}

/**
 * What each role may do with each object, as PostgreSQL's has_…_privilege functions answer: with memberships, PUBLIC,
 * ownership and superuser rights. By object: `function app.f(integer)`, `table app.t` (tables, views, … alike), `column app.t.c` (only
 * columns with an ACL of their own), `sequence app.s`, `schema app`, `type app.mood`, `database postgres`, `language x`,
 * `foreign-server s`, `foreign-data-wrapper w`, `role r`, `parameter p`. The values are sorted lines `role PRIVILEGE`, for every user-made role and
 * `PUBLIC`; what a role may not do is left out. For roles the privileges are MEMBER, USAGE (inherits) and SET (from
 * PostgreSQL 16); a role's own rights on itself are left out, and those of superusers on predefined roles.
 */
export type EffectivePrivileges = Readonly<Record<string, readonly string[]>>;

/** Whether a statement was accepted, and if not, why. */
export interface StatementOutcome {
  readonly ok: boolean;
  /** Five characters; null when accepted. */
  readonly sqlstate: string | null;
  readonly message: string | null;
}
