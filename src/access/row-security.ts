/** When row-level security applies to a read, and when a view or role gets past it. */
import type { Catalog } from "../catalog/catalog.ts";
import { hasPrivilegesOf, isSuperuser, membersBelow } from "../catalog/membership.ts";
import { type BoundQuery, type Oid, type Policy, PUBLIC, type Relation } from "../catalog/model.ts";
import { remembered } from "../catalog/remembered.ts";
import type { Expr } from "../events/tree.ts";
import { ANYONE, alwaysTrue, predicates } from "./predicates.ts";
import { actorsOfAny, canActAs } from "./privileges.ts";

/** Whether a role sees a table past its row security: superuser, BYPASSRLS, or owner of a table that is not forced. */
export function bypassesRowSecurity(catalog: Catalog, role: Oid, table: Relation): boolean {
  if (!table.rowSecurity.value) return true;
  if (role === PUBLIC) return false;
  if (isSuperuser(catalog.state, role) || catalog.role(role)?.attributes.bypassrls === true) return true;
  return (
    !table.forceRowSecurity.value &&
    hasPrivilegesOf(catalog.state, role, table.owner, catalog.postgresVersion)
  );
}

function appliesTo(catalog: Catalog, policy: Policy, role: Oid): boolean {
  if (policy.roles.includes(PUBLIC)) return true;
  return policy.roles.some((oid) => canActAs(catalog, role, oid));
}

/**
 * Whether a role reads every row anyway: past the policies, itself or as a role it can become, or by a permissive
 * `USING (true)` with nothing restrictive.
 */
export function readsAllRows(catalog: Catalog, role: Oid, table: Relation): boolean {
  if (!table.rowSecurity.value || passers(catalog, table).has(role)) return true;
  return remembered(forCatalog(catalog).openTo, `${table.oid} ${role}`, () => isOpenTo(catalog, role, table));
}

function isOpenTo(catalog: Catalog, role: Oid, table: Relation): boolean {
  const policies = catalog
    .policiesOf(table)
    .filter(
      (policy) =>
        (policy.command === "all" || policy.command === "select") && appliesTo(catalog, policy, role),
    );
  if (policies.some((policy) => !policy.permissive)) return false;
  return policies.some(({ using }) => using !== null && letsAllPass(using.expr));
}

const decided = new WeakMap<Expr, boolean>();

/** Whether a condition is true for every row and whoever asks, in whatever words: `true`, `1 = 1`, `NOT false`. */
export function letsAllPass(condition: Expr): boolean {
  if (condition.kind === "boolean") return condition.value;
  return remembered(decided, condition, () => alwaysTrue(predicates().of(condition), ANYONE) === "yes");
}

/** Roles that get past a table's policies, or can become one that does. */
function passers(catalog: Catalog, { owner, forceRowSecurity }: Relation): ReadonlySet<Oid> {
  const owners = forceRowSecurity.value ? null : owner;
  return remembered(forCatalog(catalog).passers, owners, () => {
    const { state, postgresVersion } = catalog;
    const past = [...state.roles.all()]
      .filter(({ attributes }) => attributes.superuser || attributes.bypassrls)
      .map(({ oid }) => oid);
    if (owners !== null)
      past.push(owners, ...membersBelow(state, [owners], "inherit", postgresVersion).keys());
    return actorsOfAny(catalog, past);
  });
}

/** A table under row security that a view shows past it. */
export interface RowsPastPolicies {
  readonly table: Relation;
  /** The view that reads the table, with its owner's rights: the one asked about, or one below it. */
  readonly reader: Relation;
}

/** Whether a view works with its reader's rights (PostgreSQL 15 and later). */
export function isSecurityInvoker(view: Relation, postgresVersion: number): boolean {
  return postgresVersion >= 15 && isOn(view.options.get("security_invoker")?.value);
}

export function isSecurityBarrier(view: Relation): boolean {
  return isOn(view.options.get("security_barrier")?.value);
}

function isOn(value: string | undefined): boolean {
  return value !== undefined && !["false", "off", "no", "0"].includes(value.toLowerCase());
}

