import { actorsOf, Gifts, grantees, listed, rolesIn } from "../../src/access/actors.ts";
import { publicationsOf } from "../../src/access/publications.ts";
import { namedRole, ownStatements } from "../../src/rule/code.ts";
import { defineRule } from "../../src/rule/define.ts";
import type { Place } from "../../src/text/source.ts";

const SCHEMA = "pgtrickle_changes";

/** Owners of stream tables in the extension's guide. */
const OWNERS: ReadonlySet<string> = new Set(["st_author", "st_owner", "pgtrickle_admin"]);

export default defineRule({
  title: "Change buffers of pg_trickle open to others",
  severity: "high",
  category: "pg-reactive",
  cwe: [668, 732],
  since: "0.1.0",
  variants: {},
  why: "Change buffers hold the rows of every tenant as they were written, past the policies of the tables they come from.",
  check(context) {
    const { catalog, access } = context;
    const held = new Map<
      string,
      { readonly place: Place; readonly role: number; readonly tables: boolean; readonly what: string }
    >();
    for (const statement of ownStatements(catalog)) {
      const { event, place } = statement;
      if (event.kind !== "grant" && event.kind !== "alter-default-privileges") continue;
      const what =
        event.kind === "grant"
          ? addressed(event.target)
          : event.objects === "tables" && event.schemas.includes(SCHEMA)
            ? "tables to come"
            : null;
      if (what === null) continue;
      for (const grantee of event.grantees) {
        const role = namedRole(catalog, statement, grantee);
        if (role === undefined) continue;
        const key = `${role}/${what}`;
        if (event.grant) held.set(key, { place, role, tables: what !== "schema", what });
        else if (!event.grantOption)
          for (const known of [...held.keys()])
            if (
              known === key ||
              (what === "all tables" && known.startsWith(`${role}/`) && !known.endsWith("/schema"))
            )
              held.delete(known);
      }
    }
    const tables = new Gifts();
    const usage = new Gifts();
    const rows = [...held.values()].filter(({ role }) => !OWNERS.has(catalog.roleName(role)));
    for (const { place, role, tables: isTables, what } of rows) {
      const reach = actorsOf(catalog, access, role, { place, text: `granted on ${SCHEMA}: ${what}` });
      if (reach.length === 0) continue;
      // USAGE alone opens nothing yet; with tables it is one weakness.
      if (isTables) tables.add(place, what, reach);
      else if (!rows.some((other) => other.tables && (other.role === role || other.role === 0)))
        usage.add(place, what, reach);
    }
    for (const [gifts, base] of [
      [tables, "high"],
      [usage, "low"],
    ] as const) {
      for (const { place, objects, reach } of gifts.all()) {
        context.report({
          variant: null,
          severity: access.severity(base, reach),
          confidence: "high",
          message:
            base === "high"
              ? `${rolesIn(reach)} can read changed rows of every tenant: ${listed(objects)} of ${SCHEMA}`
              : `${rolesIn(reach)} may look into schema ${SCHEMA}`,
          label: "granted here",
          place,
          object: SCHEMA,
          reach,
          help: `REVOKE ALL ON ALL TABLES IN SCHEMA ${SCHEMA} FROM ${grantees(reach)}; REVOKE USAGE ON SCHEMA ${SCHEMA} FROM ${grantees(reach)};`,
        });
      }
    }
    for (const publication of publicationsOf(catalog)) {
      const one = publication.objects.find(
        ({ object, table }) => object.schema === SCHEMA || table?.startsWith(`${SCHEMA}.`) === true,
      );
      if (one === undefined) continue;
      context.report({
        variant: null,
        severity: "medium",
        confidence: "high",
        message: `publication ${publication.name} carries changed rows of every tenant out of ${SCHEMA}`,
        label: "change buffers",
        place: one.place,
        object: publication.name,
        help: `leave ${SCHEMA} out of publication ${publication.name}`,
      });
    }
  },
});

type Target = Extract<
  ReturnType<typeof ownStatements>[number]["event"],
  { readonly kind: "grant" }
>["target"];

function addressed(target: Target): string | null {
  if (target.kind === "schemas") return target.names.includes(SCHEMA) ? "schema" : null;
  if (target.kind === "all-in-schema")
    return target.objects === "tables" && target.schemas.includes(SCHEMA) ? "all tables" : null;
  if (target.kind !== "relations" || target.sequences) return null;
  const names = target.objects
    .filter(({ name }) => name.at(-2) === SCHEMA)
    .map(({ name }) => name.at(-1) ?? "");
  return names.length === 0 ? null : names.join(", ");
}
