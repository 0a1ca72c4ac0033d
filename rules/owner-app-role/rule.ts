import { actorsOf } from "../../src/access/actors.ts";
import { lower } from "../../src/access/trust.ts";
import type { Oid } from "../../src/catalog/model.ts";
import { namedRole, ownStatements } from "../../src/rule/code.ts";
import { defineRule } from "../../src/rule/define.ts";
import type { Place } from "../../src/text/source.ts";

const VARIANTS = { database: "the database belongs to a role that applications use" } as const;

type Variant = keyof typeof VARIANTS;

export default defineRule<Variant>({
  title: "Application role owns the database",
  severity: "high",
  category: "grants",
  cwe: [266, 732],
  since: "0.1.0",
  variants: VARIANTS,
  why: "From PostgreSQL 15 on the owner of the database owns schema public: it can drop what others put there and put its own in place, and create schemas and publications.",
  check(context) {
    const { catalog, access } = context;
    const owners = new Map<string, { readonly place: Place; readonly role: Oid }>();
    for (const statement of ownStatements(catalog)) {
      const { event, place } = statement;
      if (event.kind === "create-database" && event.owner !== null) {
        const role = namedRole(catalog, statement, event.owner);
        if (role === undefined) owners.delete(event.name);
        else owners.set(event.name, { place, role });
      } else if (event.kind === "set-owner" && event.objectKind === "database") {
        const role = namedRole(catalog, statement, event.owner);
        const name = event.object.name[0] ?? "";
        if (role === undefined) owners.delete(name);
        else owners.set(name, { place, role });
      } else if (event.kind === "drop" && event.objectKind === "database") {
        for (const { name } of event.objects) owners.delete(name[0] ?? "");
      }
    }
    const publicSchema = catalog.schemaNamed("public")?.oid;
    for (const { place, role } of owners.values()) {
      const reach = actorsOf(catalog, access, role, { place, text: "owns the database" });
      if (reach.length === 0) continue;
      // What is there to take over: code and tables of others in public.
      const others = [...catalog.routines(), ...catalog.relations()].find(
        (object) =>
          object.schema === publicSchema &&
          !object.prelude &&
          !object.assumed &&
          object.owner !== role &&
          !access.hasRightsOf(role, object.owner),
      );
      const severity = access.severity("high", reach);
      context.report({
        variant: "database",
        severity: others === undefined || catalog.postgresVersion < 15 ? lower(severity, 4) : severity,
        confidence: "high",
        message: `${catalog.roleName(role)} owns the database${catalog.postgresVersion < 15 ? "" : " and with it schema public"}`,
        label: "owner",
        place,
        object: catalog.roleName(role),
        reach,
        related:
          others === undefined
            ? []
            : [
                {
                  place: others.place,
                  message: `${catalog.roleName(others.owner)}'s ${others.name} is in public`,
                },
              ],
        help: "let the role that deploys own the database, and GRANT CONNECT and what is needed on schemas to the application",
      });
    }
  },
});
