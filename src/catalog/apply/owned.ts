/** REASSIGN OWNED and DROP OWNED, as pg_shdepend.c does them. */
import type { EventOf, PrivilegeRef, RoleRef } from "../../events/event.ts";
import type { Span } from "../../text/span.ts";
import { type AclObject, allPrivileges, changeAclOwner, mentions } from "../acl.ts";
import { type Context, currentUser, placeOf, refuse } from "../context.ts";
import { deleteObjects } from "../depend.ts";
import type { GrantChange } from "../granting.ts";
import { hasPrivilegesOf, isSuperuser } from "../membership.ts";
import type { Acl, Oid, Schema, Subscription } from "../model.ts";
import { requireDatabaseCreate, requireOwnerCreates, requireSetRole } from "../permissions.ts";
import { roleName, roleOid } from "../resolve.ts";
import { databaseOf } from "../store.ts";
import type { Table } from "../table.ts";
import { putDatabaseOwner } from "./databases.ts";
import { DEFAULT_ACL_OBJECT, setDefaultAcl } from "./default-privileges.ts";
import { grantOnBuiltin, grantOnRecord, grantOnRelation } from "./grant-objects.ts";
import { setRelationOwner } from "./owner.ts";
import { grantOnParameter } from "./parameters.ts";
import { ownedObjects } from "./role-uses.ts";
import { requireMayGive } from "./subscriptions.ts";

/** Roles whose rights the user must have. */
function rolesOfStatement(
  context: Context,
  refs: readonly RoleRef[],
  span: Span,
  what: string,
): readonly Oid[] {
  const user = currentUser(context);
  return refs.map((ref) => {
    const role = roleOid(context, ref);
    if (!context.assume && !hasPrivilegesOf(context.state, user, role, context.postgresVersion)) {
      refuse(context, span, `permission denied to ${what}`);
    }
    return role;
  });
}

function refuseBuiltIn(context: Context, role: Oid, span: Span, what: string): void {
  if (context.state.roles.get(role)?.builtIn !== true) return;
  refuse(
    context,
    span,
    `cannot ${what} role ${roleName(context.state, role)} because they are required by the database system`,
  );
}

export function reassignOwned(context: Context, event: EventOf<"reassign-owned">): void {
  const { state } = context;
  const { span } = event;
  const from = new Set(rolesOfStatement(context, event.roles, span, "reassign objects"));
  const [owner = context.bootstrap] = rolesOfStatement(context, [event.newOwner], span, "reassign objects");
  for (const role of from) refuseBuiltIn(context, role, span, "reassign ownership of objects owned by");
  const given = <T extends { readonly oid: Oid; readonly owner: Oid }>(table: Table<T>): readonly T[] =>
    [...table.all()].filter((record) => record.owner !== owner && from.has(record.owner));
  const giveAcl = <T extends { readonly oid: Oid; readonly owner: Oid; readonly acl: Acl }>(
    table: Table<T>,
    check?: (record: T) => void,
  ): void => {
    for (const record of given(table)) {
      check?.(record);
      table.put({ ...record, owner, acl: changeAclOwner(record.acl, record.owner, owner) });
    }
  };
  const give = <T extends { readonly oid: Oid; readonly owner: Oid }>(
    table: Table<T>,
    check?: (record: T) => void,
  ): void => {
    for (const record of given(table)) {
      check?.(record);
      table.put({ ...record, owner });
    }
  };
  const forSuperusers = (): void => {
    if (!context.assume && !isSuperuser(state, owner))
      refuse(context, span, "the new owner must be a superuser");
  };
  const inSchema = (record: { readonly schema: Oid }): void => {
    requireSetRole(context, span, owner);
    const schema = state.schemas.get(record.schema);
    if (schema !== undefined) requireOwnerCreates(context, span, owner, schema);
  };
  const inDatabase = (): void => {
    requireSetRole(context, span, owner);
    requireDatabaseCreate(context, span);
  };
  const alone = (): void => requireSetRole(context, span, owner);
  // In the order in which the role came to own them (pg_shdepend): with the database the new owner gets what pg_database_owner may.
  const database = databaseOf(state);
  const ownsDatabase = database !== undefined && from.has(database.owner);
  const databaseFirst =
    ownsDatabase &&
    [...ownedObjects(state)].every(({ oid, owner }) => !from.has(owner) || oid > database.ownedSince);
  if (databaseFirst) putDatabaseOwner(context, database, owner);
  for (const relation of given(state.relations)) {
    // What belongs to a table has gone with it.
    if (state.relations.get(relation.oid)?.owner !== owner) setRelationOwner(context, relation, owner);
  }
  giveAcl(state.types);
  giveAcl<Schema>(state.schemas, inDatabase);
  giveAcl(state.routines, inSchema);
  give(state.operators, inSchema);
  give(state.eventTriggers, forSuperusers);
  give(state.extensions, alone);
  giveAcl(state.foreignDataWrappers, forSuperusers);
  giveAcl(state.foreignServers, alone);
  give(state.publications, inDatabase);
  give<Subscription>(state.subscriptions, (subscription) => {
    alone();
    requireMayGive(context, span, subscription);
  });
  giveAcl(state.languages, alone);
  giveAcl(state.largeObjects, alone);
  giveAcl(state.builtins);
  if (ownsDatabase && !databaseFirst) putDatabaseOwner(context, database, owner);
}

