/** Relations, indexes, constraints, policies, triggers and rules of a replayed catalog, in the shape of a dump. */
import { type Catalog, quoteIdentifier } from "../../../src/catalog/catalog.ts";
import { extensionOf } from "../../../src/catalog/depend.ts";
import { quotedName } from "../../../src/catalog/keywords.ts";
import type { Column, Constraint, Oid, Relation, TypeRef } from "../../../src/catalog/model.ts";
import type { Table } from "../../../src/catalog/table.ts";
import type { BoundValue } from "../../../src/events/event.ts";
import type {
  ColumnDump,
  ConstraintDump,
  Dump,
  PolicyDump,
  RelationDump,
  RuleDump,
  TriggerDump,
} from "../dump-types.ts";
import { storedConstant } from "./constants.ts";
import type { StaticDatabase } from "./context.ts";
import { normalBound } from "./normal.ts";
import { aclLines, ownOf, qualified, roleText, routineName, sortedObject, typeName } from "./text.ts";

export type RelationSections = "relations" | "indexes" | "constraints" | "policies" | "triggers" | "rules";

export function relationSections({ catalog }: StaticDatabase): Pick<Dump, RelationSections> {
  const { state } = catalog;
  const nameOf = (oid: Oid): string => {
    const relation = state.relations.get(oid);
    if (relation !== undefined) return qualified(catalog, relation);
    const domain = state.types.get(oid);
    return domain === undefined ? "?" : `domain ${qualified(catalog, domain)}`;
  };
  const own = ownOf(state, state.relations).filter((relation) => !relation.prelude);
  /** Of a relation that belongs to an extension all belongs to it. */
  const isOwn = (oid: Oid): boolean => extensionOf(state, oid) === null;
  const rowsOf = <T extends { readonly oid: Oid; readonly relation: Oid }>(table: Table<T>) =>
    [...table.all()].filter((row) => isOwn(row.relation));
  const on = (row: { readonly name: string; readonly relation: Oid }): string =>
    `${quoteIdentifier(row.name)} ON ${nameOf(row.relation)}`;
  return {
    relations: sortedObject(
      own
        .filter((relation) => relation.kind !== "index")
        .map((relation) => [qualified(catalog, relation), relationOf(catalog, relation)]),
    ),
    indexes: sortedObject(
      own.flatMap((relation) =>
        relation.index === null || !isOwn(relation.belongsTo?.relation ?? 0)
          ? []
          : [
              [
                qualified(catalog, relation),
                {
                  relation: nameOf(relation.belongsTo?.relation ?? 0),
                  unique: relation.index.unique,
                  primary: relation.index.primary,
                },
              ],
            ],
      ),
    ),
    constraints: sortedObject(
      rowsOf(state.constraints).map((row): [string, ConstraintDump] => [on(row), constraintOf(catalog, row)]),
    ),
    policies: sortedObject(
      [...state.policies.all()].map((row): [string, PolicyDump] => [
        on(row),
        {
          command: COMMANDS[row.command],
          permissive: row.permissive,
          roles: row.roles.map((role) => roleText(catalog, role)).sort(),
          using: row.using === null ? null : normalBound(catalog, row.using),
          withCheck: row.withCheck === null ? null : normalBound(catalog, row.withCheck),
        },
      ]),
    ),
    triggers: sortedObject(
      rowsOf(state.triggers).map((row): [string, TriggerDump] => {
        const routine = row.routine === null ? undefined : state.routines.get(row.routine);
        return [
          on(row),
          {
            function:
              routine === undefined
                ? `pg_catalog.${row.event.routine.name.at(-1)}()`
                : routineName(catalog, routine),
            enabled: row.enabled.value,
            timing:
              row.event.timing === "before"
                ? "BEFORE"
                : row.event.timing === "after"
                  ? "AFTER"
                  : "INSTEAD OF",
            events: EVENTS.filter((event) => row.event.events.some((each) => each.toUpperCase() === event)),
            forEach: row.event.row ? "ROW" : "STATEMENT",
            columns: columnNames(catalog, row.relation, row.columns).sort(),
            when: row.when === null ? null : normalBound(catalog, row.when),
            constraint: row.event.constraint,
          },
        ];
      }),
    ),
    rules: sortedObject(
      rowsOf(state.rules).map((row): [string, RuleDump] => [
        on(row),
        {
          event: RULE_EVENTS[row.event.event],
          instead: row.event.instead,
          enabled: row.enabled.value,
          definition: "",
        },
      ]),
    ),
  };
}

const COMMANDS = {
  all: "ALL",
  select: "SELECT",
  insert: "INSERT",
  update: "UPDATE",
  delete: "DELETE",
} as const;
const RULE_EVENTS = { select: "SELECT", insert: "INSERT", update: "UPDATE", delete: "DELETE" } as const;
const EVENTS = ["INSERT", "UPDATE", "DELETE", "TRUNCATE"] as const;

