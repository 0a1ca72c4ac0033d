/**
 * What hangs on what, and deletion with all that follows, as PostgreSQL's dependency.c does it. Dependencies that records state
 * themselves (a policy is of a table) are read from them, the others are rows of `dependencies`.
 */
import type { Span } from "../text/span.ts";
import { type Context, refuse } from "./context.ts";
import type { Address, Bindings, Dependency, Oid, TypeRef } from "./model.ts";
import { newOid, type State } from "./store.ts";
import { Table } from "./table.ts";

function sameAddress(a: Address, b: Address): boolean {
  return a.oid === b.oid && a.column === b.column && a.part === b.part;
}

const keyOf = (address: Address): string => `${address.oid}.${address.column ?? ""}${address.part ?? ""}`;

/** Adds what an object hangs on; twice the same is once. */
export function dependOn(
  state: State,
  dependent: Address,
  on: Iterable<Address>,
  type: Dependency["type"] = "normal",
): void {
  for (const address of distinct(on)) {
    if (address.oid === dependent.oid && address.column === undefined) continue;
    state.dependencies.put({ oid: newOid(state), dependent, on: address, type });
  }
}

/** Each address once. Of a few all are compared, which takes no strings. */
function distinct(addresses: Iterable<Address>): readonly Address[] {
  const found: Address[] = [];
  let seen: Set<string> | null = null;
  for (const address of addresses) {
    if (seen === null && found.length === FEW) seen = new Set(found.map(keyOf));
    if (seen === null ? found.some((other) => sameAddress(other, address)) : seen.has(keyOf(address)))
      continue;
    seen?.add(keyOf(address));
    found.push(address);
  }
  return found;
}

const FEW = 8;

/** Forgets what an object hangs on, before it is defined anew. What extension it is a member of stays. */
export function independent(state: State, dependent: Address, type?: Dependency["type"]): void {
  for (const row of state.dependencies.by.of.all(dependent.oid)) {
    if (
      sameAddress(row.dependent, dependent) &&
      (type === undefined ? row.type !== "extension" : row.type === type)
    )
      state.dependencies.delete(row.oid);
  }
}

/** The extension that an object is a member of (pg_depend's `e`); null: of none. */
export function extensionOf(state: State, oid: Oid): Oid | null {
  const row = state.dependencies.by.of.all(oid).find(({ type }) => type === "extension");
  return row?.on.oid ?? null;
}

/** What a query or expression uses, without `own`, which it hangs on anyway. */
export function usesOf(bindings: Bindings, own?: Oid): readonly Address[] {
  const uses: Address[] = [];
  for (const address of bindings.values())
    if (address.oid !== own || address.column !== undefined) uses.push(address);
  return distinct(uses);
}

/** The user-made type that a type reference names. */
export function typeUses(types: Iterable<TypeRef>): readonly Address[] {
  const uses: Address[] = [];
  for (const type of types) if (typeof type.base === "number") uses.push({ oid: type.base });
  return uses;
}

interface Edge {
  readonly address: Address;
  readonly type: Dependency["type"];
}

