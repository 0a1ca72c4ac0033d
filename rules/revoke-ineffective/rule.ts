import { listed } from "../../src/access/actors.ts";
import { type Oid, PUBLIC, type Routine } from "../../src/catalog/model.ts";
import { remembered } from "../../src/catalog/remembered.ts";
import type { Replayed } from "../../src/catalog/replayed.ts";
import { defaultAclKey } from "../../src/catalog/store.ts";
import type { Severity } from "../../src/config/severity.ts";
import type { EventOf } from "../../src/events/event.ts";
import { ownStatements } from "../../src/rule/code.ts";
import { defineRule, type RuleContext } from "../../src/rule/define.ts";
import { columnRevoke } from "./column.ts";
import { publicRemains } from "./public-remains.ts";
import { VARIANTS, type Variant } from "./variants.ts";

export default defineRule<Variant>({
  title: "REVOKE that takes nothing away",
  severity: "high",
  category: "grants",
  cwe: [732, 276],
  since: "0.1.0",
  variants: VARIANTS,
  why: "The statement succeeds and reads like protection, but the privilege is still held another way.",
  check(context) {
    const statements = ownStatements(context.catalog);
    const definers = [...context.catalog.routines()].filter(
      (routine) => !routine.prelude && routine.securityDefiner.value && isOpen(routine),
    );
    const again = revokesBySchema(statements);
    for (const statement of statements) {
      const { event } = statement;
      if (event.kind === "alter-default-privileges" && !event.grant) {
        if (event.schemas.length > 0) inSchema(context, statement, event, statements, definers);
        else if (event.forRoles.length === 0) otherRole(context, statement, event, definers);
      }
      if (event.kind !== "grant" || event.grant || event.grantOption) continue;
      if (event.target.kind === "all-in-schema") allInSchema(context, statement, event, again, definers);
      publicRemains(context, statement, event);
      columnRevoke(context, statement, event);
    }
  },
});

/** PUBLIC may execute it, by PostgreSQL's default and nobody's decision. */
function isOpen(routine: Routine): boolean {
  return routine.acl.some(
    (item) => item.privilege === "execute" && item.grantee === PUBLIC && item.origin.kind === "built-in",
  );
}

type DefaultsEvent = EventOf<"alter-default-privileges">;

function revokesPublic(event: { readonly grantees: DefaultsEvent["grantees"] }): boolean {
  return event.grantees.some((grantee) => grantee.kind === "public");
}

/** ALTER DEFAULT PRIVILEGES IN SCHEMA … REVOKE … FROM PUBLIC: entries of a schema can only add. */
function inSchema(
  context: RuleContext<Variant>,
  statement: Replayed,
  event: DefaultsEvent,
  all: readonly Replayed[],
  definers: readonly Routine[],
): void {
  const { catalog } = context;
  if (!revokesPublic(event) || (event.objects !== "functions" && event.objects !== "types")) return;
  const schemas = event.schemas.filter((schema) => {
    // It does take back what an earlier statement gave in the same schema.
    const given = all.some(
      ({ oid, event: other }) =>
        oid < statement.oid &&
        other.kind === "alter-default-privileges" &&
        other.grant &&
        other.objects === event.objects &&
        other.schemas.includes(schema) &&
        revokesPublic(other),
    );
    return !given;
  });
  if (schemas.length === 0) return;
  const roles =
    event.forRoles.length === 0
      ? [statement.role]
      : event.forRoles.flatMap((role) =>
          role.kind === "role" ? (catalog.roleNamed(role.name)?.oid ?? []) : statement.role,
        );
  const privilege = event.objects === "functions" ? "execute" : "usage";
  // With the built-in default gone for the role everywhere there is nothing left to take in the schema.
  const global = roles.every((role) =>
    catalog.state.defaultAcls.by.role
      .all(role, defaultAclKey(null, event.objects))
      .some((row) => !row.acl.some((item) => item.grantee === PUBLIC && item.privilege === privilege)),
  );
  if (global) return;
  const affected = definers.filter(
    (routine) =>
      routine.oid > statement.oid &&
      roles.includes(routine.owner) &&
      schemas.includes(catalog.schemaName(routine.schema)),
  );
  report(
    context,
    statement,
    "default-privileges-in-schema",
    affected,
    event.objects === "types" ? "low" : "medium",
    {
      message: `${event.objects} created in ${schemas.join(", ")} still start with ${privilege.toUpperCase()} for PUBLIC: default privileges of a schema only add to the global ones`,
      label: "takes nothing away",
      help: `ALTER DEFAULT PRIVILEGES${forRoles(event)} REVOKE ${privilege.toUpperCase()} ON ${event.objects.toUpperCase()} FROM PUBLIC; without IN SCHEMA`,
    },
  );
}

function forRoles(event: DefaultsEvent): string {
  const names = event.forRoles.flatMap((role) => (role.kind === "role" ? role.name : []));
  return names.length === 0 ? "" : ` FOR ROLE ${names.join(", ")}`;
}

