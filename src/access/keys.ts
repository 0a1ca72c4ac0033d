/** Primary keys and foreign keys by column name, however they were stated. */
import type { Catalog } from "../catalog/catalog.ts";
import type { Constraint, Relation } from "../catalog/model.ts";

function* constraintsOf(catalog: Catalog, table: Relation, kind: Constraint["kind"]): Iterable<Constraint> {
  for (const constraint of catalog.state.constraints.by.relation.all(table.oid))
    if (constraint.kind === kind) yield constraint;
}

function nameOf(table: Relation, number: number): string {
  return table.columns.find((column) => column.number === number)?.name ?? "";
}

/** Columns of the primary key. */
export function primaryKey(catalog: Catalog, table: Relation): readonly string[] {
  for (const { columns } of constraintsOf(catalog, table, "primary-key"))
    return columns.map((number) => nameOf(table, number));
  return [];
}

/** Whether a column alone is a key: no two rows have the same value in it. */
export function isKey(catalog: Catalog, table: Relation, column: string): boolean {
  for (const kind of ["primary-key", "unique"] as const) {
    for (const { columns } of constraintsOf(catalog, table, kind)) {
      const [only, ...others] = columns;
      if (only !== undefined && others.length === 0 && nameOf(table, only) === column) return true;
    }
  }
  return false;
}

/** Tables that a column refers to by a foreign key of its own. */
export function referencedTables(catalog: Catalog, table: Relation, column: string): readonly Relation[] {
  const found: Relation[] = [];
  for (const { columns, references } of constraintsOf(catalog, table, "foreign-key")) {
    const [only, ...others] = columns;
    if (only === undefined || others.length > 0 || references === null || nameOf(table, only) !== column)
      continue;
    const relation = catalog.state.relations.get(references.relation);
    if (relation !== undefined) found.push(relation);
  }
  return found;
}
