/** Relations and what hangs on them, put together from the rows of the catalogs. */
import {
  byKey,
  chosen,
  FIRING,
  FIRST,
  grouped,
  type IsMember,
  known,
  type Names,
  owned,
  quoted,
} from "./dump-names.ts";
import type { ColumnRow, DumpRows, RelationRow } from "./dump-sql.ts";
import type {
  ColumnDump,
  ConstraintDump,
  Dump,
  IndexDump,
  PolicyDump,
  RelationDump,
  RuleDump,
  TriggerDump,
} from "./dump-types.ts";

type Sections = Pick<Dump, "relations" | "indexes" | "constraints" | "policies" | "triggers" | "rules">;

const KIND = {
  r: "table",
  p: "partitioned-table",
  v: "view",
  m: "materialized-view",
  S: "sequence",
  f: "foreign-table",
} as const;
const PERSISTENCE = { p: "permanent", u: "unlogged", t: "temporary" } as const;
const IDENTITY = { "": null, a: "always", d: "by-default" } as const;
const CONSTRAINT = {
  c: "check",
  f: "foreign-key",
  n: "not-null",
  p: "primary-key",
  u: "unique",
  t: "trigger",
  x: "exclusion",
} as const;
const COMMAND = { "*": "ALL", r: "SELECT", a: "INSERT", w: "UPDATE", d: "DELETE" } as const;
const EVENT = { "1": "SELECT", "2": "UPDATE", "3": "INSERT", "4": "DELETE" } as const;

export function relationSections(rows: DumpRows, names: Names, isMember: IsMember): Sections {
  const relations = new Map(rows.relations.map((row) => [row.oid, names.inSchema(row)]));
  const name = (oid: number) => known(relations, oid, "relation");
  const isMade = (relation: number) => relation >= FIRST && !isMember("pg_class", relation);
  const columns = grouped(rows.columns, ({ relation }) => relation);
  const on = (part: { readonly name: string; readonly relation: number }) =>
    `${quoted(part.name)} ON ${name(part.relation)}`;
  return {
    relations: relationsOf(rows, names, isMade, columns),
    indexes: byKey(
      rows.indexes
        .filter((row) => isMade(row.relation) && !name(row.oid).startsWith("pg_toast"))
        .map((row): [string, IndexDump] => [
          name(row.oid),
          { relation: name(row.relation), unique: row.unique, primary: row.primary },
        ]),
    ),
    constraints: constraintsOf(rows, names, isMember, on),
    policies: byKey(
      rows.policies.map((row): [string, PolicyDump] => [
        on(row),
        {
          command: chosen(COMMAND, row.command),
          permissive: row.permissive,
          roles: row.roles.map(names.role).sort(),
          using: row.using,
          withCheck: row.withCheck,
        },
      ]),
    ),
    triggers: byKey(
      rows.triggers
        .filter(({ relation }) => isMade(relation))
        .map((row): [string, TriggerDump] => [
          on(row),
          triggerOf(row, names, columns.get(row.relation) ?? []),
        ]),
    ),
    rules: byKey(
      rows.rules
        .filter(({ relation }) => isMade(relation))
        .map((row): [string, RuleDump] => [
          on(row),
          {
            event: chosen(EVENT, row.event),
            instead: row.instead,
            enabled: chosen(FIRING, row.enabled),
            definition: row.definition,
          },
        ]),
    ),
  };
}

