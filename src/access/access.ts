/** Who can do what, and how: reach of routines and relations, and the severity that follows from it. */

import { defaultAcl } from "../catalog/acl.ts";
import { type Catalog, isExtensionScript } from "../catalog/catalog.ts";
import { hasPrivilegesOf, isSuperuser } from "../catalog/membership.ts";
import {
  type Acl,
  type Oid,
  type Privilege,
  PUBLIC,
  type Relation,
  type Routine,
  type Schema,
} from "../catalog/model.ts";
import { remembered } from "../catalog/remembered.ts";
import { databaseOf } from "../catalog/store.ts";
import type { Severity } from "../config/severity.ts";
import type { TrustModel } from "../config/types.ts";
import type { Place } from "../text/source.ts";
import type { Reach, ReachStep } from "./chain.ts";
import { namesPrivate } from "./private-schemas.ts";
import { type Held, holds, holdsOnRelation, holdsSchemaUsage, possibleHolders } from "./privileges.ts";
import { withStoredSettings } from "./stored-trust.ts";
import { lower, type TrustLevel, trustOf } from "./trust.ts";
import {
  isUnstated,
  type Spoken,
  spokenOf,
  UNSTATED_REACH,
  USAGE_ELSEWHERE,
  usageRevoked,
} from "./unstated.ts";

/** What applications do with tables. */
const ORDINARY: ReadonlySet<Privilege> = new Set(["select", "insert", "update", "delete"]);

export interface SeverityOptions {
  /** The attack needs TEMP, SET, objects of the attacker's own or attaching a trigger: one step lower without direct SQL. */
  readonly needsSql?: boolean;
}

export interface Access {
  readonly trust: TrustModel;
  trustOf(role: Oid): TrustLevel;
  nameOf(role: Oid): string;
  /** Roles to ask about: PUBLIC, then untrusted, then application roles. */
  readonly principals: readonly Oid[];
  /** Objects found so far that more than `MOST_REACHING` roles reach: only so many are told, untrusted ones first. */
  readonly crowded: ReadonlySet<Place>;
  /** Who can call the routine directly: EXECUTE and USAGE on its schema. */
  callers(routine: Routine): readonly Reach[];
  /** Who can use a table privilege: on the table (or a column) and USAGE on its schema. */
  users(relation: Relation, privilege: Privilege): readonly Reach[];
  canUse(role: Oid, relation: Relation, privilege: Privilege): Held | null;
  /** Whether the role may create objects in the schema. */
  canCreateIn(role: Oid, schema: Schema): Held | null;
  hasUsage(role: Oid, schema: Schema): Held | null;
  /** Roles (PUBLIC first) that may create in the schema and are neither `owner` nor stronger than it. */
  foreignCreators(schema: Schema, owner: Oid): readonly { readonly role: Oid; readonly held: Held }[];
  /** Whether the role may create temporary objects in the database (PUBLIC may by default). */
  canMakeTemporary(role: Oid): boolean;
  /** Roles that are not admins and may create schemas in the database. */
  databaseCreators(): readonly { readonly role: Oid; readonly held: Held }[];
  /** The schema is reached by untrusted roles: configured, or usable where clients send SQL of their own. */
  isExposed(schema: Schema): boolean;
  /** Whether a role has the rights of another (superuser, member). */
  hasRightsOf(role: Oid, other: Oid): boolean;
  /**
   * The worst severity `base`, lowered by who reaches it: untrusted as it is, application one step, nobody else `info`; where
   * nothing says who has the privileges, at most medium.
   */
  severity(base: Severity, reach: readonly Reach[], options?: SeverityOptions): Severity;
  /** The most dangerous kind of role in a reach; null when nobody but admins is in it. */
  worst(reach: readonly Reach[]): TrustLevel | null;
}

/** Roles that are told of those that reach an object. */
export const MOST_REACHING = 200;

