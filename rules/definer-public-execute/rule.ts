import { readable } from "../../src/access/definers.ts";
import { effectsOf } from "../../src/access/effects.ts";
import { lower } from "../../src/access/trust.ts";
import { type Catalog, quoteIdentifier } from "../../src/catalog/catalog.ts";
import { type AclItem, PUBLIC, type Routine } from "../../src/catalog/model.ts";
import { remembered } from "../../src/catalog/remembered.ts";
import type { RoleRef } from "../../src/events/event.ts";
import { asksWhoCalls } from "../../src/rule/caller.ts";
import { defineRule, type RuleContext } from "../../src/rule/define.ts";
import type { Reach, Severity } from "../../src/rule/finding.ts";
import { onlyReads } from "../../src/rule/reads-only.ts";
import type { Place } from "../../src/text/source.ts";

const VARIANTS = {
  default: "PostgreSQL gives EXECUTE on new routines to PUBLIC, and nothing took it away",
  trigger: "EXECUTE on a trigger function lets anyone attach it to a table of their own",
  "default-privileges": "revoked from PUBLIC, but default privileges gave roles EXECUTE by name",
} as const;

type Variant = keyof typeof VARIANTS;

export default defineRule<Variant>({
  title: "SECURITY DEFINER routine that everybody may execute",
  severity: "critical",
  category: "definer",
  cwe: [732, 276],
  since: "0.1.0",
  variants: VARIANTS,
  why: "Whoever may execute the routine acts with its owner's rights. EXECUTE on a new routine goes to PUBLIC unless it is revoked; DROP and CREATE bring it back.",
  check(context) {
    for (const routine of context.askedRoutines()) {
      if (routine.prelude || routine.assumed || !routine.securityDefiner.value) continue;
      if (routine.kind === "aggregate" || routine.returnsTrigger === "event_trigger") continue;
      const items = routine.acl.filter(
        (item) => item.privilege === "execute" && item.grantee !== routine.owner,
      );
      const open = items.find((item) => item.grantee === PUBLIC);
      if (open !== undefined) judgePublic(context, routine, open, items);
      else judgeDefaultPrivileges(context, routine, items);
    }
  },
});

function judgePublic(
  context: RuleContext<Variant>,
  routine: Routine,
  open: AclItem,
  items: readonly AclItem[],
): void {
  const { catalog, access } = context;
  const reach = context.access.callers(routine);
  const name = catalog.routineName(routine);
  const trigger = routine.returnsTrigger === "trigger";
  let severity: Severity = access.severity("high", reach);
  if (!trigger && isGrantedToAll(context, reach, items)) severity = "info";
  else if (trigger) {
    const effects = effectsOf(context.body(routine));
    // Attached to a table of the attacker's own, a function that changes nothing but NEW changes nothing of anybody.
    if (!effects.acts) severity = "info";
    else severity = ofTrigger(context, effects.convertsRow || effects.executes ? "critical" : "high", reach);
  } else if (closedBefore(context, routine, open) === null && isIntended(context, open, items))
    severity = "info";
  // A helper of policies must be executable by whoever the policies are for; out of the API's schemas only they call it.
  else if (context.uses(routine).some((use) => use.by === "policy"))
    severity = isOutOfApi(context, routine) ? "info" : lower(severity, 4);
  else severity = lower(severity, mildness(context, routine, reach));
  const explicit = open.origin.kind === "grant" && open.origin.place !== null;
  const closed = closedBefore(context, routine, open);
  const holders = [
    "PUBLIC",
    ...givenByDefault(context, items).map((item) => quoteIdentifier(catalog.roleName(item.grantee))),
  ];
  const revoke = `REVOKE EXECUTE ON ${kindOf(routine)} ${name} FROM ${holders.join(", ")};`;
  context.report({
    variant: trigger ? "trigger" : "default",
    severity,
    confidence: "high",
    message: trigger
      ? `trigger function ${name} runs as ${catalog.roleName(routine.owner)} and everybody may attach it to a table of their own`
      : `${name} runs as ${catalog.roleName(routine.owner)} and everybody may execute it`,
    label: explicit ? "granted to PUBLIC" : "EXECUTE goes to PUBLIC here",
    place: explicit && open.origin.place !== null ? open.origin.place : routine.place,
    object: name,
    reach,
    related: [
      { place: routine.securityDefiner.place, message: `runs as ${catalog.roleName(routine.owner)}` },
      ...(closed === null ? [] : [{ place: closed, message: "taken from PUBLIC before" }]),
    ],
    help: trigger
      ? `${revoke} (EXECUTE is only checked when a trigger is created: nothing breaks)`
      : `${revoke} and GRANT it to the roles that need it`,
  });
}

