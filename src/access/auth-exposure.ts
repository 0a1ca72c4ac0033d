/** Views that show the accounts of an authentication service or of PostgreSQL itself, or a vault's secrets. */
import type { Catalog } from "../catalog/catalog.ts";
import type { Relation } from "../catalog/model.ts";
import type { Select } from "../events/tree.ts";
import { walkExpr, walkStatement } from "../events/walk.ts";
import type { Span } from "../text/span.ts";
import { isSecurityInvoker } from "./row-security.ts";
import { filtersByIdentity } from "./view-shape.ts";

/** Schemas whose tables hold accounts. */
const ACCOUNT_SCHEMAS: ReadonlySet<string> = new Set(["auth", "basic_auth", "pgstack"]);
/** Tables and views of PostgreSQL and of Supabase's vault that hold passwords, and are not readable by everybody. */
const CATALOGS: ReadonlyMap<string, RegExp> = new Map([
  ["pg_catalog.pg_authid", /^rolpassword$/],
  ["pg_catalog.pg_shadow", /^passwd$/],
  ["pg_catalog.pg_subscription", /^subconninfo$/],
  ["pg_catalog.pg_user_mapping", /^umoptions$/],
  ["vault.decrypted_secrets", /^decrypted_secret$/],
]);
/** What nobody but the account's owner should read. */
const PERSONAL =
  /email|phone|passw|pass$|token|secret|meta_data|metadata|identity_data|payload|ip_address|user_agent|last_sign_in|code_challenge/;

export interface AuthExposure {
  /** null for a catalog of PostgreSQL, and the vault. */
  readonly table: Relation | null;
  /** `auth.users`, `pg_catalog.pg_authid` */
  readonly name: string;
  /** Where the view names it; null where it does not itself. */
  readonly span: Span | null;
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
    const has = (name: string) => table.assumed || table.columns.some((column) => column.name === name);
    const columns = shown(statement, { name: table.name, has, personal: PERSONAL });
    if (columns.length > 0) return { table, name: catalog.relationName(table), span: read.span, columns };
  }
  return catalogExposure(statement);
}

/** These are no tables of the project's accounts: they are told by name. */
function catalogExposure(statement: Select): AuthExposure | null {
  let found: AuthExposure | null = null;
  walkStatement(statement, {
    from(item) {
      if (found !== null || item.kind !== "relation" || item.cte) return;
      const name = item.name.at(-1) ?? "";
      const full = `${item.name.at(-2) ?? "pg_catalog"}.${name}`;
      const personal = CATALOGS.get(full);
      if (personal === undefined) return;
      const columns = shown(statement, { name, has: () => true, personal });
      if (columns.length > 0) found = { table: null, name: full, span: item.span, columns };
    },
  });
  return found;
}

interface Accounts {
  readonly name: string;
  has(column: string): boolean;
  readonly personal: RegExp;
}

function shown(query: Select, table: Accounts): readonly string[] {
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
          const own = qualifier !== undefined || table.has(name);
          if (own && table.personal.test(name)) found.add(name);
          return true;
        },
      });
    }
  }
  return [...found];
}

function aliasesOf(query: Select, table: Accounts): ReadonlySet<string> {
  const found = new Set<string>();
  const open = [...query.from];
  for (let item = open.pop(); item !== undefined; item = open.pop()) {
    if (item.kind === "join") open.push(item.left, item.right);
    if (item.kind === "relation" && item.name.at(-1) === table.name) found.add(item.alias ?? table.name);
  }
  return found;
}
