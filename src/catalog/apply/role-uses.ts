/** pg_shdepend: what names a role. */
import { mentions } from "../acl.ts";
import type { Acl, Oid } from "../model.ts";
import type { State } from "../store.ts";

interface Owned {
  readonly oid: Oid;
  readonly owner: Oid;
}

/** Everything that has an owner, apart from the database. */
export function* ownedObjects(state: State): Iterable<Owned> {
  yield* state.schemas.all();
  yield* state.relations.all();
  yield* state.routines.all();
  yield* state.types.all();
  yield* state.operators.all();
  yield* state.eventTriggers.all();
  yield* state.extensions.all();
  yield* state.foreignDataWrappers.all();
  yield* state.foreignServers.all();
  yield* state.publications.all();
  yield* state.subscriptions.all();
  yield* state.languages.all();
  yield* state.largeObjects.all();
  yield* state.builtins.all();
}

function* acls(state: State): Iterable<Acl> {
  for (const relation of state.relations.all()) {
    yield relation.acl;
    for (const column of relation.columns) if (column.acl.length > 0) yield column.acl;
  }
  for (const object of state.builtins.all()) {
    yield object.acl;
    yield* object.columns.values();
  }
  for (const table of [
    state.schemas,
    state.routines,
    state.types,
    state.foreignDataWrappers,
    state.foreignServers,
    state.languages,
    state.largeObjects,
    state.databases,
    state.parameters,
    state.defaultAcls,
  ]) {
    for (const record of table.all()) yield record.acl;
  }
}

/** Whether DROP ROLE must be refused: the role owns something, has or gave privileges, granted a membership, is named by a policy. */
export function roleIsUsed(state: State, role: Oid): boolean {
  for (const object of ownedObjects(state)) if (object.owner === role) return true;
  for (const database of state.databases.all()) if (database.owner === role) return true;
  for (const acl of acls(state)) if (mentions(acl, role)) return true;
  for (const row of state.memberships.all()) if (row.grantor === role) return true;
  for (const policy of state.policies.all()) if (policy.roles.includes(role)) return true;
  for (const row of state.defaultAcls.all()) if (row.role === role) return true;
  for (const mapping of state.userMappings.all()) if (mapping.user === role) return true;
  return false;
}