function isOutOfApi({ access, catalog }: RuleContext<Variant>, { schema }: Routine): boolean {
  const { directSql, exposedSchemas } = access.trust;
  return !directSql && exposedSchemas.length > 0 && !exposedSchemas.includes(catalog.schemaName(schema));
}

/** Whether all who get as far as the routine's schema have a grant of their own: what PUBLIC has gives nobody more. */
function isGrantedToAll(
  { catalog, access }: RuleContext<Variant>,
  reach: readonly Reach[],
  items: readonly AclItem[],
): boolean {
  const granted = items.filter(
    ({ grantee, origin }) => grantee !== PUBLIC && origin.kind === "grant" && !origin.prelude,
  );
  return (
    reach.length > 0 &&
    reach.every(({ role }) => {
      const oid = catalog.roleNamed(role)?.oid;
      return oid !== undefined && granted.some(({ grantee }) => access.hasRightsOf(oid, grantee));
    })
  );
}

/** Who comes through an API alone has neither a table to attach it to nor CREATE TRIGGER. */
function ofTrigger({ access }: RuleContext<Variant>, base: Severity, reach: readonly Reach[]): Severity {
  const severity = access.severity(base, reach, { needsSql: true });
  if (access.trust.directSql || severity === "info") return severity;
  return base === "critical" ? lower(severity, 1) : "info";
}

/** By how many steps it matters less who may call. */
function mildness(context: RuleContext<Variant>, routine: Routine, callers: readonly Reach[]): number {
  const definer = readable(context, routine);
  if (definer === null) return 0;
  // What asks who calls is written for whoever calls; who may call it at all is a second line of defence.
  if (asksWhoCalls(context, definer)) return 2;
  // Whether it shows too much of what policies hide is said where it reads that.
  const reads = onlyReads(context, definer, callers);
  return reads === "open" ? 2 : reads === "hidden" ? 1 : 0;
}

function kindOf({ kind }: Routine): string {
  return kind === "procedure" ? "PROCEDURE" : "FUNCTION";
}

/** What default privileges gave to untrusted roles by name: taking EXECUTE from PUBLIC leaves it. */
function givenByDefault({ access }: RuleContext<Variant>, items: readonly AclItem[]): readonly AclItem[] {
  return items.filter(
    ({ origin, grantee }) =>
      grantee !== PUBLIC && origin.kind === "default-privileges" && access.trustOf(grantee) === "untrusted",
  );
}

/** A REVOKE that names this very routine. */
function* revokes(
  { catalog }: RuleContext<Variant>,
  routine: Routine,
): Iterable<{ readonly place: Place; readonly grantees: readonly RoleRef[] }> {
  for (const { event, place, prelude } of catalog.state.statements.all()) {
    if (event.kind !== "grant" || event.grant || prelude || event.target.kind !== "routines") continue;
    const named = event.target.objects.some(
      ({ name }) =>
        name.at(-1) === routine.name &&
        (name.length === 1 || name.at(-2) === catalog.schemaName(routine.schema)),
    );
    if (named) yield { place, grantees: event.grantees };
  }
}

