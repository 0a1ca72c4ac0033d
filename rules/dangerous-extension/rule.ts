import { actorsOf } from "../../src/access/actors.ts";
import type { Reach } from "../../src/access/chain.ts";
import { PUBLIC } from "../../src/catalog/model.ts";
import { namedRole, ownSources, ownStatements } from "../../src/rule/code.ts";
import { defineRule, type RuleContext, type RuleOption } from "../../src/rule/define.ts";

/** Extensions whose functions everybody may execute, with the schema they bring along and what they open. */
const OPEN: ReadonlyMap<
  string,
  { readonly schema: string | null; readonly functions: RegExp; readonly what: string }
> = new Map([
  [
    "dblink",
    {
      schema: null,
      functions: /^dblink/,
      what: "connect from the server to other databases, and to this one past pg_hba.conf",
    },
  ],
  [
    "http",
    { schema: null, functions: /^(?:http|urlencode)/, what: "send requests from the server's network" },
  ],
  ["pg_net", { schema: "net", functions: /^http/, what: "send requests from the server's network" }],
  ["pgsql-http", { schema: null, functions: /^http/, what: "send requests from the server's network" }],
]);

/** Those that only superusers can use, and that give a superuser's session the server's files and programs. */
const SUPERUSER: ReadonlyMap<string, string> = new Map([
  ["adminpack", "write files of the server"],
  ["file_fdw", "read files and run programs of the server"],
  ["plpython3u", "run code as the server's account"],
  ["plpythonu", "run code as the server's account"],
  ["plpython2u", "run code as the server's account"],
  ["plperlu", "run code as the server's account"],
  ["pltclu", "run code as the server's account"],
  ["plsh", "run shell scripts as the server's account"],
  ["plr", "run code as the server's account"],
]);

const ALLOWED: RuleOption = {
  name: "allowed",
  describe: "Extensions that are wanted as they are.",
  default: [],
};

export default defineRule({
  title: "Extension that reaches out of the database",
  severity: "medium",
  category: "deployment",
  cwe: [250, 918],
  since: "0.1.0",
  variants: {},
  why: "With it SQL reads files, runs programs or opens connections from the server: an injection no longer stops at the data.",
  options: [ALLOWED],
  check(context) {
    const allowed = new Set(context.option(ALLOWED));
    const { catalog } = context;
    const own = ownSources(context);
    for (const extension of catalog.state.extensions.all()) {
      if (extension.prelude || allowed.has(extension.name) || !own.has(extension.place.source)) continue;
      const superuser = SUPERUSER.get(extension.name);
      if (superuser !== undefined) {
        context.report({
          variant: null,
          severity: "medium",
          confidence: "medium",
          message: `${extension.name} lets superuser code ${superuser}`,
          label: "reaches the server's files and programs",
          place: extension.place,
          object: extension.name,
          help: `DROP EXTENSION ${extension.name}; unless it is needed: then keep superusers out of applications`,
        });
        continue;
      }
      const schema = OPEN.get(extension.name)?.schema ?? catalog.schemaName(extension.schema);
      const reach =
        extension.name === "pg_cron" ? granted(context, "cron") : openTo(context, extension.name, schema);
      if (reach.length === 0) continue;
      const what =
        extension.name === "pg_cron"
          ? "schedule SQL that runs later"
          : (OPEN.get(extension.name)?.what ?? "");
      context.report({
        variant: null,
        severity: context.access.severity("medium", reach, { needsSql: true }),
        confidence: "medium",
        message: `${reach.map(({ role }) => role).join(", ")} can ${what}, with functions of ${extension.name}`,
        label: "functions open to others",
        place: extension.place,
        object: extension.name,
        reach,
        help: `REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA ${schema} FROM PUBLIC; with the extension in a schema of its own, and GRANT to the roles that need it`,
      });
    }
  },
});

/** PUBLIC, unless the functions were revoked or nobody untrusted may look into the schema. */
function openTo(context: RuleContext, name: string, schema: string): readonly Reach[] {
  const { catalog, access } = context;
  const known = OPEN.get(name);
  if (known === undefined) return [];
  for (const { event } of ownStatements(catalog)) {
    if (event.kind !== "grant" || event.grant || !event.grantees.some(({ kind }) => kind === "public"))
      continue;
    const { target } = event;
    if (
      target.kind === "all-in-schema" &&
      target.schemas.includes(schema) &&
      target.objects !== "tables" &&
      target.objects !== "sequences"
    )
      return [];
    if (
      target.kind === "routines" &&
      target.objects.some((object) => known.functions.test(object.name.at(-1) ?? ""))
    )
      return [];
    if (target.kind === "schemas" && target.names.includes(schema)) return [];
  }
  const found = catalog.schemaNamed(schema);
  if (found === undefined || access.hasUsage(PUBLIC, found) !== null)
    return [{ role: "PUBLIC", via: [{ place: null, text: "EXECUTE: PostgreSQL's default for PUBLIC" }] }];
  const reach: Reach[] = [];
  for (const role of access.principals) {
    const usage = role === PUBLIC ? null : access.hasUsage(role, found);
    // What the platform itself gives is the platform's decision.
    if (usage !== null && usage.item?.origin.prelude !== true)
      reach.push({ role: access.nameOf(role), via: usage.steps });
  }
  return reach;
}

/** Roles that are no administrators and were given USAGE on the schema. */
function granted({ catalog, access }: RuleContext, schema: string): readonly Reach[] {
  return ownStatements(catalog).flatMap((statement) => {
    const { event, place } = statement;
    if (
      event.kind !== "grant" ||
      !event.grant ||
      event.target.kind !== "schemas" ||
      !event.target.names.includes(schema)
    )
      return [];
    return event.grantees.flatMap((grantee) => {
      const role = namedRole(catalog, statement, grantee);
      return role === undefined
        ? []
        : actorsOf(catalog, access, role, { place, text: `USAGE on schema ${schema}` });
    });
  });
}
