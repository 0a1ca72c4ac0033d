import type { DefaultPrivilegeObjects } from "../events/event.ts";
import { type AclObject, defaultAcl, mergeAcls } from "./acl.ts";
import type { Context } from "./context.ts";
import type { Acl, Oid } from "./model.ts";
import { defaultAclKey } from "./store.ts";

const DEFAULT_OBJECTS: Partial<Record<AclObject, DefaultPrivilegeObjects>> = {
  table: "tables",
  sequence: "sequences",
  routine: "functions",
  type: "types",
  schema: "schemas",
  "large-object": "large-objects",
};

/**
 * The ACL of a new object (get_user_default_acl): the role's global default privileges replace the built-in ones,
 * those of the schema are added.
 */
export function newObjectAcl(context: Context, object: AclObject, owner: Oid, schema: Oid | null): Acl {
  const builtIn = defaultAcl(object, owner, context.postgresVersion);
  const objects = DEFAULT_OBJECTS[object];
  if (objects === undefined) return builtIn;
  const { defaultAcls } = context.state;
  const global = defaultAcls.by.role.first(owner, defaultAclKey(null, objects));
  const perSchema =
    schema === null ? undefined : defaultAcls.by.role.first(owner, defaultAclKey(schema, objects));
  const base = global?.acl ?? builtIn;
  const acl = perSchema === undefined ? base : mergeAcls(base, perSchema.acl);
  // Two empty lists merge to none at all, which stands for the built-in default (aclmerge).
  return acl.length === 0 ? builtIn : acl;
}
