import type { Span } from "../../text/span.ts";
import { changeAclOwner } from "../acl.ts";
import { type Context, currentUser, refuse } from "../context.ts";
import { isSuperuser } from "../membership.ts";
import type { Database, Oid } from "../model.ts";
import { requireOwner, requireSetRole } from "../permissions.ts";
import { databaseOf, newOid } from "../store.ts";

const OTHER_DATABASES: ReadonlySet<string> = new Set(["template0", "template1"]);

/**
 * The database that a statement names; null for another one of the cluster. When assuming there is but one: scripts name it in many
 * ways (templates, psql variables).
 */
export function databaseNamed(context: Context, name: string, span: Span): Database | null {
  const database = databaseOf(context.state);
  if (database === undefined || (OTHER_DATABASES.has(name) && name !== database.name)) return null;
  if (!context.assume && name !== database.name) refuse(context, span, `database "${name}" does not exist`);
  return database;
}

/** ALTER DATABASE … OWNER TO; whose new owner is a member of pg_database_owner. */
export function setDatabaseOwner(context: Context, database: Database, owner: Oid, span: Span): void {
  if (database.owner === owner) return;
  requireOwner(context, span, database.owner, `database ${database.name}`);
  requireSetRole(context, span, owner);
  const user = currentUser(context);
  const mayCreate =
    isSuperuser(context.state, user) || context.state.roles.get(user)?.attributes.createdb === true;
  if (!context.assume && !mayCreate) refuse(context, span, "permission denied to change owner of database");
  putDatabaseOwner(context, database, owner);
}

export function putDatabaseOwner(context: Context, database: Database, owner: Oid): void {
  context.state.databases.put({
    ...database,
    owner,
    ownedSince: newOid(context.state),
    acl: changeAclOwner(database.acl, database.owner, owner),
  });
}
