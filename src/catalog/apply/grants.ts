/** GRANT, REVOKE and ALTER DEFAULT PRIVILEGES, as aclchk.c does them. */
import type { EventOf, Grant, PrivilegeRef } from "../../events/event.ts";
import { type AclObject, allPrivileges, defaultAcl, grantAcl, revokeAcl } from "../acl.ts";
import { type Context, currentUser, placeOf, refuse } from "../context.ts";
import { hasPrivilegesOf, rolesOf } from "../membership.ts";
import { type Acl, type AclOrigin, type Oid, PRIVILEGES, type Privilege, type Relation, type Routine } from "../model.ts";
import { findRelation, findRoutine, findType, relationOrAssumed, roleOid, schemaOrAssumed, targetName, typeRef } from "../resolve.ts";
import { defaultAclKey, newOid } from "../store.ts";

type GrantEvent = EventOf<"grant">;

const PRIVILEGE_NAMES: ReadonlySet<string> = new Set(PRIVILEGES);

function isPrivilege(name: string): name is Privilege {
  return PRIVILEGE_NAMES.has(name);
}

function privilegeNamed(name: string): Privilege | null {
  const folded = name === "temp" ? "temporary" : name === "alter system" ? "alter-system" : name;
  return isPrivilege(folded) ? folded : null;
}

/** The privileges a statement names, for an object of this kind; ALL is everything the kind has. */
function expand(context: Context, refs: readonly PrivilegeRef[], object: AclObject): readonly Privilege[] {
  const all = allPrivileges(object, context.postgresVersion);
  const found: Privilege[] = [];
  for (const ref of refs) {
    if (ref.privilege === "all") return all;
    const privilege = privilegeNamed(ref.privilege);
    if (privilege !== null && all.includes(privilege)) found.push(privilege);
  }
  return found;
}

function granteesOf(context: Context, grant: Grant): readonly Oid[] {
  return grant.grantees.map((ref) => roleOid(context, ref));
}

/** select_best_grantor(): the owner when the user acts with the owner's rights, else a role that holds grant options. Null: none. */
function grantorOf(context: Context, owner: Oid, acl: Acl, privileges: readonly Privilege[]): Oid | null {
  const user = currentUser(context);
  if (hasPrivilegesOf(context.state, user, owner, context.postgresVersion)) return owner;
  let best: Oid | null = null;
  let most = 0;
  for (const role of rolesOf(context.state, user, "inherit", context.postgresVersion)) {
    const held = privileges.filter((privilege) =>
      acl.some((item) => item.grantee === role && item.privilege === privilege && item.grantable),
    ).length;
    if (held > most) {
      most = held;
      best = role;
    }
  }
  return best;
}

function originOf(context: Context, event: { readonly span: GrantEvent["span"] }): AclOrigin {
  return { kind: "grant", place: placeOf(context, event.span), prelude: context.prelude };
}

/** The ACL after the statement, or null when nothing changes. */
function changed(
  context: Context,
  event: Grant & { readonly span: GrantEvent["span"] },
  object: { readonly owner: Oid; readonly acl: Acl },
  privileges: readonly Privilege[],
): Acl | null {
  if (privileges.length === 0) return null;
  const grantor = grantorOf(context, object.owner, object.acl, privileges);
  if (grantor === null) {
    refuse(context, event.span, event.grant ? "no privileges were granted" : "no privileges could be revoked");
    return null;
  }
  const allowed =
    grantor === object.owner
      ? privileges
      : privileges.filter((privilege) =>
          object.acl.some((item) => item.grantee === grantor && item.privilege === privilege && item.grantable),
        );
  const grantees = granteesOf(context, event);
  if (event.grant) {
    const origin = originOf(context, event);
    return grantAcl(object.acl, { grantees, grantor, privileges: allowed, grantable: event.grantOption, origin });
  }
  const result = revokeAcl(object.acl, {
    grantees,
    grantor,
    privileges: allowed,
    grantOptionOnly: event.grantOption,
    cascade: event.cascade,
    owner: object.owner,
  });
  if (result.dependent) refuse(context, event.span, "dependent privileges exist");
  return result.acl;
}