/** The REVOKE that had taken EXECUTE on this very routine from PUBLIC, when a later GRANT gives it back; else null. */
function closedBefore(context: RuleContext<Variant>, routine: Routine, open: AclItem): Place | null {
  if (open.origin.kind !== "grant" || open.origin.prelude) return null;
  let closed: Place | null = null;
  for (const { place, grantees } of revokes(context, routine)) {
    // Later REVOKEs took it away from somebody else, or the GRANT would not stand.
    if (place.source === open.origin.place?.source && place.span.start >= open.origin.place.span.start) break;
    if (grantees.some((grantee) => grantee.kind === "public")) closed = place;
  }
  return closed;
}

/** Whoever took it from one of the roles that default privileges name knew of them, and left it to the others. */
function leftOnPurpose(context: RuleContext<Variant>, routine: Routine): boolean {
  const { untrusted } = context.access.trust;
  for (const { grantees } of revokes(context, routine))
    if (grantees.some((grantee) => grantee.kind === "role" && untrusted.includes(grantee.name))) return true;
  return false;
}

/** GRANT … TO PUBLIC, or, where clients only come through an API, to every role they can have. */
function isIntended(context: RuleContext<Variant>, open: AclItem, items: readonly AclItem[]): boolean {
  if (open.origin.kind === "grant" && !open.origin.prelude) return true;
  const { catalog, access } = context;
  const { untrusted, byConvention, directSql } = access.trust;
  if (directSql) return false;
  const granted = grantedRoles(catalog);
  const own = byConvention ? untrusted.filter((name) => granted.has(name)) : untrusted;
  if (own.length === 0) return false;
  return own.every((name) => {
    const role = catalog.roleNamed(name);
    return (
      role !== undefined &&
      items.some((item) => item.grantee === role.oid && item.origin.kind === "grant" && !item.origin.prelude)
    );
  });
}

const grantedByCatalog = new WeakMap<Catalog, ReadonlySet<string>>();

/** The roles that the project's own files grant something to. */
function grantedRoles(catalog: Catalog): ReadonlySet<string> {
  return remembered(grantedByCatalog, catalog, () => {
    const names = new Set<string>();
    for (const { event, prelude } of catalog.state.statements.all()) {
      if (event.kind !== "grant" || prelude || !event.grant) continue;
      for (const grantee of event.grantees) if (grantee.kind === "role") names.add(grantee.name);
    }
    return names;
  });
}

/** REVOKE … FROM PUBLIC was thought of, but default privileges had given roles their own grant. */
function judgeDefaultPrivileges(
  context: RuleContext<Variant>,
  routine: Routine,
  items: readonly AclItem[],
): void {
  const { catalog, access } = context;
  const given = givenByDefault(context, items);
  const first = given[0];
  if (first === undefined) return;
  const names = given.map((item) => catalog.roleName(item.grantee));
  const reach: readonly Reach[] = access.callers(routine).filter(({ role }) => names.includes(role));
  const name = catalog.routineName(routine);
  const trigger = routine.returnsTrigger === "trigger";
  const harmless = leftOnPurpose(context, routine) || (trigger && !effectsOf(context.body(routine)).acts);
  const severity = harmless
    ? "info"
    : trigger
      ? ofTrigger(context, "high", reach)
      : access.severity("high", reach);
  context.report({
    variant: "default-privileges",
    severity: context.uses(routine).some((use) => use.by === "policy")
      ? lower(severity, 4)
      : lower(severity, trigger ? 0 : mildness(context, routine, reach)),
    confidence: "high",
    message: `${names.join(", ")} may execute ${name}, which runs as ${catalog.roleName(routine.owner)}: default privileges gave it to them by name`,
    label: "default privileges apply here",
    place: routine.place,
    object: name,
    reach,
    related:
      first.origin.place === null || first.origin.prelude
        ? []
        : [{ place: first.origin.place, message: "these default privileges" }],
    help: `REVOKE EXECUTE ON ${kindOf(routine)} ${name} FROM ${names.map(quoteIdentifier).join(", ")};`,
  });
}
