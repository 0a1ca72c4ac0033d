/**
 * RENAME, OWNER TO and DROP of what is in no schema and no table's: roles, the database, languages, large objects. Each function
 * answers whether the statement was one of these.
 */
import type { EventOf } from "../../events/event.ts";
import { changeAclOwner } from "../acl.ts";
import { type Context, currentUser, refuse } from "../context.ts";
import { isSuperuser } from "../membership.ts";
import type { Acl, Oid } from "../model.ts";
import { requireOwner, requireSetRole } from "../permissions.ts";
import { roleOid } from "../resolve.ts";
import type { Table } from "../table.ts";
import { databaseNamed, setDatabaseOwner } from "./databases.ts";
import { dropLanguage, languageNamed, renameLanguage } from "./languages.ts";
import { largeObjectNamed } from "./large-objects.ts";
import { renameRole } from "./roles.ts";

export function renameShared(context: Context, event: EventOf<"rename">): boolean {
  const { span, newName } = event;
  const name = event.object.name[0] ?? "";
  switch (event.objectKind) {
    case "role": {
      const role = context.state.roles.by.name.first(name);
      if (role !== undefined) renameRole(context, role, newName, span);
      else refuse(context, span, `role "${name}" does not exist`);
      return true;
    }
    case "database":
      if (!context.assume && databaseNamed(context, name, span) !== null)
        refuse(context, span, "current database cannot be renamed");
      return true;
    case "language": {
      const language = languageNamed(context, name, span);
      if (language !== null) renameLanguage(context, language, newName, span);
      return true;
    }
    default:
      return false;
  }
}

export function setSharedOwner(context: Context, event: EventOf<"set-owner">): boolean {
  const { state } = context;
  const { span, objectKind } = event;
  const name = event.object.name[0] ?? "";
  switch (objectKind) {
    case "database": {
      const owner = roleOid(context, event.owner);
      const database = databaseNamed(context, name, span);
      if (database !== null) setDatabaseOwner(context, database, owner, span);
      return true;
    }
    case "language":
      give(context, event, state.languages, languageNamed(context, name, span));
      return true;
    case "large-object":
      give(context, event, state.largeObjects, largeObjectNamed(context, name, span));
      return true;
    default:
      return false;
  }
}

function give<T extends { readonly oid: Oid; readonly name: string; readonly owner: Oid; readonly acl: Acl }>(
  context: Context,
  event: EventOf<"set-owner">,
  table: Table<T>,
  record: T | null,
): void {
  const owner = roleOid(context, event.owner);
  if (record === null || record.owner === owner) return;
  if (!isSuperuser(context.state, currentUser(context))) {
    requireOwner(context, event.span, record.owner, `${event.objectKind} ${record.name}`);
    requireSetRole(context, event.span, owner);
  }
  table.put({ ...record, owner, acl: changeAclOwner(record.acl, record.owner, owner) });
}

export function dropShared(context: Context, event: EventOf<"drop">): boolean {
  if (event.objectKind !== "language") return false;
  for (const { name } of event.objects) {
    const language = context.state.languages.by.name.first(name[0] ?? "");
    if (language !== undefined) dropLanguage(context, language, event);
    else if (!event.ifExists && !context.assume)
      refuse(context, event.span, `language "${name[0]}" does not exist`);
  }
  return true;
}
