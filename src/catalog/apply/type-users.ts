/** Columns that hold values of a type, directly or in arrays, domains, composite and range types (find_composite_type_dependencies). */
import type { Span } from "../../text/span.ts";
import { type Context, refuse } from "../context.ts";
import type { Oid } from "../model.ts";

/** Refuses to change a type that a stored column contains. */
export function requireNotStored(context: Context, type: Oid, span: Span): void {
  if (context.assume) return;
  const found = storedIn(context, type, new Set());
  if (found !== null) refuse(context, span, `cannot alter type because column "${found}" uses it`);
}

/** The same of a domain, whose own columns can be checked: not those that hold arrays of it or types with it. */
export function requireOnlyColumns(context: Context, domain: Oid, span: Span): void {
  if (context.assume) return;
  const { state } = context;
  for (const row of state.dependencies.by.on.all(domain)) {
    const { oid, column: number } = row.dependent;
    const column = state.relations.get(oid)?.columns.find((each) => each.number === number);
    if (column?.type.base === domain && column.type.array) refuseColumn(context, oid, column.name, span);
    const type = state.types.get(oid);
    if (type?.kind !== "domain") {
      if (type !== undefined || column !== undefined) requireNotStored(context, oid, span);
    } else if (type.baseType?.array === true) requireNotStored(context, oid, span);
    else requireOnlyColumns(context, oid, span);
  }
}

function refuseColumn(context: Context, relation: Oid, column: string, span: Span): void {
  const table = context.state.relations.get(relation);
  if (table === undefined) return;
  if (STORED.has(table.kind))
    refuse(context, span, `cannot alter type because column "${table.name}.${column}" uses it`);
  requireNotStored(context, relation, span);
}

const STORED: ReadonlySet<string> = new Set(["table", "partitioned-table", "materialized-view"]);

/** `table.column` of a stored column with the type (or row type) in it; null when there is none. */
function storedIn(context: Context, type: Oid, seen: Set<Oid>): string | null {
  if (seen.has(type)) return null;
  seen.add(type);
  const { state } = context;
  for (const row of state.dependencies.by.on.all(type)) {
    const { oid, column: number } = row.dependent;
    if (row.on.column !== undefined) continue;
    const relation = state.relations.get(oid);
    const column = relation?.columns.find((each) => each.number === number && each.type.base === type);
    if (relation !== undefined && column !== undefined) {
      if (STORED.has(relation.kind)) return `${relation.name}.${column.name}`;
    } else if (state.types.get(oid) === undefined) continue;
    const found = storedIn(context, oid, seen);
    if (found !== null) return found;
  }
  return null;
}
