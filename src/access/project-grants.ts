/** Who was given a table privilege by which statement of the project. */
import type { Catalog } from "../catalog/catalog.ts";
import { type AclItem, type Privilege, PUBLIC, type Relation } from "../catalog/model.ts";
import { remembered } from "../catalog/remembered.ts";
import type { Place } from "../text/source.ts";
import type { Access } from "./access.ts";
import { clients } from "./policies.ts";
import { canActAs } from "./privileges.ts";

type Reach = ReturnType<Access["users"]>[number];

/** One statement of the project, with the tables and roles that it concerns. */
export interface ProjectGrant {
  readonly place: Place;
  /** ALTER DEFAULT PRIVILEGES */
  readonly defaults: boolean;
  readonly tables: Relation[];
  readonly reach: Reach[];
}

/**
 * Grants of a privilege on tables that pass `concerns`, by statement; `preset`: tables where the platform's own default
 * privileges give it to clients, whatever the project grants besides.
 */
export function projectGrants(
  source: { readonly catalog: Catalog; readonly access: Access },
  privilege: Privilege,
  concerns: (table: Relation) => boolean,
): { readonly grants: readonly ProjectGrant[]; readonly preset: readonly Relation[] } {
  const { catalog, access } = source;
  const grants = new Map<string, ProjectGrant>();
  const preset: Relation[] = [];
  for (const table of catalog.relations()) {
    if ((table.kind !== "table" && table.kind !== "partitioned-table") || table.prelude || table.assumed)
      continue;
    if (table.temporary || !concerns(table)) continue;
    let users: readonly Reach[] | null = null;
    for (const item of table.acl) {
      if (item.privilege !== privilege || item.grantee === table.owner || item.origin.kind === "owner")
        continue;
      if (access.trustOf(item.grantee) === "admin") continue;
      if (givenByPreset(catalog, table, item)) {
        if (!preset.includes(table)) preset.push(table);
        continue;
      }
      const { place } = item.origin;
      if (place === null) continue;
      users ??= clients(source, access.users(table, privilege));
      const reach = users.filter(({ role }) => has(catalog, role, item));
      if (reach.length === 0) continue;
      const key = `${place.source.path}:${place.span.start}`;
      const grant = grants.get(key) ?? {
        place,
        defaults: item.origin.kind === "default-privileges",
        tables: [],
        reach: [],
      };
      if (!grant.tables.includes(table)) grant.tables.push(table);
      for (const one of reach) if (!grant.reach.some(({ role }) => role === one.role)) grant.reach.push(one);
      grants.set(key, grant);
    }
  }
  return { grants: [...grants.values()], preset };
}

function has(catalog: Catalog, role: string, item: AclItem): boolean {
  if (role === "PUBLIC") return item.grantee === PUBLIC;
  const oid = catalog.roleNamed(role)?.oid;
  return oid !== undefined && (oid === item.grantee || canActAs(catalog, oid, item.grantee));
}

/**
 * Whether a platform's default privileges give the grantee the same on new tables of the schema, whoever creates them: dumps of
 * such databases restate them, table by table and as default privileges of one of the owners.
 */
function givenByPreset(catalog: Catalog, table: Relation, item: AclItem): boolean {
  if (item.origin.prelude) return true;
  for (const row of catalog.state.defaultAcls.all()) {
    if (row.objects !== "tables" || (row.schema !== null && row.schema !== table.schema)) continue;
    const same = row.acl.some(
      (one) =>
        one.grantee === item.grantee &&
        one.privilege === item.privilege &&
        (one.origin.prelude || isRestated(catalog, table, item)),
    );
    if (same) return true;
  }
  return false;
}

const byPreset = new WeakMap<Catalog, ReadonlySet<string>>();

/** A dump restates default privileges that the platform gave: whoever wrote them last, they are its own. */
function isRestated(catalog: Catalog, table: Relation, { grantee }: AclItem): boolean {
  const given = remembered(byPreset, catalog, () => {
    const found = new Set<string>();
    for (const { event, prelude } of catalog.state.statements.all()) {
      if (!prelude || event.kind !== "alter-default-privileges" || !event.grant || event.objects !== "tables")
        continue;
      for (const role of event.grantees)
        if (role.kind === "role") for (const schema of event.schemas) found.add(`${schema} ${role.name}`);
    }
    return found;
  });
  return given.has(`${catalog.schemaName(table.schema)} ${catalog.roleName(grantee)}`);
}

/** `a, b, c and 4 more` */
export function namesOfTables(catalog: Catalog, tables: readonly Relation[]): string {
  const names = tables.map((table) => catalog.relationName(table));
  return names.length <= 3
    ? names.join(", ")
    : `${names.slice(0, 3).join(", ")} and ${names.length - 3} more`;
}