function grantOnRelation(context: Context, event: GrantEvent, relation: Relation): void {
  const object = relation.kind === "sequence" ? "sequence" : "table";
  const whole = event.privileges.filter((privilege) => privilege.columns.length === 0);
  let current = relation;
  if (whole.length > 0) {
    const privileges = expand(context, whole, object);
    const acl = changed(context, event, current, privileges);
    if (acl !== null) current = { ...current, acl };
    // Revoking a table privilege takes the column privileges of that kind along.
    if (!event.grant && object === "table") {
      const columns = current.columns.map((column) =>
        column.acl.length === 0
          ? column
          : { ...column, acl: changed(context, event, { owner: relation.owner, acl: column.acl }, privileges) ?? column.acl },
      );
      current = { ...current, columns };
    }
  }
  for (const ref of event.privileges) {
    if (ref.columns.length === 0) continue;
    const privileges = expand(context, [ref], "column");
    const columns = [...current.columns];
    for (const name of ref.columns) {
      const at = columns.findIndex((column) => column.name === name);
      const column = columns[at] ?? {
        name,
        type: { base: "?", array: false },
        notNull: false,
        default: null,
        definition: null,
        acl: [],
        place: placeOf(context, event.span),
        inherited: false,
      };
      const acl = changed(context, event, { owner: relation.owner, acl: column.acl }, privileges) ?? column.acl;
      if (at >= 0) columns[at] = { ...column, acl };
      else if (relation.assumed || relation.query !== null) columns.push({ ...column, acl });
      else refuse(context, event.span, `column "${name}" of relation "${relation.name}" does not exist`);
    }
    current = { ...current, columns };
  }
  context.state.relations.put(current);
}

function grantOnRoutine(context: Context, event: GrantEvent, routine: Routine): void {
  const acl = changed(context, event, routine, expand(context, event.privileges, "routine"));
  if (acl !== null) context.state.routines.put({ ...routine, acl });
}

/** A routine that a GRANT names and nothing created: assumed with the owner's rights only, so that the grant is seen. */
function assumedRoutine(
  context: Context,
  event: GrantEvent,
  ref: Extract<GrantEvent["target"], { kind: "routines" }>["objects"][number],
): Routine | null {
  if (!context.assume) return null;
  const target = targetName(context, ref.name, ref.span);
  if (target === null) return null;
  const place = placeOf(context, ref.span);
  const types = (ref.args ?? []).map((arg) => typeRef(context, arg));
  return context.state.routines.put({
    oid: newOid(context.state),
    name: target.name,
    place,
    prelude: context.prelude,
    assumed: true,
    schema: target.schema.oid,
    kind: "function",
    owner: context.bootstrap,
    parameters: [],
    inputTypes: types,
    returns: null,
    returnsTrigger: null,
    language: "unknown",
    securityDefiner: { value: false, place },
    settings: new Map(),
    settingWriters: new Map(),
    definition: null,
    definitionPlace: placeOf(context, event.span),
    sessionPath: [],
    source: { kind: "none" },
    volatility: "volatile",
    leakproof: { value: false, place },
    strict: false,
    acl: [],
    extension: null,
  });
}

const TABLE_KINDS: ReadonlySet<Relation["kind"]> = new Set([
  "table",
  "partitioned-table",
  "view",
  "materialized-view",
  "foreign-table",
]);

function grantAllInSchema(
  context: Context,
  event: GrantEvent,
  target: Extract<GrantEvent["target"], { kind: "all-in-schema" }>,
): void {
  for (const name of target.schemas) {
    const schema = schemaOrAssumed(context, name, event.span);
    switch (target.objects) {
      case "tables":
      case "sequences":
        for (const relation of context.state.relations.by(`schema:${schema.oid}`)) {
          const fits = target.objects === "sequences" ? relation.kind === "sequence" : TABLE_KINDS.has(relation.kind);
          if (fits) grantOnRelation(context, event, relation);
        }
        break;
      case "functions":
      case "procedures":
      case "routines":
        for (const routine of context.state.routines.by(`schema:${schema.oid}`)) {
          // ALL FUNCTIONS takes aggregates and window functions, but no procedures.
          const procedure = routine.kind === "procedure";
          if (target.objects === "routines" || (target.objects === "procedures") === procedure) {
            grantOnRoutine(context, event, routine);
          }
        }
        break;
    }
  }
}

