/** Views that show the accounts of an authentication service. */
import type { Catalog } from "../catalog/catalog.ts";
import type { Relation } from "../catalog/model.ts";
import type { Select } from "../events/tree.ts";
import { walkExpr } from "../events/walk.ts";
import { isSecurityInvoker } from "./row-security.ts";
import { filtersByIdentity } from "./view-shape.ts";

/** Schemas whose tables hold accounts. */
const ACCOUNT_SCHEMAS: ReadonlySet<string> = new Set(["auth", "basic_auth", "pgstack"]);
/** What nobody but the account's owner should read. */
const PERSONAL =
  /email|phone|passw|pass$|token|secret|meta_data|metadata|identity_data|payload|ip_address|user_agent|last_sign_in|code_challenge/;

export interface AuthExposure {
  readonly table: Relation;
  /** Columns shown, `*` for all. */
  readonly columns: readonly string[];
}

/** The account table whose personal columns a view shows for everybody; null when it shows none, or each reader's own alone. */
export function authExposure(catalog: Catalog, view: Relation): AuthExposure | null {
  if (view.query === null || isSecurityInvoker(view, catalog.postgresVersion)) return null;
  const { statement } = view.query;
  if (statement.kind !== "select" || (view.kind === "view" && filtersByIdentity(statement))) return null;
  for (const read of view.query.reads) {
    const table = catalog.state.relations.get(read.relation);
    if (table === undefined || !ACCOUNT_SCHEMAS.has(catalog.schemaName(table.schema))) continue;
    if (table.kind === "view") continue;
    const columns = shown(statement, table);
    if (columns.length > 0) return { table, columns };
  }
  return null;
}

function shown(query: Select, table: Relation): readonly string[] {
  const found = new Set<string>();
  const queries = [query];
  for (const next of queries) {
    if (next.setOperation !== null) queries.push(next.setOperation.left, next.setOperation.right);
    const aliases = aliasesOf(next, table);
    if (aliases.size === 0) continue;
    for (const target of next.targets) {
      walkExpr(target.value, {
        expr(expr) {
          if (expr.kind === "subquery") queries.push(expr.query);
          // How many there are says nothing of anybody.
          if (expr.kind === "call" && expr.name.at(-1) === "count") return false;
          if (expr.kind !== "column") return expr.kind !== "subquery";
          const name = expr.name.at(-1) ?? "";
          const qualifier = expr.name.at(-2);
          if (qualifier !== undefined && !aliases.has(qualifier)) return true;
          if (name === "*") found.add("*");
          const own =
            qualifier !== undefined || table.assumed || table.columns.some((column) => column.name === name);
          if (own && PERSONAL.test(name)) found.add(name);
          return true;
        },
      });
    }
  }
  return [...found];
}

function aliasesOf(query: Select, table: Relation): ReadonlySet<string> {
  const found = new Set<string>();
  const open = [...query.from];
  for (let item = open.pop(); item !== undefined; item = open.pop()) {
    if (item.kind === "join") open.push(item.left, item.right);
    if (item.kind === "relation" && item.name.at(-1) === table.name) found.add(item.alias ?? table.name);
  }
  return found;
}
