/** Typed tables (CREATE TABLE … OF) follow their type when its attributes change. */
import type { Span } from "../../text/span.ts";
import { type Context, refuse } from "../context.ts";
import { deleteObjects } from "../depend.ts";
import type { Oid, UserType } from "../model.ts";
import { requireOwner } from "../permissions.ts";
import { dependOnTypes, plainColumn } from "./columns.ts";

/** find_typed_table_dependencies(): tables of the type change with it when CASCADE says so, and with the rights of their owner. */
export function requireTypedTables(context: Context, span: Span, type: UserType, cascade: boolean): void {
  if (context.assume) return;
  for (const table of context.state.relations.by.type.all(type.oid)) {
    if (!cascade)
      refuse(context, span, `cannot alter type "${type.name}" because it is the type of a typed table`);
    requireOwner(context, span, table.owner, `table ${table.name}`);
  }
}

/** Brings the tables of a composite type to its attributes as they are now; `before`: the type until now. */
export function followType(context: Context, before: UserType): void {
  const { state } = context;
  const after = state.types.get(before.oid);
  if (after === undefined) return;
  const numbers = new Map(before.attributes.map((attribute) => [attribute.name, attribute.number]));
  const now = new Map(after.attributes.map((attribute) => [attribute.number, attribute]));
  for (const { oid } of state.relations.by.type.all(before.oid)) {
    for (const column of state.relations.get(oid)?.columns ?? []) {
      const number = numbers.get(column.name);
      if (number === undefined || now.has(number)) continue;
      const roots = [{ oid, column: column.number }];
      deleteObjects(context, roots, { cascade: true, span: after.place.span, what: `column ${column.name}` });
    }
    renameAndAdd(context, oid, numbers, now, after);
  }
}

function renameAndAdd(
  context: Context,
  oid: Oid,
  numbers: ReadonlyMap<string, number>,
  now: ReadonlyMap<number, UserType["attributes"][number]>,
  type: UserType,
): void {
  const { state } = context;
  const table = state.relations.get(oid);
  if (table === undefined) return;
  const columns = table.columns.map((column) => {
    const attribute = now.get(numbers.get(column.name) ?? 0);
    return attribute === undefined ? column : { ...column, name: attribute.name, type: attribute.type };
  });
  const known = new Set(numbers.values());
  let { nextColumn } = table;
  const added = type.attributes
    .filter((attribute) => !known.has(attribute.number))
    .map((attribute) => plainColumn(nextColumn++, attribute.name, attribute.type, type.place));
  state.relations.put({ ...table, columns: [...columns, ...added], nextColumn });
  dependOnTypes(context, oid, added);
}