/** Objects that hang directly on this one, or on a column of it. */
function dependentsOf(state: State, { oid, column, part }: Address): readonly Edge[] {
  const edges: Edge[] = [];
  const add = (rows: Iterable<{ readonly oid: Oid }>, type: Dependency["type"]): void => {
    for (const row of rows) edges.push({ address: { oid: row.oid }, type });
  };
  for (const row of state.dependencies.by.on.all(oid)) {
    if (column !== undefined && (row.on.column !== column || row.on.part !== part)) continue;
    edges.push({ address: row.dependent, type: row.type });
  }
  if (part !== undefined) return edges;
  if (column !== undefined) {
    for (const owned of state.relations.by.of.all(oid)) {
      if (owned.belongsTo?.column !== column) continue;
      edges.push({
        address: { oid: owned.oid },
        type: owned.belongsTo.how === "identity" ? "internal" : "auto",
      });
    }
    return edges;
  }
  add(state.policies.by.relation.all(oid), "auto");
  add(state.rules.by.relation.all(oid), "auto");
  add(state.constraints.by.relation.all(oid), "auto");
  add(state.constraints.by.parent.all(oid), "internal");
  for (const constraint of state.constraints.by.index.all(oid)) {
    // A foreign key wants the referenced index; a key and its index are one.
    if (constraint.kind === "foreign-key") edges.push({ address: { oid: constraint.oid }, type: "normal" });
  }
  const own = state.constraints.get(oid);
  if (own !== undefined && own.kind !== "foreign-key" && own.index !== null) {
    edges.push({ address: { oid: own.index }, type: "internal" });
  }
  for (const constraint of state.constraints.by.references.all(oid)) {
    edges.push({ address: { oid: constraint.oid }, type: "normal" });
  }
  add(state.relations.by.index.all(oid), "internal");
  for (const trigger of state.triggers.by.relation.all(oid))
    edges.push({ address: { oid: trigger.oid }, type: "auto" });
  add(state.triggers.by.parent.all(oid), "internal");
  add(state.triggers.by.routine.all(oid), "normal");
  add(state.eventTriggers.by.routine.all(oid), "normal");
  for (const owned of state.relations.by.of.all(oid)) {
    edges.push({
      address: { oid: owned.oid },
      type: owned.belongsTo?.how === "identity" ? "internal" : "auto",
    });
  }
  for (const child of state.relations.by.parent.all(oid)) {
    edges.push({ address: { oid: child.oid }, type: child.partition ? "auto" : "normal" });
  }
  add(state.relations.by.schema.all(oid), "normal");
  add(state.routines.by.schema.all(oid), "normal");
  add(state.types.by.schema.all(oid), "normal");
  add(state.defaultAcls.by.schema.all(oid), "auto");
  return edges;
}

/** What an object is a part of. */
interface Owner {
  readonly address: Address;
  /** A part that other deletions take without the whole: what a partition has from its partitioned table. */
  readonly ofPartition: boolean;
}

/** What the object is a part of, so that it cannot be dropped alone; null when it stands for itself. */
function ownerOf(state: State, address: Address): Owner | null {
  if (address.column !== undefined) return null;
  const { oid } = address;
  const internal = (owner: Address): Owner => ({ address: owner, ofPartition: false });
  for (const row of state.dependencies.by.of.all(oid)) {
    if ((row.type === "internal" || row.type === "extension") && row.dependent.column === undefined)
      return internal(row.on);
  }
  const relation = state.relations.get(oid);
  if (relation?.belongsTo?.how === "identity") {
    const { column, relation: table } = relation.belongsTo;
    return internal(column === null ? { oid: table } : { oid: table, column });
  }
  if (relation?.kind === "index") {
    const key = state.constraints.by.index.all(oid).find((constraint) => constraint.kind !== "foreign-key");
    if (key !== undefined) return internal({ oid: key.oid });
  }
  const parent =
    relation?.index?.parent ?? state.constraints.get(oid)?.parent ?? state.triggers.get(oid)?.parent ?? null;
  return parent === null ? null : { address: { oid: parent }, ofPartition: true };
}

/** Whether an object is a part of nothing else, neither of an extension nor of another object. */
export function standsAlone(state: State, address: Address): boolean {
  return ownerOf(state, address) === null;
}

/** How an object came into the set that is deleted. */
interface Target {
  readonly address: Address;
  /** Named by the statement, or goes along silently by some way. */
  allowed: boolean;
}