/** Without FOR ROLE: only for what the role that ran it creates. */
function otherRole(
  context: RuleContext<Variant>,
  statement: Replayed,
  event: DefaultsEvent,
  definers: readonly Routine[],
): void {
  const { catalog } = context;
  if (!revokesPublic(event) || event.objects !== "functions") return;
  const affected = definers.filter(
    (routine) => routine.oid > statement.oid && routine.owner !== statement.role,
  );
  if (affected.length === 0) return;
  const owners = [...new Set(affected.map((routine) => catalog.roleName(routine.owner)))];
  report(context, statement, "default-privileges-other-role", affected, "low", {
    message: `this covers what ${catalog.roleName(statement.role)} creates, not ${listed(affected.map((routine) => catalog.routineName(routine)))} of ${owners.join(", ")}`,
    label: `for ${catalog.roleName(statement.role)} only`,
    help: `ALTER DEFAULT PRIVILEGES FOR ROLE ${owners.join(", ")} REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;`,
  });
}

/** REVOKE … ON ALL FUNCTIONS IN SCHEMA: no procedures, and nothing that comes later. */
function allInSchema(
  context: RuleContext<Variant>,
  statement: Replayed,
  event: EventOf<"grant">,
  revokes: ReadonlyMap<string, readonly Oid[]>,
  definers: readonly Routine[],
): void {
  const { catalog } = context;
  const { target } = event;
  if (target.kind !== "all-in-schema" || !revokesPublic(event)) return;
  if (target.objects !== "functions" && target.objects !== "routines") return;
  const inside = definers.filter((routine) => target.schemas.includes(catalog.schemaName(routine.schema)));
  const procedures =
    target.objects === "functions"
      ? inside.filter((routine) => routine.oid < statement.oid && routine.kind === "procedure")
      : [];
  if (procedures.length > 0) {
    report(context, statement, "procedures", procedures, "low", {
      message: `ALL FUNCTIONS leaves procedures out: everybody may still call ${listed(procedures.map((routine) => catalog.routineName(routine)))}`,
      label: "functions only",
      help: `REVOKE EXECUTE ON ALL ROUTINES IN SCHEMA ${target.schemas.join(", ")} FROM PUBLIC;`,
    });
  }
  const later = inside.filter((routine) => {
    if (routine.oid < statement.oid) return false;
    // The last such statement before it is the one that came too early.
    const next = nextAfter(revokes.get(catalog.schemaName(routine.schema)) ?? [], statement.oid);
    return next === undefined || next > routine.oid;
  });
  if (later.length === 0) return;
  report(context, statement, "later-objects", later, "low", {
    message: `${listed(later.map((routine) => catalog.routineName(routine)))} came later: ALL ${target.objects.toUpperCase()} means those that exist when it runs`,
    label: "does not cover what comes later",
    help: `REVOKE EXECUTE ON ALL ROUTINES IN SCHEMA ${target.schemas.join(", ")} FROM PUBLIC; again after them, or ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC; before them`,
  });
}

/** REVOKE … ON ALL … IN SCHEMA … FROM PUBLIC by schema, in the order in which they ran. */
function revokesBySchema(statements: readonly Replayed[]): ReadonlyMap<string, readonly Oid[]> {
  const found = new Map<string, Oid[]>();
  for (const { oid, event } of statements) {
    if (event.kind !== "grant" || event.grant || event.target.kind !== "all-in-schema") continue;
    if (!revokesPublic(event)) continue;
    for (const schema of event.target.schemas) remembered(found, schema, (): Oid[] => []).push(oid);
  }
  for (const oids of found.values()) oids.sort((a, b) => a - b);
  return found;
}

/** The first of ascending numbers that is greater. */
function nextAfter(oids: readonly Oid[], oid: Oid): Oid | undefined {
  let low = 0;
  let high = oids.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((oids[middle] ?? 0) <= oid) low = middle + 1;
    else high = middle;
  }
  return oids[low];
}

/** High for whoever reaches SECURITY DEFINER code through it, otherwise as good as said. */
function report(
  context: RuleContext<Variant>,
  statement: Replayed,
  variant: Variant,
  affected: readonly Routine[],
  otherwise: Severity,
  text: { readonly message: string; readonly label: string; readonly help: string },
): void {
  const { access, catalog } = context;
  const reach = affected
    .flatMap((routine) => access.callers(routine))
    .filter((one, i, list) => list.findIndex(({ role }) => role === one.role) === i);
  const severity = access.severity("high", reach);
  context.report({
    ...text,
    variant,
    severity: severity === "info" ? (affected.length > 0 ? "low" : otherwise) : severity,
    confidence: "high",
    place: statement.place,
    object: affected[0] === undefined ? null : catalog.routineName(affected[0]),
    reach,
    related: affected.slice(0, 3).map((routine) => ({
      place: routine.place,
      message: `everybody may execute ${catalog.routineName(routine)}`,
    })),
  });
}