function columnNames(catalog: Catalog, relation: Oid, numbers: readonly number[]): string[] {
  const columns = catalog.state.relations.get(relation)?.columns ?? [];
  return numbers.map((number) => quotedName(columns.find((column) => column.number === number)?.name ?? "?"));
}

/** format_type() with a type modifier. */
export function typeText(catalog: Catalog, type: TypeRef): string {
  const { modifier } = type;
  if (modifier === undefined && type.base === "pg_catalog.bpchar") return `bpchar${type.array ? "[]" : ""}`;
  const name = typeName(catalog, { base: type.base, array: false });
  const array = type.array ? "[]" : "";
  if (modifier === undefined) return `${name}${array}`;
  const at = /^(time|timestamp) (with|without) time zone$/.exec(name);
  if (at !== null) return `${at[1]}(${modifier}) ${at[2]} time zone${array}`;
  if (type.base === "pg_catalog.interval") return `${intervalText(modifier)}${array}`;
  return `${name}(${modifier})${array}`;
}

const FIELDS: Readonly<Record<string, string>> = {
  "4": " year",
  "2": " month",
  "8": " day",
  "1024": " hour",
  "2048": " minute",
  "4096": " second",
  "6": " year to month",
  "1032": " day to hour",
  "3080": " day to minute",
  "7176": " day to second",
  "3072": " hour to minute",
  "7168": " hour to second",
  "6144": " minute to second",
};

function intervalText(modifier: string): string {
  const [fields = "", precision] = modifier.split(",");
  return `interval${FIELDS[fields] ?? ""}${precision === undefined ? "" : `(${precision})`}`;
}

function relationOf(catalog: Catalog, relation: Relation): RelationDump {
  const { state } = catalog;
  const { kind } = relation;
  if (kind === "index" || kind === "composite-type") throw new Error(`${relation.name} is ${kind}`);
  const owned = kind === "sequence" ? relation.belongsTo : null;
  const names = (oid: Oid): string => {
    const found = state.relations.get(oid);
    return found === undefined ? "?" : qualified(catalog, found);
  };
  // Of a foreign table these are the wrapper's, not reloptions.
  const stored = kind === "foreign-table" ? [] : [...relation.options];
  const options = stored.map(([name, { value }]) => `${name}=${value}`);
  if (relation.checkOption !== "none") options.push(`check_option=${relation.checkOption}`);
  return {
    kind,
    owner: roleText(catalog, relation.owner),
    persistence: relation.temporary ? "temporary" : relation.unlogged ? "unlogged" : "permanent",
    columns: kind === "sequence" ? [] : relation.columns.map((column) => columnOf(catalog, column)),
    rowSecurity: relation.rowSecurity.value,
    forceRowSecurity: relation.forceRowSecurity.value,
    options: options.sort(),
    acl: aclLines(catalog, relation.acl),
    parents: relation.parents.map(names),
    partitionBound: boundText(catalog, relation),
    partitionKey: keyText(catalog, relation),
    query: null,
    ownedBy:
      owned === null || owned.column === null || owned.how === "index"
        ? null
        : {
            column: `${names(owned.relation)}.${columnNames(catalog, owned.relation, [owned.column])[0]}`,
            how: owned.how,
          },
    sequenceType: relation.sequenceType === null ? null : typeName(catalog, relation.sequenceType),
    server:
      relation.server === null
        ? null
        : quoteIdentifier(state.foreignServers.get(relation.server)?.name ?? "?"),
    ofType: relation.ofType === null ? null : typeName(catalog, { base: relation.ofType, array: false }),
  };
}

function columnOf(catalog: Catalog, column: Column): ColumnDump {
  const value =
    column.default === null
      ? null
      : storedConstant(catalog.typeName(column.type), normalBound(catalog, column.default));
  return {
    name: quoteIdentifier(column.name),
    type: typeText(catalog, column.type),
    notNull: column.notNull,
    default: column.generated === null ? value : null,
    generated: column.generated === null ? null : value,
    identity: column.identity,
    local: column.local,
    inherited: column.inheritCount > 0,
    acl: aclLines(catalog, column.acl),
  };
}

function keyText(catalog: Catalog, relation: Relation): string | null {
  const key = relation.partitionKey;
  if (key === null) return null;
  const elements = key.elements.map((element) =>
    element.column !== null
      ? columnNames(catalog, relation.oid, [element.column])[0]
      : element.expression === null
        ? "?"
        : normalBound(catalog, element.expression),
  );
  return `${key.strategy.toUpperCase()} (${elements.join(", ")})`;
}

