import type { Place } from "../text/source.ts";
import type { SessionState } from "./context.ts";
import type {
  BuiltinObject,
  Cast,
  Constraint,
  Database,
  DefaultAcl,
  Dependency,
  EventTrigger,
  Extension,
  ForeignDataWrapper,
  ForeignServer,
  Language,
  LargeObject,
  Membership,
  Oid,
  Operator,
  ParameterAcl,
  Policy,
  Publication,
  Published,
  Relation,
  Role,
  RoleSetting,
  Routine,
  Rule,
  Schema,
  Subscription,
  TopLevelQuery,
  Trigger,
  TypeRef,
  UserMapping,
  UserType,
} from "./model.ts";
import type { Replayed } from "./replayed.ts";
import { typesKey } from "./same-type.ts";
import { type Indexes, type IndexMaker, type Journal, Table } from "./table.ts";

/** Something replay could not judge. */
export interface CatalogUnknown {
  readonly place: Place;
  readonly message: string;
}

/** A statement that PostgreSQL would refuse, or that does nothing because what it names is not there. */
export interface Refusal {
  readonly place: Place;
  readonly message: string;
}

/** All catalog tables of one database. */
export interface State extends Readonly<Tables> {
  readonly journal: Journal;
  nextOid: Oid;
  /** The session of the last source at its end, with an open transaction still open. */
  session: SessionState | null;
  readonly unknowns: CatalogUnknown[];
  readonly refusals: Refusal[];
  /** Statements at which the replay itself failed: bugs. */
  readonly failures: Refusal[];
}

type Tables = ReturnType<typeof createTables>;

export function createState(): State {
  const journal: Journal = { steps: null, changes: 0, watcher: null };
  return {
    journal,
    nextOid: 1,
    ...createTables(journal),
    session: null,
    unknowns: [],
    refusals: [],
    failures: [],
  };
}

