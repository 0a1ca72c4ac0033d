/** Columns that queries inside a routine compute. */
import { outputName } from "../catalog/bind/expression.ts";
import type { Body, Expr, FromItem, Statement } from "../events/tree.ts";
import { walkBody } from "../events/walk.ts";

/**
 * Columns of WITH queries, of subqueries and of functions in FROM whose value is an expression of a kind, as conditions name
 * them: `e.company_id`. What is handed on from one such query to the next is not followed.
 */
export function columnsFrom(body: Body, is: (expr: Expr) => boolean): ReadonlySet<string> {
  const inWith = new Map<string, readonly string[]>();
  const found = new Set<string>();
  const add = (alias: string | null, columns: readonly string[]): void => {
    if (alias !== null) for (const column of columns) found.add(`${alias}.${column}`);
  };
  const items: FromItem[] = [];
  walkBody(body, {
    statement(statement) {
      if (statement.kind === "utility") return;
      for (const cte of statement.ctes) {
        const columns = columnsOf(cte.query, cte.columns, is);
        if (columns.length > 0) inWith.set(cte.name, columns);
      }
    },
    from: (item) => void items.push(item),
  });
  for (const item of items) {
    if (item.kind === "relation" && item.cte) {
      const columns = inWith.get(item.name[0] ?? "") ?? [];
      add(item.alias ?? item.name[0] ?? null, columns);
    }
    if (item.kind === "subquery") add(item.alias, columnsOf(item.query, item.columnNames, is));
    if (item.kind === "function" && item.calls.some(is)) {
      const [call] = item.calls;
      const name = call?.kind === "call" ? (call.name.at(-1) ?? null) : null;
      const alias = item.alias ?? name;
      // A function that gives one value names its column as itself, or as the alias.
      add(alias, item.columnNames ?? (alias === null ? [] : [alias]));
    }
  }
  return found;
}

function columnsOf(
  query: Statement,
  names: readonly string[] | undefined,
  is: (expr: Expr) => boolean,
): readonly string[] {
  if (query.kind !== "select") return [];
  return query.targets.flatMap((target, i) => {
    const name = names?.[i] ?? target.name ?? outputName(target.value);
    return is(target.value) ? [name] : [];
  });
}
