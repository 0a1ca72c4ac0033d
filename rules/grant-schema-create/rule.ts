import { actorsOf, Gifts, grantees, listed, rolesIn } from "../../src/access/actors.ts";
import { lower } from "../../src/access/trust.ts";
import { type AclItem, PUBLIC, type Schema } from "../../src/catalog/model.ts";
import { ownSources } from "../../src/rule/code.ts";
import { defineRule, type RuleContext } from "../../src/rule/define.ts";

const VARIANTS = {
  public: "everybody may create objects in the schema",
  "app-role": "a role that is no administrator may create objects in a schema of others",
} as const;

type Variant = keyof typeof VARIANTS;

export default defineRule<Variant>({
  title: "Schema in which others may create objects",
  severity: "critical",
  category: "grants",
  cwe: [732, 427],
  since: "0.1.0",
  variants: VARIANTS,
  why: "Whoever may create in a schema that stands in somebody's search_path can put a better-matching function or operator there: it runs with the rights of whoever calls it, a superuser or a SECURITY DEFINER function.",
  check(context) {
    const { catalog, access } = context;
    const gifts = { public: new Gifts(), "app-role": new Gifts(), quiet: new Gifts() };
    for (const schema of catalog.state.schemas.all()) {
      if (schema.name === "pg_temp") continue;
      for (const item of schema.acl) {
        if (item.privilege !== "create" || item.grantee === schema.owner || item.origin.prelude) continue;
        const place = placeOf(context, schema, item);
        if (place === null) continue;
        if (item.grantee !== PUBLIC && access.hasRightsOf(item.grantee, schema.owner)) continue;
        const step = { place, text: `CREATE on schema ${schema.name}` };
        const kind =
          item.grantee === PUBLIC ? "public" : isInPaths(context, schema, item) ? "app-role" : "quiet";
        gifts[kind].add(place, schema.name, actorsOf(catalog, access, item.grantee, step));
      }
    }
    for (const kind of ["public", "app-role", "quiet"] as const) {
      for (const { place, objects, reach } of gifts[kind].all()) {
        if (reach.length === 0) continue;
        const names = listed(objects);
        const base = kind === "public" ? "critical" : "high";
        const severity = access.severity(base, reach, { needsSql: true });
        const open = kind === "public";
        context.report({
          variant: open ? "public" : "app-role",
          severity: kind === "quiet" ? lower(severity, 1) : severity,
          confidence: kind === "quiet" ? "medium" : "high",
          message: `${rolesIn(reach)} may create objects in schema ${names}`,
          label:
            place.span.end === 0
              ? "PostgreSQL before 15 gives CREATE on public to everybody"
              : "granted here",
          place,
          object: objects[0] ?? null,
          reach,
          help: open
            ? `REVOKE CREATE ON SCHEMA ${names} FROM PUBLIC;`
            : `REVOKE CREATE ON SCHEMA ${names} FROM ${grantees(reach)}; and give the role a schema of its own, or name it in "admins" when it deploys`,
        });
      }
    }
  },
});

/** The statement that gave it. PostgreSQL's own default of `public` before 15 stands at the start of the first file. */
function placeOf(context: RuleContext<Variant>, schema: Schema, item: AclItem) {
  if (item.origin.place !== null) return item.origin.place;
  if (item.grantee !== PUBLIC || schema.name !== "public" || !context.access.trust.directSql) return null;
  const [first] = ownSources(context);
  return first === undefined ? null : { source: first, span: { start: 0, end: 0 } };
}

/** In the path of administrators (`public`), or of SECURITY DEFINER code of somebody else. */
function isInPaths(context: RuleContext<Variant>, schema: Schema, item: AclItem): boolean {
  if (schema.name === "public") return true;
  for (const routine of context.catalog.routines()) {
    if (!routine.securityDefiner.value || routine.owner === item.grantee) continue;
    if (routine.schema === schema.oid || context.catalog.searchPath(routine)?.values.includes(schema.name))
      return true;
  }
  return false;
}