const OTHER_OBJECTS = {
  languages: "language",
  databases: "database",
  "foreign-servers": "foreign-server",
  "foreign-data-wrappers": "foreign-data-wrapper",
  parameters: "parameter",
  "large-objects": "large-object",
  tablespaces: "tablespace",
} as const satisfies Record<string, AclObject>;

export function applyGrant(context: Context, event: GrantEvent): void {
  const { target } = event;
  switch (target.kind) {
    case "relations":
      for (const { name, span } of target.objects) {
        const relation =
          findRelation(context, name) ?? relationOrAssumed(context, name, span, target.sequences ? "sequence" : "table");
        grantOnRelation(context, event, relation);
      }
      return;
    case "routines":
      for (const ref of target.objects) {
        const found = findRoutine(context, ref, target.routineKind);
        if (found === "ambiguous") {
          refuse(context, event.span, `function name "${ref.name.join(".")}" is not unique`);
          continue;
        }
        const routine = found ?? (event.grant ? assumedRoutine(context, event, ref) : null);
        if (routine === null) refuse(context, event.span, `function ${ref.name.join(".")} does not exist`);
        else grantOnRoutine(context, event, routine);
      }
      return;
    case "schemas":
      for (const name of target.names) {
        const schema = schemaOrAssumed(context, name, event.span);
        const acl = changed(context, event, schema, expand(context, event.privileges, "schema"));
        if (acl !== null) context.state.schemas.put({ ...schema, acl });
      }
      return;
    case "types":
      for (const { name } of target.objects) {
        const found = findType(context, name);
        const type = found === undefined ? undefined : context.state.types.get(found.oid);
        if (type === undefined) continue;
        const acl = changed(context, event, type, expand(context, event.privileges, "type"));
        if (acl !== null) context.state.types.put({ ...type, acl });
      }
      return;
    case "all-in-schema":
      grantAllInSchema(context, event, target);
      return;
    default: {
      const object = OTHER_OBJECTS[target.kind];
      for (const name of target.names) {
        // There is one database; scripts name it in many ways (templates, psql variables).
        const key = object === "database" ? "database" : `${object}:${name.toLowerCase()}`;
        const row = context.state.otherAcls.by(key)[0] ?? {
          oid: newOid(context.state),
          key,
          acl: defaultAcl(object, context.bootstrap, context.postgresVersion),
        };
        const acl = changed(context, event, { owner: context.bootstrap, acl: row.acl }, expand(context, event.privileges, object));
        context.state.otherAcls.put({ ...row, acl: acl ?? row.acl });
      }
    }
  }
}

const DEFAULT_ACL_OBJECT = {
  tables: "table",
  sequences: "sequence",
  functions: "routine",
  types: "type",
  schemas: "schema",
  "large-objects": "large-object",
} as const satisfies Record<string, AclObject>;

/** ALTER DEFAULT PRIVILEGES: a global entry starts from the built-in defaults, a per-schema entry from nothing. */
export function alterDefaultPrivileges(context: Context, event: EventOf<"alter-default-privileges">): void {
  const { state } = context;
  const roles = event.forRoles.length === 0 ? [currentUser(context)] : event.forRoles.map((ref) => roleOid(context, ref));
  const schemas = event.schemas.length === 0 ? [null] : event.schemas.map((name) => schemaOrAssumed(context, name, event.span).oid);
  const object = DEFAULT_ACL_OBJECT[event.objects];
  for (const role of roles) {
    for (const schema of schemas) {
      const existing = state.defaultAcls.by(defaultAclKey(role, schema, event.objects))[0];
      const initial = schema === null ? defaultAcl(object, role, context.postgresVersion) : [];
      const before = existing?.acl ?? initial;
      const grantees = granteesOf(context, event);
      const privileges = expand(context, event.privileges, object);
      const acl = event.grant
        ? grantAcl(before, {
            grantees,
            grantor: role,
            privileges,
            grantable: event.grantOption,
            origin: { kind: "default-privileges", place: placeOf(context, event.span), prelude: context.prelude },
          })
        : revokeAcl(before, {
            grantees,
            grantor: role,
            privileges,
            grantOptionOnly: event.grantOption,
            cascade: event.cascade,
            owner: role,
          }).acl;
      state.defaultAcls.put({ oid: existing?.oid ?? newOid(state), role, schema, objects: event.objects, acl });
    }
  }
}