function createTables(journal: Journal) {
  const tableOf =
    <T extends { readonly oid: Oid }>() =>
    <I extends Indexes<T>>(define: (index: IndexMaker<T>) => I): Table<T, I> =>
      new Table(journal, define);
  return {
    roles: tableOf<Role>()((by) => ({ name: by.key((role) => role.name) })),
    memberships: tableOf<Membership>()((by) => ({
      role: by.key((row) => row.role),
      member: by.key((row) => row.member),
    })),
    schemas: tableOf<Schema>()((by) => ({ name: by.key((schema) => schema.name) })),
    relations: tableOf<Relation>()((by) => ({
      /** Schema and name. */
      member: by.member(
        (relation) => relation.schema,
        (relation) => relation.name,
      ),
      name: by.key((relation) => relation.name),
      schema: by.key((relation) => relation.schema),
      parent: by.each((relation) => relation.parents),
      /** Indexes and owned sequences of a table. */
      of: by.key((relation) => relation.belongsTo?.relation ?? null),
      type: by.key((relation) => relation.ofType),
      /** Indexes of partitions by the index they are a part of. */
      index: by.key((relation) => relation.index?.parent ?? null),
    })),
    routines: tableOf<Routine>()((by) => ({
      /** Schema and name: the overloads. */
      member: by.member(
        (routine) => routine.schema,
        (routine) => routine.name,
      ),
      name: by.key((routine) => routine.name),
      schema: by.key((routine) => routine.schema),
      /** Schema and `signatureKey`. */
      signature: by.member(
        (routine) => routine.schema,
        (routine) => signatureKey(routine.name, routine.inputTypes),
      ),
    })),
    types: tableOf<UserType>()((by) => ({
      member: by.member(
        (type) => type.schema,
        (type) => type.name,
      ),
      name: by.key((type) => type.name),
      schema: by.key((type) => type.schema),
    })),
    policies: tableOf<Policy>()((by) => ({
      relation: by.key((policy) => policy.relation),
      name: by.key((policy) => policy.name),
      member: by.member(
        (policy) => policy.relation,
        (policy) => policy.name,
      ),
    })),
    triggers: tableOf<Trigger>()((by) => ({
      relation: by.key((trigger) => trigger.relation),
      member: by.member(
        (trigger) => trigger.relation,
        (trigger) => trigger.name,
      ),
      name: by.key((trigger) => trigger.name),
      routine: by.key((trigger) => trigger.routine),
      parent: by.key((trigger) => trigger.parent),
    })),
    eventTriggers: tableOf<EventTrigger>()((by) => ({
      name: by.key((trigger) => trigger.name),
      routine: by.key((trigger) => trigger.routine),
    })),
    rules: tableOf<Rule>()((by) => ({ relation: by.key((rule) => rule.relation) })),
    defaultAcls: tableOf<DefaultAcl>()((by) => ({
      /** Role, and `defaultAclKey`. */
      role: by.member(
        (row) => row.role,
        (row) => defaultAclKey(row.schema, row.objects),
      ),
      schema: by.key((row) => row.schema),
    })),
    extensions: tableOf<Extension>()((by) => ({ name: by.key((extension) => extension.name) })),
    operators: tableOf<Operator>()((by) => ({
      name: by.key((operator) => operator.name),
      member: by.member(
        (operator) => operator.schema,
        (operator) => operator.name,
      ),
      schema: by.key((operator) => operator.schema),
    })),
    casts: tableOf<Cast>()((by) => ({
      /** By `castKey`. */
      types: by.key((cast) => castKey(cast.source, cast.target)),
    })),
    foreignDataWrappers: tableOf<ForeignDataWrapper>()((by) => ({ name: by.key((wrapper) => wrapper.name) })),
    foreignServers: tableOf<ForeignServer>()((by) => ({
      name: by.key((server) => server.name),
      wrapper: by.key((server) => server.wrapper),
    })),
    userMappings: tableOf<UserMapping>()((by) => ({
      /** Server and user. */
      member: by.member(
        (mapping) => mapping.server,
        (mapping) => mapping.user,
      ),
      server: by.key((mapping) => mapping.server),
    })),
    publications: tableOf<Publication>()((by) => ({ name: by.key((publication) => publication.name) })),
    published: tableOf<Published>()((by) => ({
      of: by.key((row) => row.publication),
      relation: by.key((row) => row.relation),
      /** Publication, and table or schema. */
      member: by.member(
        (row) => row.publication,
        (row) => row.relation ?? row.schema ?? 0,
      ),
      /** Publications that have schemas. */
      withSchema: by.key((row) => (row.schema === null ? null : row.publication)),
      /** Publications that have column lists. */
      withColumns: by.key((row) => (row.columns === null ? null : row.publication)),
    })),
    subscriptions: tableOf<Subscription>()((by) => ({ name: by.key((subscription) => subscription.name) })),
    queries: tableOf<TopLevelQuery>()(() => ({})),
    /** What was replayed, statement by statement; those refused or rolled back are not here. */
    statements: tableOf<Replayed>()(() => ({})),
    constraints: tableOf<Constraint>()((by) => ({
      member: by.member(
        (row) => row.relation,
        (row) => row.name,
      ),
      relation: by.key((row) => row.relation),
      name: by.key((row) => row.name),
      references: by.key((row) => row.references?.relation ?? null),
      parent: by.key((row) => row.parent),
      index: by.key((row) => row.index),
    })),
    /** pg_depend, beside what the records themselves say (a policy's table, a relation's schema). */
    dependencies: tableOf<Dependency>()((by) => ({
      on: by.key((row) => row.on.oid),
      of: by.key((row) => row.dependent.oid),
    })),
    /** One record: see `databaseOf`. */
    databases: tableOf<Database>()((by) => ({ one: by.key(() => "this") })),
    languages: tableOf<Language>()((by) => ({ name: by.key((language) => language.name) })),
    parameters: tableOf<ParameterAcl>()((by) => ({ name: by.key((parameter) => parameter.name) })),
    largeObjects: tableOf<LargeObject>()((by) => ({ name: by.key((object) => object.name) })),
    /** By kind and name: `routine`, `pg_catalog.pg_read_file(text)`. */
    builtins: tableOf<BuiltinObject>()((by) => ({
      name: by.key((object) => `${object.kind} ${object.name}`),
    })),
    roleSettings: tableOf<RoleSetting>()((by) => ({
      /** By `roleSettingKey`. */
      key: by.key((row) => roleSettingKey(row.role, row.inDatabase)),
      role: by.key((row) => row.role),
    })),
  };
}

/** Of default privileges of a role. */
export function defaultAclKey(schema: Oid | null, objects: string): string {
  return `${schema ?? "*"}/${objects}`;
}

/** Equal for routines of which a schema holds one. */
export function signatureKey(name: string, types: readonly TypeRef[]): string {
  return `${name}(${typesKey(types)})`;
}

export function roleSettingKey(role: Oid | null, inDatabase: boolean): string {
  return `${role ?? "*"}/${inDatabase ? "here" : "*"}`;
}

/** The database that the scripts run in. */
export function databaseOf(state: State): Database | undefined {
  return state.databases.by.one.first("this");
}

export function newOid(state: State): Oid {
  return state.nextOid++;
}

export function castKey(source: TypeRef, target: TypeRef): string {
  const text = (type: TypeRef): string => `${type.base}${type.array ? "[]" : ""}`;
  return `${text(source)} AS ${text(target)}`;
}
