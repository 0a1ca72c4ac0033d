import { membershipSteps } from "../../src/access/privileges.ts";
import type { AclItem, Oid, Routine } from "../../src/catalog/model.ts";
import { defineRule, type RuleContext } from "../../src/rule/define.ts";
import type { Reach, Severity } from "../../src/rule/finding.ts";
import type { Place } from "../../src/text/source.ts";

/** What a statement gave to whom; one statement is one finding, for the worst function in it. */
interface Exposure {
  readonly place: Place;
  readonly severity: Severity;
  readonly functions: Set<string>;
  readonly reach: Reach[];
}

export default defineRule({
  title: "Application role may register live queries itself",
  severity: "critical",
  category: "pg-reactive",
  cwe: [269, 250],
  since: "0.1.0",
  variants: {},
  why: "pgr.subscribe stores SQL text and runs it again later as the extension's owner: whoever may call it reads every table of that owner, and runs code as the owner through a function in the query.",
  check(context) {
    const exposures = new Map<string, Exposure>();
    for (const { routine, severity } of privilegedRoutines(context)) {
      for (const item of routine.acl) {
        if (item.privilege === "execute" && item.grantee !== routine.owner)
          collect(context, routine, item, severity, exposures);
      }
    }
    collectDefaults(context, exposures);
    for (const { place, severity, functions, reach } of exposures.values()) {
      const names = [...functions].join(", ");
      const subscribes = severity === "critical";
      context.report({
        variant: null,
        severity,
        confidence: "high",
        message: `${reach.map(({ role }) => role).join(", ")} may execute ${names}`,
        label: subscribes
          ? "gives SQL that runs as the extension's owner"
          : "lets them end anybody's subscription",
        place,
        object: [...functions][0] ?? null,
        reach,
        ...(subscribes
          ? {}
          : {
              why: "pgr.unsubscribe ends any subscription by its query id: whoever may call it disconnects other users' live queries.",
            }),
        help: "revoke it, and let clients subscribe through a SECURITY DEFINER wrapper with a fixed query template, an identity taken from the JWT and a pinned search_path",
      });
    }
  },
});

function* privilegedRoutines(
  context: RuleContext<never>,
): Iterable<{ routine: Routine; severity: Severity }> {
  const configured = new Set(context.privilegedFunctions);
  for (const routine of context.catalog.routines()) {
    const name = `${context.catalog.schemaName(routine.schema)}.${routine.name}`;
    if (name === "pgr.subscribe" || configured.has(name)) yield { routine, severity: "critical" };
    else if (name === "pgr.unsubscribe") yield { routine, severity: "medium" };
  }
}

function expose(
  exposures: Map<string, Exposure>,
  place: Place,
  severity: Severity,
  name: string,
  reach: Reach,
): void {
  const key = `${place.source.path}:${place.span.start}`;
  const known = exposures.get(key);
  const worst = known?.severity === "critical" ? "critical" : severity;
  const found = {
    place,
    severity: worst,
    functions: known?.functions ?? new Set<string>(),
    reach: known?.reach ?? [],
  };
  // The worst function comes first: it names the finding.
  if (severity === worst && known?.severity !== worst) found.functions.clear();
  if (severity === worst) found.functions.add(name);
  if (!found.reach.some((other) => other.role === reach.role)) found.reach.push(reach);
  exposures.set(key, found);
}

/** One grant: to a role that is not an admin at its statement, to an admin's members at the membership. */
function collect(
  context: RuleContext<never>,
  routine: Routine,
  item: AclItem,
  severity: Severity,
  exposures: Map<string, Exposure>,
): void {
  const { access, catalog } = context;
  const name = catalog.routineName(routine);
  if (access.trustOf(item.grantee) !== "admin") {
    // PostgreSQL's own default for PUBLIC counts where the project itself creates the function.
    const place =
      item.origin.kind === "built-in" ? (routine.prelude ? null : routine.place) : item.origin.place;
    if (place === null || item.origin.prelude) return;
    const text = item.origin.kind === "built-in" ? "PostgreSQL's default for new functions" : "granted here";
    expose(exposures, place, severity, name, {
      role: catalog.roleName(item.grantee),
      via: [{ place, text }],
    });
    return;
  }
  for (const { member, place } of membersOf(context, item.grantee)) {
    const via = membershipSteps(catalog, member, item.grantee);
    expose(exposures, place, severity, name, { role: catalog.roleName(member), via });
  }
}

/** Roles that are no admins and inherit from this one, with the project's statement that made them members. */
function membersOf(
  context: RuleContext<never>,
  role: Oid,
): readonly { readonly member: Oid; readonly place: Place }[] {
  const { catalog, access } = context;
  const found: { member: Oid; place: Place }[] = [];
  const seen = new Set([role]);
  const queue = [role];
  for (const next of queue) {
    for (const row of catalog.state.memberships.by.role.all(next)) {
      if (seen.has(row.member)) continue;
      const inherits =
        catalog.postgresVersion >= 16 ? row.inherit : catalog.role(row.member)?.attributes.inherit !== false;
      if (!inherits) continue;
      seen.add(row.member);
      if (access.trustOf(row.member) === "admin") queue.push(row.member);
      else if (!row.prelude) found.push({ member: row.member, place: row.place });
    }
  }
  return found;
}

/** ALTER DEFAULT PRIVILEGES IN SCHEMA pgr: whatever the extension creates there from now on. */
function collectDefaults(context: RuleContext<never>, exposures: Map<string, Exposure>): void {
  const { catalog, access } = context;
  for (const row of catalog.state.defaultAcls.all()) {
    if (row.objects !== "functions" || row.schema === null || catalog.schemaName(row.schema) !== "pgr")
      continue;
    for (const item of row.acl) {
      if (item.privilege !== "execute" || item.origin.prelude || item.origin.place === null) continue;
      if (access.trustOf(item.grantee) === "admin") continue;
      const text = "default privileges for functions in schema pgr";
      expose(exposures, item.origin.place, "critical", "pgr.subscribe", {
        role: catalog.roleName(item.grantee),
        via: [{ place: item.origin.place, text }],
      });
    }
  }
}