/** The objects that go with `roots`. */
function targetsOf(
  context: Context,
  roots: readonly Address[],
  how: { readonly cascade: boolean; readonly span: Span; readonly what: string },
): readonly Address[] {
  const { state } = context;
  const targets = new Map<string, Target>();
  const open: Address[] = [];
  const reach = (address: Address, allowed: boolean): void => {
    // A column goes with its whole relation.
    const whole = address.column === undefined ? undefined : targets.get(keyOf({ oid: address.oid }));
    if (whole !== undefined) return;
    const key = keyOf(address);
    const before = targets.get(key);
    if (before === undefined) {
      targets.set(key, { address, allowed });
      open.push(address);
    } else if (allowed) before.allowed = true;
  };
  for (const root of roots) reach(root, true);
  const isRoot = (address: Address): boolean =>
    roots.some(
      (root) => sameAddress(root, address) || (root.oid === address.oid && root.column === undefined),
    );
  for (const root of roots) {
    const owner = ownerOf(state, root);
    if (owner === null || isRoot(owner.address)) continue;
    refuse(context, how.span, `cannot drop ${how.what} because something else requires it`);
  }
  for (let address = open.pop(); address !== undefined; address = open.pop()) {
    const owner = ownerOf(state, address);
    if (
      owner !== null &&
      !owner.ofPartition &&
      !targets.has(keyOf(owner.address)) &&
      !targets.has(keyOf({ oid: owner.address.oid }))
    ) {
      reach(owner.address, targets.get(keyOf(address))?.allowed === true);
    }
    for (const edge of dependentsOf(state, address)) reach(edge.address, edge.type !== "normal");
  }
  if (!how.cascade) {
    for (const target of targets.values()) {
      if (target.allowed) continue;
      const { oid, column } = target.address;
      // A column goes with its relation, a default with its column.
      if (
        column !== undefined &&
        (targets.has(keyOf({ oid })) || targets.get(keyOf({ oid, column }))?.allowed === true)
      )
        continue;
      refuse(context, how.span, `cannot drop ${how.what} because other objects depend on it`);
    }
  }
  return [...targets.values()].map((target) => target.address);
}

/**
 * Deletes objects with everything that hangs on them (performMultipleDeletions); refused when that takes CASCADE. `what` names
 * them in the refusal.
 */
export function deleteObjects(
  context: Context,
  roots: readonly Address[],
  how: { readonly cascade: boolean; readonly span: Span; readonly what: string },
): void {
  for (const address of targetsOf(context, roots, how)) {
    context.dropped++;
    if (address.column === undefined) remove(context.state, address.oid);
    else if (address.part === "default") removeDefault(context.state, address.oid, address.column);
    else removeColumn(context.state, address.oid, address.column);
  }
}

function remove(state: State, oid: Oid): void {
  const key = state.constraints.get(oid);
  if (key !== undefined) forgetConstraint(state, oid);
  for (const table of Object.values(state)) if (table instanceof Table) table.delete(oid);
  for (const row of state.dependencies.by.of.all(oid)) state.dependencies.delete(row.oid);
  for (const row of state.dependencies.by.on.all(oid)) state.dependencies.delete(row.oid);
}

/** Without its NOT NULL or primary key constraint a column takes NULL (from PostgreSQL 18 on, where they are constraints). */
function forgetConstraint(state: State, oid: Oid): void {
  const constraint = state.constraints.get(oid);
  const relation = constraint === undefined ? undefined : state.relations.get(constraint.relation);
  if (constraint?.kind !== "not-null" || relation === undefined) return;
  state.relations.put({
    ...relation,
    columns: relation.columns.map((column) =>
      constraint.columns.includes(column.number) ? { ...column, notNull: false } : column,
    ),
  });
}

function removeDefault(state: State, oid: Oid, number: number): void {
  const relation = state.relations.get(oid);
  if (relation === undefined) return;
  independent(state, { oid, column: number, part: "default" });
  state.relations.put({
    ...relation,
    columns: relation.columns.map((column) =>
      column.number === number ? { ...column, default: null, generated: null } : column,
    ),
  });
}

function removeColumn(state: State, oid: Oid, number: number): void {
  const relation = state.relations.get(oid);
  for (const row of state.dependencies.by.of.all(oid))
    if (row.dependent.column === number) state.dependencies.delete(row.oid);
  for (const row of state.dependencies.by.on.all(oid))
    if (row.on.column === number) state.dependencies.delete(row.oid);
  const type = state.types.get(oid);
  if (type !== undefined) {
    state.types.put({
      ...type,
      attributes: type.attributes.filter((attribute) => attribute.number !== number),
    });
  }
  if (relation === undefined) return;
  state.relations.put({
    ...relation,
    columns: relation.columns.filter((column) => column.number !== number),
  });
}
