import { listed } from "../../src/access/actors.ts";
import { isAuthenticator } from "../../src/access/authenticator.ts";
import type { Membership, Role } from "../../src/catalog/model.ts";
import { ownSources } from "../../src/rule/code.ts";
import { defineRule, type RuleContext } from "../../src/rule/define.ts";
import { statementAt } from "../../src/rule/statement-at.ts";
import type { Place, Source } from "../../src/text/source.ts";

const VARIANTS = {
  inherit: "it has the rights of all API roles before it has switched to one",
  superuser: "it has attributes that no login for an API needs",
  privileges: "it has privileges of its own on tables, or owns them",
} as const;

type Variant = keyof typeof VARIANTS;

export default defineRule<Variant>({
  title: "Authenticator that can do more than switch roles",
  severity: "high",
  category: "grants",
  cwe: [250, 266],
  since: "0.1.0",
  variants: VARIANTS,
  why: "PostgREST logs in as the authenticator and switches to the role of the request. Whatever the authenticator itself may do is open to everything that happens before the switch: a leaked pool connection, an injection, a forgotten SET ROLE.",
  check(context) {
    const own = ownSources(context);
    for (const role of context.catalog.state.roles.all()) {
      const memberships = context.catalog.state.memberships.by.member.all(role.oid);
      if (!isAuthenticator(context, role)) continue;
      inherits(context, role, memberships, own);
      attributes(context, role, own);
      privileges(context, role);
    }
  },
});

function inherits(
  context: RuleContext<Variant>,
  role: Role,
  memberships: readonly Membership[],
  own: ReadonlySet<Source>,
): void {
  const { catalog } = context;
  // Before 16 the role's attribute decides at any time; from 16 on each membership does.
  const inherited =
    catalog.postgresVersion >= 16
      ? memberships.filter((row) => row.inherit && !row.prelude)
      : role.attributes.inherit
        ? memberships
        : [];
  const [first] = inherited;
  if (first === undefined) return;
  const attribute = role.attributePlaces.inherit ?? role.place;
  // From 16 on a membership keeps what the role's attribute said when it was granted, unless GRANT itself says.
  const granted = statementAt(catalog, first.place)?.event;
  const itself =
    catalog.postgresVersion >= 16 &&
    (!role.attributes.inherit || (granted?.kind === "grant-role" && granted.options.inherit !== undefined));
  const place: Place = itself || !own.has(attribute.source) ? first.place : attribute;
  if (!own.has(place.source)) return;
  const names = inherited.map((row) => catalog.roleName(row.role));
  context.report({
    variant: "inherit",
    severity: "medium",
    confidence: "high",
    message: `${role.name} has all rights of ${listed(names)} before it switches to one of them`,
    label: "inherits",
    place,
    object: role.name,
    reach: [
      {
        role: role.name,
        via: inherited.map((row) => ({ place: row.place, text: `inherits ${catalog.roleName(row.role)}` })),
      },
    ],
    help:
      catalog.postgresVersion >= 16
        ? `GRANT ${names.join(", ")} TO ${role.name} WITH INHERIT FALSE; (ALTER ROLE … NOINHERIT does not change memberships there are)`
        : `ALTER ROLE ${role.name} NOINHERIT;`,
  });
}

function attributes(context: RuleContext<Variant>, role: Role, own: ReadonlySet<Source>): void {
  const held = (["superuser", "createrole", "bypassrls", "replication", "createdb"] as const).filter(
    (name) => role.attributes[name],
  );
  const place = held
    .map((name) => role.attributePlaces[name])
    .find((at) => at !== undefined && own.has(at.source));
  if (place === undefined) return;
  context.report({
    variant: "superuser",
    severity: "high",
    confidence: "high",
    message: `${role.name} is ${held.map((name) => name.toUpperCase()).join(", ")}`,
    label: "not for a login that switches roles",
    place,
    object: role.name,
    help: `ALTER ROLE ${role.name} ${held.map((name) => `NO${name.toUpperCase()}`).join(" ")};`,
  });
}

function privileges(context: RuleContext<Variant>, role: Role): void {
  const { catalog } = context;
  const tables: string[] = [];
  let place: Place | null = null;
  let reads = true;
  for (const relation of catalog.relations()) {
    if (relation.prelude || relation.kind === "index" || relation.kind === "sequence") continue;
    if (relation.owner === role.oid && !relation.assumed) {
      tables.push(catalog.relationName(relation));
      place ??= relation.place;
      reads = false;
      continue;
    }
    const items = relation.acl.filter(
      (one) => one.grantee === role.oid && !one.origin.prelude && one.origin.place !== null,
    );
    const [item] = items;
    if (item === undefined) continue;
    reads &&= items.every(({ privilege }) => privilege === "select");
    tables.push(catalog.relationName(relation));
    place ??= item.origin.place;
  }
  if (place === null) return;
  context.report({
    variant: "privileges",
    severity: reads ? "medium" : "high",
    confidence: "high",
    message: `${role.name} itself has privileges on ${listed(tables)}`,
    label: "not for a login that switches roles",
    place,
    object: role.name,
    help: `REVOKE ALL ON ${listed(tables)} FROM ${role.name}; and GRANT to the roles it switches to`,
  });
}