function aclsOf({ acl, columns }: Relation): readonly Acl[] {
  return [acl, ...columns.flatMap((column) => (column.acl.length === 0 ? [] : [column.acl]))];
}

function bootstrapOwner(catalog: Catalog): Oid {
  return catalog.roleNamed("postgres")?.oid ?? PUBLIC;
}

interface Stated extends Spoken {
  /** What lets others come to routines that everybody may execute. */
  readonly routines: boolean;
}

export function createAccess(catalog: Catalog, configured: TrustModel): Access {
  const trust = withStoredSettings(catalog, configured);
  const levels = new Map<Oid, TrustLevel>();
  const level = (oid: Oid): TrustLevel => {
    let found = levels.get(oid);
    if (found === undefined) {
      found = trustOf(catalog, trust, oid);
      levels.set(oid, found);
    }
    return found;
  };
  const named = [...catalog.state.roles.all()].map((role) => role.oid);
  const principals = [
    PUBLIC,
    ...named.filter((oid) => level(oid) === "untrusted"),
    ...named.filter((oid) => level(oid) === "application"),
  ];

  const databaseAcl =
    databaseOf(catalog.state)?.acl ??
    defaultAcl("database", bootstrapOwner(catalog), catalog.postgresVersion);

  let known: Stated | null = null;
  const spoken = (): Stated => {
    if (known === null) {
      const { privileges, usage } = spokenOf(catalog);
      // The tables of an extension are its own; whoever installs it grants USAGE on its schema, for its routines.
      const all = isExtensionScript(catalog);
      known = {
        privileges: all || privileges,
        // Which schemas clients reach is said where it is configured.
        usage: all || usage || trust.exposedSchemas.length > 0,
        routines: all ? usage : privileges,
      };
    }
    return known;
  };

  let revoked: ReturnType<typeof usageRevoked> | null = null;
  const isRevoked = (role: Oid, schema: Schema): boolean => {
    revoked ??= usageRevoked(catalog, trust.exposedSchemas);
    return revoked.get(schema.name)?.has(catalog.roleName(role)) === true;
  };

  const hasUsage = (role: Oid, schema: Schema): Held | null => {
    const held = holdsSchemaUsage(catalog, role, schema);
    if (held !== null) return held;
    // Configured as reached through an API: whoever set that up has granted USAGE somewhere. Where a file grants it, that is all; where one takes it away, it is gone.
    const stated = schema.acl.some(
      ({ privilege, origin }) => privilege === "usage" && origin.kind === "grant" && !origin.prelude,
    );
    if (
      !stated &&
      level(role) === "untrusted" &&
      role !== PUBLIC &&
      trust.exposedSchemas.includes(schema.name) &&
      !isRevoked(role, schema)
    )
      return { steps: [], item: null };
    return null;
  };

  /** Whether a role holds something only by becoming an admin role: then it is an admin whenever it uses it. */
  const asAdmin = (role: Oid, held: Held | null): boolean => {
    const grantee = held?.item?.grantee;
    return grantee !== undefined && grantee !== PUBLIC && grantee !== role && level(grantee) === "admin";
  };

  const position = new Map(principals.map((role, i) => [role, i]));
  const strong = principals.filter((role) => role !== PUBLIC && isSuperuser(catalog.state, role));
  const usersOfSchema = new Map<Oid, readonly Oid[]>();
  /** Principals that may use a schema otherwise than everyone may; of one that nothing created everyone may. */
  const ownUsers = (oid: Oid): readonly Oid[] =>
    remembered(usersOfSchema, oid, () => {
      const schema = catalog.schema(oid);
      if (schema === undefined || schema.assumed) return [];
      return principals.filter((role) => {
        const held = hasUsage(role, schema);
        return held !== null && (held.item === null || held.item.grantee !== PUBLIC);
      });
    });

  /** Principals of whom something in the schema can be true, in order; PUBLIC is not among them. */
  const candidates = (acls: readonly Acl[], privilege: Privilege, schema: Oid): readonly Oid[] => {
    const found = new Set([...possibleHolders(catalog, acls, privilege), ...strong]);
    // What everyone holds is reached by those who may use the schema.
    const open = acls.some((acl) =>
      acl.some((item) => item.grantee === PUBLIC && item.privilege === privilege),
    );
    if (open) for (const role of ownUsers(schema)) found.add(role);
    found.delete(PUBLIC);
    return [...found]
      .filter((role) => position.has(role))
      .sort((a, b) => (position.get(a) ?? 0) - (position.get(b) ?? 0));
  };

  /** Reach of everybody who passes `test`; roles that have it only as everyone has (PUBLIC) are not repeated. */
  const reachOf = (
    { owner, place }: { readonly owner: Oid; readonly place: Place },
    roles: readonly Oid[],
    test: (role: Oid) => Held | null,
  ): readonly Reach[] => {
    const reach: Reach[] = [];
    const everyone = test(PUBLIC);
    if (everyone !== null) reach.push({ role: "PUBLIC", via: everyone.steps });
    for (const role of roles) {
      if (role === PUBLIC || role === owner) continue;
      const held = test(role);
      if (held === null || asAdmin(role, held)) continue;
      if (everyone !== null && held.item?.grantee === PUBLIC) continue;
      if (reach.length >= MOST_REACHING) {
        crowded.add(place);
        break;
      }
      reach.push({ role: catalog.roleName(role), via: held.steps });
    }
    return reach;
  };

  const withUsage = (role: Oid, schemaOid: Oid, held: Held | null): Held | null => {
    if (held === null) return null;
    const schema = catalog.schema(schemaOid);
    // Of a schema that nothing created only its name is known: what is granted in it is taken to be reachable.
    if (schema === undefined || schema.assumed) return held;
    const usage = hasUsage(role, schema);
    if (usage === null) {
      const granted = held.item?.origin.kind === "grant" && !held.item.origin.prelude;
      return granted && !schema.prelude && !spoken().usage
        ? { steps: [...held.steps, USAGE_ELSEWHERE], item: held.item }
        : null;
    }
    const steps: ReachStep[] = [...held.steps];
    for (const step of usage.steps) if (step.place !== null) steps.push(step);
    // USAGE that comes from elsewhere than the privilege makes the reach the role's own.
    const item = usage.item?.grantee === PUBLIC || usage.item === null ? held.item : usage.item;
    return { steps, item };
  };

  const crowded = new Set<Place>();
  const reachKnown = new Map<string, readonly Reach[]>();

  /** Where the project leaves privileges to others, whoever has them; nobody where it states any. */
  const orUnstated = (reach: readonly Reach[], object: Relation | Routine): readonly Reach[] => {
    const own = !object.prelude && !object.assumed && object.extension === null;
    const stated = "securityDefiner" in object ? spoken().routines : spoken().privileges;
    if (reach.length > 0 || !own || stated) return reach;
    const schema = catalog.schema(object.schema);
    return schema !== undefined && hidden(schema) ? reach : UNSTATED_REACH;
  };

  /**
   * Where nothing says which schemas the API exposes: one on which the project's files give a client's role USAGE, unless its name says
   * that it is not for clients.
   */
  const isGivenToClients = ({ name, acl }: Schema): boolean =>
    trust.byConvention &&
    trust.exposureFrom === "preset" &&
    !namesPrivate(name) &&
    acl.some(
      ({ grantee, privilege, origin }) =>
        privilege === "usage" &&
        grantee !== PUBLIC &&
        level(grantee) === "untrusted" &&
        origin.kind === "grant" &&
        !origin.prelude,
    );

  const hidden = ({ name }: Schema): boolean =>
    trust.exposedSchemas.length > 0 && !trust.exposedSchemas.includes(name);

  const creatorsKnown = new Map<string, ReturnType<Access["foreignCreators"]>>();
  const foreignCreators: Access["foreignCreators"] = (schema, owner) => {
    const creators: { role: Oid; held: Held }[] = [];
    for (const role of principals) {
      if (role !== PUBLIC && hasPrivilegesOf(catalog.state, role, owner, catalog.postgresVersion)) continue;
      const held = holds(catalog, role, schema.acl, "create", () => `CREATE on schema ${schema.name}`);
      if (held !== null && (creators.length === 0 || held.item?.grantee !== PUBLIC))
        creators.push({ role, held });
    }
    return creators;
  };

  const canUse = (role: Oid, relation: Relation, privilege: Privilege): Held | null =>
    withUsage(role, relation.schema, holdsOnRelation(catalog, role, relation, privilege));

  const worst = (reach: readonly Reach[]): TrustLevel | null => {
    let found: TrustLevel | null = null;
    for (const { role } of reach) {
      const oid = role === "PUBLIC" ? PUBLIC : catalog.roleNamed(role)?.oid;
      const trusted = oid === undefined ? "application" : level(oid);
      if (trusted === "untrusted") return "untrusted";
      if (trusted === "application") found = "application";
    }
    return found;
  };

  let creators: { readonly role: Oid; readonly held: Held }[] | null = null;
  const databaseCreators = () => {
    creators ??= principals.flatMap((role) => {
      const held = holds(catalog, role, databaseAcl, "create", () => "CREATE on the database");
      return held === null ? [] : [{ role, held }];
    });
    return creators;
  };

  return {
    trust,
    principals,
    crowded,
    trustOf: level,
    nameOf: (role) => catalog.roleName(role),
    callers: (routine) =>
      remembered(reachKnown, `call:${routine.oid}`, () => {
        const reach = reachOf(routine, candidates([routine.acl], "execute", routine.schema), (role) => {
          const held = holds(
            catalog,
            role,
            routine.acl,
            "execute",
            () => `EXECUTE on ${catalog.routineName(routine)}`,
          );
          return asAdmin(role, held) ? null : withUsage(role, routine.schema, held);
        });
        const open = routine.acl.some((item) => item.grantee === PUBLIC && item.privilege === "execute");
        return open ? orUnstated(reach, routine) : reach;
      }),
    users: (relation, privilege) =>
      remembered(reachKnown, `${privilege}:${relation.oid}`, () => {
        const roles = candidates(aclsOf(relation), privilege, relation.schema);
        const reach = reachOf(relation, roles, (role) => {
          const held = holdsOnRelation(catalog, role, relation, privilege);
          return asAdmin(role, held) ? null : withUsage(role, relation.schema, held);
        });
        const ordinary = ORDINARY.has(privilege) && !relation.temporary;
        return ordinary ? orUnstated(reach, relation) : reach;
      }),
    canUse,
    hasUsage,
    canCreateIn: (role, schema) =>
      holds(catalog, role, schema.acl, "create", () => `CREATE on schema ${schema.name}`),
    foreignCreators: (schema, owner) =>
      remembered(creatorsKnown, `${schema.oid}:${owner}`, () => foreignCreators(schema, owner)),
    canMakeTemporary: (role) =>
      holds(catalog, role, databaseAcl, "temporary", () => "TEMPORARY on the database") !== null,
    databaseCreators,
    isExposed: (schema) => {
      if (trust.exposedSchemas.includes(schema.name) || isGivenToClients(schema)) return true;
      return (
        trust.directSql &&
        principals.some((role) => level(role) === "untrusted" && hasUsage(role, schema) !== null)
      );
    },
    hasRightsOf: (role, other) => hasPrivilegesOf(catalog.state, role, other, catalog.postgresVersion),
    worst,
    severity: (base, reach, options = {}) => {
      const kind = worst(reach);
      if (kind === null || kind === "admin") return "info";
      let severity = kind === "untrusted" ? base : lower(base, 1);
      if (isUnstated(reach)) severity = lower(severity, 4, "medium");
      if (options.needsSql === true && !trust.directSql) severity = lower(severity, 1);
      return severity;
    },
  };
}
