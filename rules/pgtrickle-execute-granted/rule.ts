import { actorsOf } from "../../src/access/actors.ts";
import { namedRole, ownStatements } from "../../src/rule/code.ts";
import { defineRule } from "../../src/rule/define.ts";
import type { Place } from "../../src/text/source.ts";

/** Functions that only report. */
const READ_ONLY =
  /^(?:pgt_status|health_check|refresh_efficiency|explain_\w+|list_\w+|get_\w+|show_\w+|st_\w*stats\w*|\w+_(?:status|stats|history|timeline|info|summary|health|diagnostics|graph|tree|sizes))$/;

/** The author roles of the extension's guide: as good as a superuser, and meant to be. */
const AUTHORS: ReadonlySet<string> = new Set(["st_author", "st_owner", "pgtrickle_admin"]);

export default defineRule({
  title: "Role that may define stream tables",
  severity: "critical",
  category: "pg-reactive",
  cwe: [269, 250],
  since: "0.1.0",
  variants: {},
  why: "pg_trickle runs a stream table's defining query as a superuser: whoever may create or alter one runs code as a superuser, through a function of their own in the query.",
  check(context) {
    const { catalog, access } = context;
    const held = new Map<string, { readonly place: Place; readonly role: number; readonly what: string }>();
    for (const statement of ownStatements(catalog)) {
      const { event, place } = statement;
      if (event.kind !== "grant" && event.kind !== "alter-default-privileges") continue;
      const what =
        event.kind === "grant"
          ? managed(event.target)
          : event.objects === "functions" && event.schemas.includes("pgtrickle")
            ? "all functions to come in pgtrickle"
            : null;
      if (what === null || (event.grantOption && !event.grant)) continue;
      for (const grantee of event.grantees) {
        const role = namedRole(catalog, statement, grantee);
        if (role === undefined) continue;
        const key = `${role}/${what}`;
        if (event.grant) held.set(key, { place, role, what });
        else
          for (const known of [...held.keys()])
            if (known === key || (what.startsWith("all functions in") && known.startsWith(`${role}/`)))
              held.delete(known);
      }
    }
    const byPlace = new Map<string, { place: Place; roles: number[]; what: Set<string> }>();
    for (const { place, role, what } of held.values()) {
      const key = `${place.source.path}:${place.span.start}`;
      const found = byPlace.get(key) ?? { place, roles: [], what: new Set<string>() };
      byPlace.set(key, found);
      if (!found.roles.includes(role)) found.roles.push(role);
      found.what.add(what);
    }
    for (const { place, roles, what } of byPlace.values()) {
      const authors = roles.filter((role) => AUTHORS.has(catalog.roleName(role)));
      const others = roles.filter((role) => !authors.includes(role));
      const reach = others.flatMap((role) =>
        actorsOf(catalog, access, role, { place, text: `EXECUTE on ${[...what].join(", ")}` }),
      );
      const names = (
        reach.length > 0 ? reach.map(({ role }) => role) : roles.map((role) => catalog.roleName(role))
      ).join(", ");
      context.report({
        variant: null,
        severity: access.severity("critical", reach),
        confidence: "high",
        message: `${names} may execute ${[...what].join(", ")}: as good as superuser`,
        label: "queries that run as a superuser",
        place,
        object: [...what][0] ?? null,
        reach,
        help: "GRANT EXECUTE on the status functions by name; let only administrators define stream tables",
      });
    }
  },
});

type Target = Extract<
  ReturnType<typeof ownStatements>[number]["event"],
  { readonly kind: "grant" }
>["target"];

/** What of the extension's management functions a GRANT addresses. */
function managed(target: Target): string | null {
  if (target.kind === "all-in-schema") {
    const routines =
      target.objects === "functions" || target.objects === "routines" || target.objects === "procedures";
    return routines && target.schemas.includes("pgtrickle") ? "all functions in schema pgtrickle" : null;
  }
  if (target.kind !== "routines") return null;
  const names = target.objects
    .filter(({ name }) => name.at(-2) === "pgtrickle" && !READ_ONLY.test(name.at(-1) ?? ""))
    .map(({ name }) => name.join("."));
  return names.length === 0 ? null : names.join(", ");
}