function relationsOf(
  rows: DumpRows,
  names: Names,
  isMade: (relation: number) => boolean,
  columns: ReadonlyMap<number, readonly ColumnRow[]>,
): Dump["relations"] {
  const relations = new Map(rows.relations.map((row) => [row.oid, names.inSchema(row)]));
  const parents = grouped(rows.inherits, ({ child }) => child);
  const sequences = new Map(rows.sequences.map(({ oid, type }) => [oid, type]));
  const servers = new Map(rows.servers.map(({ oid, name }) => [oid, quoted(name)]));
  const foreign = new Map(
    rows.foreignTables.map(({ oid, server }) => [oid, known(servers, server, "server")]),
  );
  const owners = new Map(
    rows.dependencies
      .filter(({ kind, catalog }) => kind !== "e" && catalog === "pg_class")
      .map((row) => [row.oid, row]),
  );
  const ownedBy = (row: RelationRow): RelationDump["ownedBy"] => {
    const owner = row.kind === "S" ? owners.get(row.oid) : undefined;
    const column = columns.get(owner?.of ?? 0)?.find(({ number }) => number === owner?.column);
    if (owner === undefined || column === undefined) return null;
    return {
      column: `${known(relations, owner.of, "relation")}.${quoted(column.name)}`,
      how: owner.kind === "i" ? "identity" : "serial",
    };
  };
  return byKey(
    rows.relations
      .filter(
        (row) => Object.hasOwn(KIND, row.kind) && names.schema(row.schema) !== "pg_toast" && isMade(row.oid),
      )
      .map((row): [string, RelationDump] => [
        names.inSchema(row),
        {
          kind: chosen(KIND, row.kind),
          ...owned(names, row),
          persistence: chosen(PERSISTENCE, row.persistence),
          columns: row.kind === "S" ? [] : (columns.get(row.oid) ?? []).map((each) => columnOf(names, each)),
          rowSecurity: row.rowSecurity,
          forceRowSecurity: row.forceRowSecurity,
          options: [...row.options].sort(),
          parents: (parents.get(row.oid) ?? []).map(({ parent }) => known(relations, parent, "relation")),
          partitionBound: row.partitionBound,
          partitionKey: row.partitionKey,
          query: row.query,
          ownedBy: ownedBy(row),
          sequenceType: sequences.get(row.oid) ?? null,
          server: foreign.get(row.oid) ?? null,
          ofType: row.ofType,
        },
      ]),
  );
}

function columnOf(names: Names, row: ColumnRow): ColumnDump {
  return {
    name: quoted(row.name),
    type: row.type,
    notNull: row.notNull,
    default: row.generated === "" ? row.value : null,
    generated: row.generated === "" ? null : row.value,
    identity: chosen(IDENTITY, row.identity),
    local: row.local,
    inherited: row.inherited,
    acl: names.acl(row.acl ?? []),
  };
}

function constraintsOf(
  rows: DumpRows,
  names: Names,
  isMember: IsMember,
  on: (part: { readonly name: string; readonly relation: number }) => string,
): Dump["constraints"] {
  const domains = new Map(rows.types.map((row) => [row.oid, row]));
  const key = (row: DumpRows["constraints"][number]): string => {
    if (row.relation >= FIRST) return on(row);
    return `${quoted(row.name)} ON domain ${names.inSchema(known(domains, row.domain, "domain"))}`;
  };
  return byKey(
    rows.constraints
      .filter(({ relation, domain }) => {
        const of = relation === 0 ? domain : relation;
        return !isMember("pg_class", of) && !isMember("pg_type", of);
      })
      .map((row): [string, ConstraintDump] => [
        key(row),
        { kind: chosen(CONSTRAINT, row.kind), definition: row.definition },
      ]),
  );
}

// Bits of tgtype.
const ROW = 1;
const BEFORE = 2;
const INSTEAD = 64;
const EVENTS = [
  ["INSERT", 4],
  ["UPDATE", 16],
  ["DELETE", 8],
  ["TRUNCATE", 32],
] as const;

function triggerOf(
  row: DumpRows["triggers"][number],
  names: Names,
  columns: readonly ColumnRow[],
): TriggerDump {
  const { type } = row;
  return {
    function: names.routine(row.function),
    enabled: chosen(FIRING, row.enabled),
    timing: type & BEFORE ? "BEFORE" : type & INSTEAD ? "INSTEAD OF" : "AFTER",
    events: EVENTS.flatMap(([event, bit]) => (type & bit ? [event] : [])),
    forEach: type & ROW ? "ROW" : "STATEMENT",
    columns: columns
      .filter(({ number }) => row.columns.includes(number))
      .map(({ name }) => quoted(name))
      .sort(),
    when: row.when,
    constraint: row.constraint,
  };
}