/** Tables whose policies do not apply to readers of a view, because it reads them as its owner. */
export function rowsPastPolicies(catalog: Catalog, view: Relation): readonly RowsPastPolicies[] {
  const known = forCatalog(catalog);
  if (!known.overGuarded.has(view.oid)) return [];
  // Those below first, without recursion: views can stand on each other by the thousand.
  const open = [view];
  const entered = new Set<Oid>();
  for (let next = open.at(-1); next !== undefined; next = open.at(-1)) {
    if (known.past.has(next.oid)) open.pop();
    else if (entered.has(next.oid)) known.past.set(next.oid, findRowsPast(catalog, next, known.past));
    else {
      entered.add(next.oid);
      for (const below of viewsBelow(catalog, next)) if (!entered.has(below.oid)) open.push(below);
    }
  }
  return known.past.get(view.oid) ?? [];
}

/** What of a view names the table, or the view through which its rows come. */
export function readTowards(
  catalog: Catalog,
  view: Relation,
  { table }: RowsPastPolicies,
): BoundQuery["reads"][number] | undefined {
  const reads = view.query?.reads ?? [];
  return (
    reads.find((read) => read.relation === table.oid) ??
    reads.find((read) => {
      const below = catalog.state.relations.get(read.relation);
      return below !== undefined && rowsPastPolicies(catalog, below).some((past) => past.table === table);
    })
  );
}

interface Known {
  readonly changes: number;
  /** Views that lead to a table under row security, whoever reads it. */
  readonly overGuarded: ReadonlySet<Oid>;
  readonly past: Map<Oid, readonly RowsPastPolicies[]>;
  /** By table and role: whether the policies let all rows pass. */
  readonly openTo: Map<string, boolean>;
  /** By the owner whose members get past the policies of its tables; null for none. */
  readonly passers: Map<Oid | null, ReadonlySet<Oid>>;
}

const byCatalog = new WeakMap<Catalog, Known>();

/** What several rules ask of every view: long chains of views would cost their square each time. */
function forCatalog(catalog: Catalog): Known {
  const { changes } = catalog.state.journal;
  let known = byCatalog.get(catalog);
  if (known?.changes !== changes) {
    known = {
      changes,
      overGuarded: viewsOverGuarded(catalog),
      past: new Map(),
      openTo: new Map(),
      passers: new Map(),
    };
    byCatalog.set(catalog, known);
  }
  return known;
}

function viewsOverGuarded(catalog: Catalog): ReadonlySet<Oid> {
  const readers = new Map<Oid, Oid[]>();
  const open: Oid[] = [];
  for (const relation of catalog.relations()) {
    if (relation.rowSecurity.value) open.push(relation.oid);
    for (const read of relation.query?.reads ?? [])
      remembered(readers, read.relation, () => []).push(relation.oid);
  }
  const found = new Set<Oid>();
  for (let oid = open.pop(); oid !== undefined; oid = open.pop()) {
    for (const reader of readers.get(oid) ?? []) {
      if (found.has(reader)) continue;
      found.add(reader);
      open.push(reader);
    }
  }
  return found;
}

/** Views that a view reads, the last first. */
function viewsBelow(catalog: Catalog, view: Relation): readonly Relation[] {
  const views = (view.query?.reads ?? []).flatMap(({ relation }) => {
    const found = catalog.state.relations.get(relation);
    return found?.kind === "view" ? found : [];
  });
  return [...new Set(views)].reverse();
}

/** From what is known of the views below: those read a table with their own owner's rights. */
function findRowsPast(
  catalog: Catalog,
  view: Relation,
  known: ReadonlyMap<Oid, readonly RowsPastPolicies[]>,
): readonly RowsPastPolicies[] {
  // What a security_invoker view reads is checked against its reader: for the outermost one nothing is passed.
  if (isSecurityInvoker(view, catalog.postgresVersion)) return [];
  const own: RowsPastPolicies[] = [];
  for (const table of new Set((view.query?.reads ?? []).map((read) => read.relation))) {
    const relation = catalog.state.relations.get(table);
    if (relation === undefined || relation.kind === "view" || !relation.rowSecurity.value) continue;
    if (bypassesRowSecurity(catalog, view.owner, relation)) own.push({ table: relation, reader: view });
  }
  const lists = [own, ...viewsBelow(catalog, view).map(({ oid }) => known.get(oid) ?? [])];
  const [only = [], ...others] = lists.filter((list) => list.length > 0);
  // A chain of views shares one list.
  if (others.length === 0) return only;
  const found = new Map<Oid, RowsPastPolicies>();
  for (const list of [only, ...others])
    for (const past of list) if (!found.has(past.table.oid)) found.set(past.table.oid, past);
  return [...found.values()];
}