function boundText(catalog: Catalog, relation: Relation): string | null {
  const bound = relation.partitionBound;
  if (bound === null) return null;
  if (bound.kind === "default") return "DEFAULT";
  if (bound.kind === "hash")
    return `FOR VALUES WITH (modulus ${bound.modulus}, remainder ${bound.remainder})`;
  const key = catalog.state.relations.get(relation.parents[0] ?? 0)?.partitionKey;
  const parent = catalog.state.relations.get(relation.parents[0] ?? 0);
  const types = (key?.elements ?? []).map(
    (element) => parent?.columns.find((column) => column.number === element.column)?.type,
  );
  const value = (each: BoundValue, i: number): string =>
    each.kind === "value" ? constantText(catalog, each.expression, types[i]) : each.kind.toUpperCase();
  if (bound.kind === "list")
    return `FOR VALUES IN (${bound.values.map((each) => value(each, 0)).join(", ")})`;
  return `FOR VALUES FROM (${bound.from.map(value).join(", ")}) TO (${bound.to.map(value).join(", ")})`;
}

const NUMBERS: ReadonlySet<unknown> = new Set(
  ["int2", "int4", "int8", "numeric", "float4", "float8"].map((name) => `pg_catalog.${name}`),
);

function constantText(
  catalog: Catalog,
  expr: Extract<BoundValue, { kind: "value" }>["expression"],
  type: TypeRef | undefined,
): string {
  if (expr.kind === "null") return "NULL";
  if (expr.kind === "boolean") return String(expr.value);
  if (expr.kind === "cast") return constantText(catalog, expr.operand, type);
  if (expr.kind === "operator" && expr.operands[0]?.kind === "number")
    return NUMBERS.has(type?.base) ? `'-${expr.operands[0].value}'` : `'-${expr.operands[0].value}'`;
  const text = expr.kind === "string" || expr.kind === "number" ? expr.value : "?";
  return NUMBERS.has(type?.base) ? text : `'${text}'`;
}

function constraintOf(catalog: Catalog, row: Constraint): ConstraintDump {
  return { kind: row.kind, definition: definitionText(catalog, row) + suffix(row) };
}

function definitionText(catalog: Catalog, row: Constraint): string {
  const columns = (numbers: readonly number[], relation = row.relation): string =>
    columnNames(catalog, relation, numbers).join(", ");
  const { definition } = row;
  const including =
    definition.including.length === 0
      ? ""
      : ` INCLUDE (${definition.including.map(quoteIdentifier).join(", ")})`;
  switch (row.kind) {
    case "check":
      return `CHECK ${row.expression === null ? "?" : normalBound(catalog, row.expression)}${definition.noInherit ? " NO INHERIT" : ""}`;
    case "not-null":
      if (row.columns.length === 0) return "NOT NULL";
      return `NOT NULL ${columns(row.columns)}${definition.noInherit ? " NO INHERIT" : ""}`;
    case "primary-key":
      return `PRIMARY KEY (${columns(row.columns)}${definition.withoutOverlaps ? " WITHOUT OVERLAPS" : ""})${including}`;
    case "unique":
      return `UNIQUE ${definition.nullsNotDistinct ? "NULLS NOT DISTINCT " : ""}(${columns(row.columns)}${definition.withoutOverlaps ? " WITHOUT OVERLAPS" : ""})${including}`;
    case "trigger":
      return "TRIGGER";
    case "exclusion":
      return "EXCLUDE";
    case "foreign-key": {
      const target =
        row.references === null ? undefined : catalog.state.relations.get(row.references.relation);
      const to =
        target === undefined || row.references === null
          ? "?"
          : `${qualified(catalog, target).replace(/^pg_temp\./, "")}(${columns(row.references.columns, target.oid)})`;
      const match = definition.match === "full" ? " MATCH FULL" : "";
      const update =
        definition.onUpdate === "no action" ? "" : ` ON UPDATE ${definition.onUpdate.toUpperCase()}`;
      const only =
        definition.deleteColumns.length === 0
          ? ""
          : ` (${definition.deleteColumns.map(quoteIdentifier).join(", ")})`;
      const remove =
        definition.onDelete === "no action" ? "" : ` ON DELETE ${definition.onDelete.toUpperCase()}${only}`;
      return `FOREIGN KEY (${columns(row.columns)}) REFERENCES ${to}${match}${update}${remove}`;
    }
  }
}

// quote_identifier() quotes keywords too; the scripts use none as a column of a key.
function suffix({ definition }: Constraint): string {
  const deferrable = definition.deferrable ? " DEFERRABLE" : "";
  const deferred = definition.initiallyDeferred ? " INITIALLY DEFERRED" : "";
  const valid = !definition.enforced ? " NOT ENFORCED" : definition.validated ? "" : " NOT VALID";
  return `${deferrable}${deferred}${valid}`;
}
