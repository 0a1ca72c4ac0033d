import { actorsOf, Gifts, grantees, listed, rolesIn } from "../../src/access/actors.ts";
import { lower } from "../../src/access/trust.ts";
import type { DefaultAcl } from "../../src/catalog/model.ts";
import { platformDefaults } from "../../src/rule/code.ts";
import { defineRule, type RuleContext } from "../../src/rule/define.ts";
import type { Severity } from "../../src/rule/finding.ts";

const VARIANTS = { "too-broad": "every object to come is granted to untrusted roles" } as const;

type Variant = keyof typeof VARIANTS;

export default defineRule<Variant>({
  title: "Default privileges that open everything to come",
  severity: "high",
  category: "grants",
  cwe: [276, 732],
  since: "0.1.0",
  variants: VARIANTS,
  why: "Default privileges apply to every object created later, by whoever forgets them: a new table is open before anybody has thought about it.",
  check(context) {
    const { catalog, access } = context;
    const gifts = { tables: new Gifts(), functions: new Gifts(), info: new Gifts() };
    const platform = platformDefaults(catalog);
    const closed = new Map<string, boolean>();
    for (const row of catalog.state.defaultAcls.all()) {
      if (row.objects !== "tables" && row.objects !== "functions" && row.objects !== "large-objects")
        continue;
      const schema = row.schema === null ? undefined : catalog.schema(row.schema);
      for (const item of row.acl) {
        const { place } = item.origin;
        if (item.origin.kind !== "default-privileges" || item.origin.prelude || place === null) continue;
        if (access.trustOf(item.grantee) !== "untrusted") continue;
        if (schema !== undefined && access.hasUsage(item.grantee, schema) === null && !schema.assumed)
          continue;
        const what = schema === undefined ? row.objects : `${row.objects} in ${schema.name}`;
        const step = { place, text: `default privileges: ${item.privilege.toUpperCase()} on ${what}` };
        const kind = platform.has(`${row.objects}/${schema?.name ?? "*"}/${catalog.roleName(item.grantee)}`)
          ? "info"
          : row.objects === "functions"
            ? "functions"
            : "tables";
        gifts[kind].add(place, what, actorsOf(catalog, access, item.grantee, step));
        closed.set(`${place.source.path}:${place.span.start}`, allGuarded(context, row));
      }
    }
    for (const kind of ["tables", "functions", "info"] as const) {
      for (const { place, objects, reach } of gifts[kind].all()) {
        const base: Severity = kind === "tables" ? "high" : "low";
        const severity = access.severity(base, reach);
        const guarded = closed.get(`${place.source.path}:${place.span.start}`) === true;
        context.report({
          variant: "too-broad",
          severity: kind === "info" ? "info" : guarded ? lower(severity, 4) : severity,
          confidence: "high",
          message: `new ${listed(objects)} are open to ${rolesIn(reach)} by default`,
          label: "for every object to come",
          place,
          object: null,
          reach,
          help: `ALTER DEFAULT PRIVILEGES … REVOKE … FROM ${grantees(reach)}; and GRANT on each object that clients need`,
        });
      }
    }
  },
});

/** Tables came, and every one of them has row-level security. */
function allGuarded(context: RuleContext<Variant>, row: DefaultAcl): boolean {
  if (row.objects !== "tables") return false;
  const tables = [...context.catalog.relations()].filter(
    (table) =>
      (table.kind === "table" || table.kind === "partitioned-table") &&
      !table.prelude &&
      (row.schema === null || table.schema === row.schema) &&
      table.acl.some((item) => item.origin.kind === "default-privileges"),
  );
  return tables.length > 0 && tables.every((table) => table.rowSecurity.value);
}
