import type { FromItem, RelationItem, Select } from "./tree.ts";

/** Relations a query reads in its FROM clauses, at any depth, CTEs left out. */
export function relationsRead(query: Select): readonly RelationItem[] {
  const found: RelationItem[] = [];
  const selects: Select[] = [query];
  for (let select = selects.pop(); select !== undefined; select = selects.pop()) {
    if (select.setOperation !== null) selects.push(select.setOperation.left, select.setOperation.right);
    for (const cte of select.ctes) if (cte.query.kind === "select") selects.push(cte.query);
    const items: FromItem[] = [...select.from];
    for (let item = items.pop(); item !== undefined; item = items.pop()) {
      if (item.kind === "relation" && !item.cte) found.push(item);
      else if (item.kind === "join") items.push(item.left, item.right);
      else if (item.kind === "subquery") selects.push(item.query);
    }
  }
  return found;
}
