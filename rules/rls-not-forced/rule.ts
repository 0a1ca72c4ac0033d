import { actorsOfAny, membershipSteps } from "../../src/access/privileges.ts";
import { isUnstated } from "../../src/access/unstated.ts";
import { isSuperuser } from "../../src/catalog/membership.ts";
import { type Oid, PUBLIC, type Relation } from "../../src/catalog/model.ts";
import { remembered } from "../../src/catalog/remembered.ts";
import { defineRule, type RuleContext } from "../../src/rule/define.ts";
import type { Reach } from "../../src/rule/finding.ts";
import type { Place } from "../../src/text/source.ts";

/** Tables of one owner that one statement makes open to the same role. */
interface Open {
  readonly place: Place;
  readonly owner: Oid;
  readonly tables: Set<Relation>;
  /** By role. */
  readonly reached: Map<string, Reach>;
  readonly isOwner: boolean;
}

export default defineRule({
  title: "Row-level security that does not bind the table's owner",
  severity: "medium",
  category: "row-security",
  cwe: [863],
  since: "0.1.0",
  variants: {},
  why: "Without FORCE, policies bind neither the owner of the table nor any member of the owner role: membership alone is enough, without SET ROLE.",
  check(context) {
    const { catalog } = context;
    const found = new Map<string, Open>();
    const strong = new Map<Oid, readonly Oid[]>();
    for (const table of catalog.relations()) {
      if (!table.rowSecurity.value || table.forceRowSecurity.value || table.prelude || table.assumed)
        continue;
      for (const role of remembered(strong, table.owner, () => withRightsOf(context, table.owner)))
        collect(context, table, role, found);
    }
    for (const { place, owner, tables, reached, isOwner } of found.values()) {
      const reach = [...reached.values()];
      const names = Array.from(tables, (table) => catalog.relationName(table));
      const [first] = tables;
      if (first === undefined) continue;
      const who = reach.map(({ role }) => role).join(", ");
      context.report({
        variant: null,
        severity: "medium",
        confidence: context.access.worst(reach) === "untrusted" ? "high" : "medium",
        message: `the policies of ${shortList(names)} do not bind ${who}, ${isOwner ? "the owner" : `a member of the owner ${catalog.roleName(owner)}`}`,
        label: isOwner ? "not FORCE ROW LEVEL SECURITY" : "past the policies from here on",
        place,
        object: names[0] ?? null,
        reach,
        related: isOwner
          ? []
          : [{ place: first.rowSecurity.place, message: "row-level security, without FORCE" }],
        help: `ALTER TABLE ${names[0]} FORCE ROW LEVEL SECURITY; or ${isOwner ? "give the table another owner" : `REVOKE ${catalog.roleName(owner)} FROM ${who};`}`,
      });
    }
  },
});

/** The owner, and roles that have its rights without SET ROLE. */
function withRightsOf({ catalog, access }: RuleContext<never>, owner: Oid): readonly Oid[] {
  const actors = actorsOfAny(catalog, [owner]);
  return access.principals.filter(
    (role) => actors.has(role) && (role === owner || access.hasRightsOf(role, owner)),
  );
}

function collect(context: RuleContext<never>, table: Relation, role: Oid, found: Map<string, Open>): void {
  const { catalog, access } = context;
  if (role === PUBLIC || isSuperuser(catalog.state, role)) return;
  if (access.trustOf(role) !== "untrusted" && !isAlone(context, table, role)) return;
  if (catalog.role(role)?.attributes.bypassrls === true || isSuperuser(catalog.state, table.owner)) return;
  const isOwner = role === table.owner;
  const via = isOwner ? [] : membershipSteps(catalog, role, table.owner);
  const place = via.at(-1)?.place ?? table.rowSecurity.place;
  const key = isOwner ? `${table.oid}` : `${place.source.path}:${place.span.start}:${table.owner}`;
  const open = remembered(
    found,
    key,
    (): Open => ({ place, owner: table.owner, tables: new Set(), reached: new Map(), isOwner }),
  );
  open.tables.add(table);
  const name = catalog.roleName(role);
  if (!open.reached.has(name)) open.reached.set(name, { role: name, via });
}

/** A login with the owner's rights to a table with policies that nobody else uses: whom are they for, if not for it? */
function isAlone({ catalog, access }: RuleContext<never>, table: Relation, role: Oid): boolean {
  if (catalog.role(role)?.attributes.login !== true || catalog.policiesOf(table).length === 0) return false;
  const name = catalog.roleName(role);
  return (["select", "insert", "update", "delete"] as const).every((privilege) =>
    access.users(table, privilege).every((user) => user.role === name || isUnstated([user])),
  );
}

function shortList(names: readonly string[]): string {
  return names.length <= 3
    ? names.join(", ")
    : `${names.slice(0, 3).join(", ")} and ${names.length - 3} more tables`;
}