/** DROP OWNED: the roles' objects go, and every privilege granted to them. */
export function dropOwned(context: Context, event: EventOf<"drop-owned">): void {
  const { state } = context;
  const { span, cascade } = event;
  const roles = rolesOfStatement(context, event.roles, span, "drop objects");
  const roots: { readonly oid: Oid }[] = [];
  const defaults = new Set<Oid>();
  for (const role of roles) {
    refuseBuiltIn(context, role, span, "drop objects owned by");
    revokeEverything(context, role, span);
    leavePolicies(context, role);
    for (const row of [...state.memberships.all()])
      if (row.grantor === role) state.memberships.delete(row.oid);
    for (const row of [...state.userMappings.all()]) if (row.user === role) roots.push({ oid: row.oid });
    for (const row of state.defaultAcls.all()) if (row.role === role) defaults.add(row.oid);
    // Indexes go with their tables; subscriptions are no objects of the database, and stay.
    const stays = new Set(
      [...state.relations.all()].flatMap(({ oid, kind }) => (kind === "index" ? [oid] : [])),
    );
    for (const { oid } of state.subscriptions.all()) stays.add(oid);
    for (const { oid, owner } of ownedObjects(state))
      if (owner === role && !stays.has(oid)) roots.push({ oid });
  }
  for (const oid of defaults) {
    // PostgreSQL trips over an entry of an earlier role that said something for a later one only.
    if (!context.assume && state.defaultAcls.get(oid) === undefined)
      refuse(context, span, "could not find tuple for default ACL");
    state.defaultAcls.delete(oid);
  }
  if (roots.length > 0) deleteObjects(context, roots, { cascade, span, what: "objects owned by role" });
}

const EVERYTHING: readonly PrivilegeRef[] = [{ privilege: "all", columns: [] }];

/** REVOKE ALL … FROM role CASCADE on everything that speaks of the role: as the current user, so that others' grants may remain. */
function revokeEverything(context: Context, role: Oid, span: Span): void {
  const { state } = context;
  const change: GrantChange = {
    grant: false,
    grantees: [role],
    grantOption: false,
    cascade: true,
    span,
    origin: { kind: "grant", place: placeOf(context, span), prelude: context.prelude },
  };
  const speaks = (object: { readonly owner: Oid; readonly acl: Acl }): boolean =>
    object.owner !== role && mentions(object.acl, role);
  const revoke = <
    T extends { readonly oid: Oid; readonly name: string; readonly owner: Oid; readonly acl: Acl },
  >(
    table: Table<T>,
    kind: AclObject,
  ): void => {
    for (const record of [...table.all()])
      if (speaks(record)) grantOnRecord(context, change, EVERYTHING, kind, table, record);
  };
  for (const relation of [...state.relations.all()]) {
    if (relation.owner === role || relation.kind === "index") continue;
    const inColumns = relation.columns.some((column) => mentions(column.acl, role));
    if (inColumns || mentions(relation.acl, role)) grantOnRelation(context, change, EVERYTHING, relation);
  }
  for (const object of [...state.builtins.all()]) {
    const inColumns = [...object.columns.values()].some((acl) => mentions(acl, role));
    if (inColumns || speaks(object)) grantOnBuiltin(context, change, EVERYTHING, object);
  }
  revoke(state.schemas, "schema");
  revoke(state.routines, "routine");
  revoke(state.types, "type");
  revoke(state.databases, "database");
  revoke(state.languages, "language");
  revoke(state.foreignDataWrappers, "foreign-data-wrapper");
  revoke(state.foreignServers, "foreign-server");
  revoke(state.largeObjects, "large-object");
  for (const parameter of [...state.parameters.all()]) {
    if (speaks(parameter)) grantOnParameter(context, change, EVERYTHING, parameter);
  }
  for (const row of [...state.defaultAcls.all()]) {
    if (row.role === role || !mentions(row.acl, role)) continue;
    setDefaultAcl(
      context,
      row,
      change,
      allPrivileges(DEFAULT_ACL_OBJECT[row.objects], context.postgresVersion),
    );
  }
}

/** A policy for this role alone goes; others are no longer for it. */
function leavePolicies(context: Context, role: Oid): void {
  for (const policy of [...context.state.policies.all()]) {
    if (!policy.roles.includes(role)) continue;
    const roles = policy.roles.filter((other) => other !== role);
    if (roles.length > 0) context.state.policies.put({ ...policy, roles });
    else
      deleteObjects(context, [{ oid: policy.oid }], {
        cascade: true,
        span: policy.place.span,
        what: `policy ${policy.name}`,
      });
  }
}
