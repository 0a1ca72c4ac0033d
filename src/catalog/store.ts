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

/** What a table held before a change. */
interface Step {
  undo(): void;
}

export interface Journal {
  /** What the open transaction or statement changed, oldest first; null outside of one. */
  steps: Step[] | null;
  /** How many records were written or removed so far: while it stays, what was derived from the tables holds. */
  changes: number;
  /** Whom the tables tell what is read; null: nobody. */
  watcher: Watcher | null;
}

/** Sees which records are read. */
interface Watcher {
  /** All records of a table, one by one. */
  each<T>(records: IterableIterator<T>): IterableIterator<T>;
  /** A record found by one of its keys. */
  found(record: unknown): void;
}

/** Takes back all steps after the first `mark`, newest first. */
export function undoTo(journal: Journal, mark: number): void {
  const { steps } = journal;
  if (steps === null) return;
  // Undo steps write through the same tables, so the journal must not see them.
  journal.steps = null;
  for (let i = steps.length - 1; i >= mark; i--) steps[i]?.undo();
  steps.length = mark;
  journal.steps = steps;
}

/** Records by oid, with look-up by keys and undo. Iteration is in order of creation. */
export class Table<T extends { readonly oid: Oid }> {
  readonly #records = new Map<Oid, T>();
  /** Most keys have one record: a set is made for the second. */
  readonly #index = new Map<string, Oid | Set<Oid>>();
  readonly #journal: Journal;
  readonly #keys: (record: T) => readonly string[];

  /** `keys`: what records are looked up by, such as `schema.name`; a record may have several. */
  constructor(journal: Journal, keys: (record: T) => readonly string[]) {
    this.#journal = journal;
    this.#keys = keys;
  }

  get(oid: Oid): T | undefined {
    return this.#records.get(oid);
  }

  get size(): number {
    return this.#records.size;
  }

  all(): IterableIterator<T> {
    const records = this.#records.values();
    return this.#journal.watcher?.each(records) ?? records;
  }

  /** Records with this key, in order of creation of the key; the first `most`. */
  by(key: string, most = Number.POSITIVE_INFINITY): readonly T[] {
    const oids = this.#index.get(key);
    if (oids === undefined) return [];
    const found: T[] = [];
    for (const oid of typeof oids === "number" ? [oids] : oids) {
      const record = this.#records.get(oid);
      if (record === undefined) continue;
      if (found.length >= most) break;
      found.push(record);
      this.#journal.watcher?.found(record);
    }
    return found;
  }

  put(record: T): T {
    const { oid } = record;
    const before = this.#records.get(oid);
    this.#journal.steps?.push({
      undo: () => (before === undefined ? this.#remove(oid) : this.#write(before)),
    });
    this.#write(record);
    return record;
  }

  delete(oid: Oid): void {
    const before = this.#records.get(oid);
    if (before === undefined) return;
    this.#journal.steps?.push({ undo: () => this.#write(before) });
    this.#remove(oid);
  }

  #write(record: T): void {
    this.#journal.changes++;
    const before = this.#records.get(record.oid);
    this.#records.set(record.oid, record);
    const keys = this.#keys(record);
    if (before !== undefined) {
      const old = this.#keys(before);
      if (old.length === keys.length && old.every((key, i) => key === keys[i])) return;
      this.#unindex(before);
    }
    for (const key of keys) {
      const oids = this.#index.get(key);
      if (oids === undefined) this.#index.set(key, record.oid);
      else if (typeof oids === "number") this.#index.set(key, new Set([oids, record.oid]));
      else oids.add(record.oid);
    }
  }

  #remove(oid: Oid): void {
    const record = this.#records.get(oid);
    if (record === undefined) return;
    this.#journal.changes++;
    this.#records.delete(oid);
    this.#unindex(record);
  }

  #unindex(record: T): void {
    for (const key of this.#keys(record)) {
      const oids = this.#index.get(key);
      if (typeof oids === "object") oids.delete(record.oid);
      if (oids === record.oid || (typeof oids === "object" && oids.size === 0)) this.#index.delete(key);
    }
  }
}

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
export interface State {
  readonly journal: Journal;
  nextOid: Oid;
  readonly roles: Table<Role>;
  readonly memberships: Table<Membership>;
  readonly schemas: Table<Schema>;
  readonly relations: Table<Relation>;
  readonly routines: Table<Routine>;
  readonly types: Table<UserType>;
  readonly policies: Table<Policy>;
  readonly triggers: Table<Trigger>;
  readonly eventTriggers: Table<EventTrigger>;
  readonly rules: Table<Rule>;
  readonly defaultAcls: Table<DefaultAcl>;
  readonly extensions: Table<Extension>;
  readonly operators: Table<Operator>;
  readonly casts: Table<Cast>;
  readonly foreignDataWrappers: Table<ForeignDataWrapper>;
  readonly foreignServers: Table<ForeignServer>;
  readonly userMappings: Table<UserMapping>;
  readonly publications: Table<Publication>;
  readonly published: Table<Published>;
  readonly subscriptions: Table<Subscription>;
  readonly queries: Table<TopLevelQuery>;
  /** What was replayed, statement by statement; those refused or rolled back are not here. */
  readonly statements: Table<Replayed>;
  readonly constraints: Table<Constraint>;
  /** pg_depend, beside what the records themselves say (a policy's table, a relation's schema). */
  readonly dependencies: Table<Dependency>;
  /** One record: see `databaseOf`. */
  readonly databases: Table<Database>;
  readonly languages: Table<Language>;
  readonly parameters: Table<ParameterAcl>;
  readonly largeObjects: Table<LargeObject>;
  /** By `kind name`: `routine pg_catalog.pg_read_file(text)`. */
  readonly builtins: Table<BuiltinObject>;
  /** By `roleSettingKey`. */
  readonly roleSettings: Table<RoleSetting>;
  /** The session of the last source at its end, with an open transaction still open. */
  session: SessionState | null;
  readonly unknowns: CatalogUnknown[];
  readonly refusals: Refusal[];
}

