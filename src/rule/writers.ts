/** Who can write a table's rows, or choose the names of objects. */
import { createTypeLookup } from "../access/type-lookup.ts";
import type { Oid, Relation, Routine } from "../catalog/model.ts";
import { remembered } from "../catalog/remembered.ts";
import { classify, type Origin } from "../templates/index.ts";
import type { Span } from "../text/span.ts";
import type { RuleContext } from "./define.ts";
import type { Reach } from "./finding.ts";

type Context = Pick<RuleContext, "catalog" | "access" | "uses" | "hiddenCalls">;

/** Whoever writes rows that come to a trigger function. */
export function rowWriters(context: Context, routine: Routine): readonly Reach[] {
  const found: Reach[] = [];
  for (const use of context.uses(routine)) {
    if (use.by !== "trigger" || use.relation === null) continue;
    for (const one of writersOf(context, use.relation)) {
      if (!found.some(({ role }) => role === one.role)) found.push(one);
    }
  }
  return found;
}

/** Whoever may insert into a table, or update it. */
export function writersOf(context: Context, table: Relation): readonly Reach[] {
  const inserters = context.access.users(table, "insert");
  const updaters = context.access.users(table, "update");
  return [...inserters, ...updaters.filter(({ role }) => !inserters.some((other) => other.role === role))];
}

const closedTables = new WeakMap<Context["access"], Map<Oid, boolean>>();

/** Whether the value was found in a table whose rows nobody but its owner and administrators writes. */
export function isListedByOwner(context: Context, routine: Routine | null, { checks }: Origin): boolean {
  return checks.some(({ relation }) => {
    const table = relation === undefined ? undefined : tableNamed(context, routine, relation);
    if (table === undefined || table.temporary || table.assumed) return false;
    const known = remembered(closedTables, context.access, () => new Map<Oid, boolean>());
    return remembered(known, table.oid, () => isClosed(context, table));
  });
}

function isClosed(context: Context, table: Relation): boolean {
  const policies = context.catalog.state.policies.by.relation.all(table.oid);
  const lets = policies.some(({ command }) => command !== "select" && command !== "delete");
  return (table.rowSecurity.value && !lets) || writersOf(context, table).length === 0;
}

/** What a name in the code means. */
export function tableNamed(
  context: Context,
  routine: Routine | null,
  name: readonly string[],
): Relation | undefined {
  const { catalog } = context;
  const path = routine === null ? [] : (catalog.searchPath(routine)?.values ?? routine.sessionPath);
  return catalog.resolveRelation(name, [...path, "public"]);
}

const creatorsKnown = new WeakMap<Context["access"], readonly Reach[]>();

/** Roles that can create objects, and so choose names, in some schema or the database. */
function creators({ access, catalog }: Context): readonly Reach[] {
  return remembered(creatorsKnown, access, () => creatorsOf(access, catalog));
}

function creatorsOf(access: Context["access"], catalog: Context["catalog"]): readonly Reach[] {
  const found: Reach[] = [];
  for (const role of access.principals) {
    for (const schema of catalog.state.schemas.all()) {
      const held = access.canCreateIn(role, schema);
      if (held === null) continue;
      found.push({ role: access.nameOf(role), via: held.steps });
      break;
    }
  }
  const names = new Set(found.map(({ role }) => role));
  for (const { role, held } of access.databaseCreators()) {
    const name = access.nameOf(role);
    if (!names.has(name)) found.push({ role: name, via: held.steps });
  }
  return found;
}

const BY_SUPERUSERS: ReadonlySet<string> = new Set(["pg_tablespace", "pg_am", "pg_language"]);
const OF_ROLES: ReadonlySet<string> = new Set(["pg_authid", "pg_roles", "pg_shadow", "pg_user", "pg_group"]);
const OF_DATABASE: ReadonlySet<string> = new Set(["pg_namespace", "pg_extension"]);

/** Whoever can choose the names that a system catalog holds; null: superusers alone. */
export function namers(context: Context, catalogName: string): readonly Reach[] | null {
  const { access, catalog } = context;
  if (BY_SUPERUSERS.has(catalogName)) return null;
  if (OF_DATABASE.has(catalogName))
    return access
      .databaseCreators()
      .map(({ role, held }) => ({ role: access.nameOf(role), via: held.steps }));
  const attribute =
    catalogName === "pg_database" ? "createdb" : OF_ROLES.has(catalogName) ? "createrole" : null;
  if (attribute === null) return creators(context);
  return access.principals.flatMap((oid) => {
    const role = catalog.state.roles.get(oid);
    const place = role?.attributePlaces[attribute];
    return role?.attributes[attribute] === true && place !== undefined
      ? [{ role: role.name, via: [{ place, text: attribute.toUpperCase() }] }]
      : [];
  });
}

/** Whether every table that has the trigger declares the field of a type that cannot carry SQL. */
export function isHarmlessField({ catalog }: Context, routine: Routine, field: string | null): boolean {
  const triggers = catalog.state.triggers.by.routine.all(routine.oid);
  if (field === null || triggers.length === 0) return false;
  return triggers.every(({ relation }) => {
    const table = catalog.state.relations.get(relation);
    if (table === undefined) return false;
    // Without such a column the trigger fails.
    if (!table.columns.some(({ name }) => name === field)) return true;
    const lookup = createTypeLookup(catalog, []);
    const type = lookup.column([catalog.schemaName(table.schema), table.name], field);
    return type !== null && classify(type, lookup) === "safe";
  });
}

/** Definers that fire the trigger function, where they give the field a value that is not their own. */
export function valuesByDefiners(
  context: Context,
  routine: Routine,
  field: string | null,
): readonly { readonly writer: Routine; readonly span: Span }[] {
  const found = new Map<Oid, { readonly writer: Routine; readonly span: Span }>();
  for (const { by, routine: writer, place } of context.uses(routine)) {
    if (by !== "write" || writer === null) continue;
    const gives = context.hiddenCalls(writer).some(({ routine: fired, fired: by }) => {
      if (by === null || fired.oid !== routine.oid) return false;
      const { write, table } = by;
      return write.written.some(
        ({ column, origins }, i) =>
          (field === null || (column ?? table.columns[i]?.name ?? field) === field) && origins.some(isOthers),
      );
    });
    if (gives) found.set(writer.oid, { writer, span: place.span });
  }
  return [...found.values()];
}

function isOthers({ kind }: Origin): boolean {
  return kind === "parameter" || kind === "trigger-row" || kind === "setting";
}
