import { listed } from "../../src/access/actors.ts";
import type { Reach } from "../../src/access/chain.ts";
import { lower } from "../../src/access/trust.ts";
import { type Privilege, PUBLIC } from "../../src/catalog/model.ts";
import type { Replayed } from "../../src/catalog/replayed.ts";
import type { EventOf, Grant } from "../../src/events/event.ts";
import { namedRole } from "../../src/rule/code.ts";
import type { RuleContext } from "../../src/rule/define.ts";
import { relationsNamed, routinesNamed } from "../../src/rule/named-routines.ts";
import type { Variant } from "./variants.ts";

/** REVOKE … FROM anon, while PUBLIC holds the same. */
export function publicRemains(
  context: RuleContext<Variant>,
  statement: Replayed,
  event: EventOf<"grant">,
): void {
  const { catalog, access } = context;
  if (event.grantees.some(({ kind }) => kind === "public")) return;
  const roles = event.grantees
    .flatMap((grantee) => namedRole(catalog, statement, grantee) ?? [])
    .filter((role) => access.trustOf(role) !== "admin");
  if (roles.length === 0) return;
  const names = roles.map((role) => catalog.roleName(role));
  const still: string[] = [];
  let definer = false;
  const reach: Reach[] = [];
  const add = (list: readonly Reach[]): void => {
    for (const one of list) {
      if (one.role !== "PUBLIC" && !names.includes(one.role)) continue;
      if (!reach.some(({ role }) => role === one.role)) reach.push(one);
    }
  };
  for (const routine of routinesNamed(catalog, statement, event)) {
    const open = routine.acl.some((item) => item.privilege === "execute" && item.grantee === PUBLIC);
    // Granted to the role by name again later: then the REVOKE is history.
    if (!open || routine.prelude || routine.acl.some((item) => roles.includes(item.grantee))) continue;
    if (roles.includes(routine.owner) || (routine.returnsTrigger !== null && !routine.securityDefiner.value))
      continue;
    still.push(catalog.routineName(routine));
    definer ||= routine.securityDefiner.value;
    add(access.callers(routine));
  }
  for (const relation of relationsNamed(catalog, statement, event)) {
    for (const privilege of named(event)) {
      const open = relation.acl.some((item) => item.privilege === privilege && item.grantee === PUBLIC);
      if (
        !open ||
        relation.prelude ||
        relation.acl.some((item) => roles.includes(item.grantee) && item.privilege === privilege)
      )
        continue;
      if (!still.includes(catalog.relationName(relation))) still.push(catalog.relationName(relation));
      definer = true;
      add(access.users(relation, privilege));
    }
  }
  if (still.length === 0) return;
  const severity = access.severity("high", reach);
  context.report({
    variant: "public-remains",
    severity: definer ? severity : lower(severity, 4),
    confidence: "high",
    message: `${names.join(", ")} can still use ${listed(still)}: PUBLIC holds the privilege`,
    label: "PUBLIC still has it",
    place: statement.place,
    object: still[0] ?? null,
    reach,
    help: `REVOKE … ON ${listed(still)} FROM PUBLIC; and GRANT it to the roles that need it`,
  });
}

const USED: readonly Privilege[] = ["select", "insert", "update", "delete", "truncate"];

function named(event: Grant): readonly Privilege[] {
  if (event.privileges.some(({ privilege, columns }) => privilege === "all" && columns.length === 0))
    return USED;
  return USED.filter((privilege) =>
    event.privileges.some((ref) => ref.privilege === privilege && ref.columns.length === 0),
  );
}