/** The key of something with a name of its own in a schema, or on a relation. */
export const member = (owner: Oid, name: string): string => `${owner}.${name}`;

export function createState(): State {
  const journal: Journal = { steps: null, changes: 0, watcher: null };
  return {
    journal,
    nextOid: 1,
    roles: new Table(journal, (role) => [role.name]),
    memberships: new Table(journal, (row) => [`role:${row.role}`, `member:${row.member}`]),
    schemas: new Table(journal, (schema) => [schema.name]),
    relations: new Table(journal, (relation) => [
      member(relation.schema, relation.name),
      `name:${relation.name}`,
      `schema:${relation.schema}`,
      ...relation.parents.map((parent) => `parent:${parent}`),
      ...(relation.belongsTo === null ? [] : [`of:${relation.belongsTo.relation}`]),
      ...(relation.ofType === null ? [] : [`type:${relation.ofType}`]),
      ...(relation.index?.parent == null ? [] : [`index:${relation.index.parent}`]),
    ]),
    routines: new Table(journal, (routine) => [
      member(routine.schema, routine.name),
      `${member(routine.schema, routine.name)}(${typesKey(routine.inputTypes)})`,
      `name:${routine.name}`,
      `schema:${routine.schema}`,
    ]),
    types: new Table(journal, (type) => [
      member(type.schema, type.name),
      `name:${type.name}`,
      `schema:${type.schema}`,
    ]),
    policies: new Table(journal, (policy) => [
      `${policy.relation}`,
      `name:${policy.name}`,
      member(policy.relation, policy.name),
    ]),
    triggers: new Table(journal, (trigger) => [
      `${trigger.relation}`,
      member(trigger.relation, trigger.name),
      `name:${trigger.name}`,
      `routine:${trigger.routine}`,
      ...(trigger.parent === null ? [] : [`parent:${trigger.parent}`]),
    ]),
    eventTriggers: new Table(journal, (trigger) => [trigger.name, `routine:${trigger.routine}`]),
    rules: new Table(journal, (rule) => [`${rule.relation}`]),
    defaultAcls: new Table(journal, (row) => [
      defaultAclKey(row.role, row.schema, row.objects),
      ...(row.schema === null ? [] : [`schema:${row.schema}`]),
    ]),
    extensions: new Table(journal, (extension) => [extension.name]),
    operators: new Table(journal, (operator) => [
      `name:${operator.name}`,
      member(operator.schema, operator.name),
      `schema:${operator.schema}`,
    ]),
    casts: new Table(journal, (cast) => [castKey(cast.source, cast.target)]),
    foreignDataWrappers: new Table(journal, (wrapper) => [wrapper.name]),
    foreignServers: new Table(journal, (server) => [server.name, `wrapper:${server.wrapper}`]),
    userMappings: new Table(journal, (mapping) => [
      `${mapping.user}@${mapping.server}`,
      `server:${mapping.server}`,
    ]),
    publications: new Table(journal, (publication) => [publication.name]),
    published: new Table(journal, (row) => [
      `of:${row.publication}`,
      ...(row.relation === null ? [] : [`relation:${row.relation}`]),
    ]),
    subscriptions: new Table(journal, (subscription) => [subscription.name]),
    queries: new Table(journal, () => []),
    statements: new Table(journal, () => []),
    constraints: new Table(journal, (row) => [
      `${row.relation}`,
      `name:${row.name}`,
      ...(row.references === null ? [] : [`references:${row.references.relation}`]),
      ...(row.parent === null ? [] : [`parent:${row.parent}`]),
      ...(row.index === null ? [] : [`index:${row.index}`]),
    ]),
    dependencies: new Table(journal, (row) => [`on:${row.on.oid}`, `of:${row.dependent.oid}`]),
    databases: new Table(journal, () => ["this"]),
    languages: new Table(journal, (language) => [language.name]),
    parameters: new Table(journal, (parameter) => [parameter.name]),
    largeObjects: new Table(journal, (object) => [object.name]),
    builtins: new Table(journal, (object) => [`${object.kind} ${object.name}`]),
    roleSettings: new Table(journal, (row) => [roleSettingKey(row.role, row.inDatabase), `role:${row.role}`]),
    session: null,
    unknowns: [],
    refusals: [],
  };
}

export function defaultAclKey(role: Oid, schema: Oid | null, objects: string): string {
  return `${role}/${schema ?? "*"}/${objects}`;
}

export function roleSettingKey(role: Oid | null, inDatabase: boolean): string {
  return `${role ?? "*"}/${inDatabase ? "here" : "*"}`;
}

/** The database that the scripts run in. */
export function databaseOf(state: State): Database | undefined {
  return state.databases.by("this")[0];
}

export function newOid(state: State): Oid {
  return state.nextOid++;
}

export function castKey(source: TypeRef, target: TypeRef): string {
  const text = (type: TypeRef): string => `${type.base}${type.array ? "[]" : ""}`;
  return `${text(source)} AS ${text(target)}`;
}
