import { grantees, listed } from "../../src/access/actors.ts";
import { statementTypes, type TypeReader } from "../../src/access/argument-types.ts";
import { isContrib } from "../../src/access/contrib.ts";
import { replaceable } from "../../src/access/replaceable.ts";
import type { Catalog } from "../../src/catalog/catalog.ts";
import type { Expr } from "../../src/events/tree.ts";
import { walkStatement } from "../../src/events/walk.ts";
import { boundCode } from "../../src/rule/bound-code.ts";
import { ownSources } from "../../src/rule/code.ts";
import { defineRule, type RuleContext } from "../../src/rule/define.ts";
import type { Place, Source } from "../../src/text/source.ts";

/** `name--1.0.sql`, `name--1.0--1.1.sql` */
const SCRIPT = /^(.*?)--[^/\\]+\.sql$/;

/** The stand-in for `@extschema@`: first in the path of an extension's script. */
const TARGET = "_extschema_";

export default defineRule({
  title: "Extension script that others can make run their functions",
  severity: "critical",
  category: "deployment",
  cwe: [426, 427],
  since: "0.1.0",
  variants: {},
  why: "CREATE EXTENSION runs the script as a superuser, often, with the target schema in the search_path. Whoever may create objects there puts a better match for a function that the script calls in its way.",
  check(context) {
    scripts(context);
    installations(context);
  },
});

interface Found {
  readonly place: Place;
  readonly name: string;
}

/** Names in the project's own extension scripts, for which a better match could stand in the target schema. */
function scripts(context: RuleContext<never>): void {
  const { catalog } = context;
  // An extension that puts nothing there has a schema of its own.
  if (!usesTarget(catalog)) return;
  const own = ownSources(context);
  const byExtension = new Map<string, Map<string, Found>>();
  const judge = (source: Source, path: readonly string[], expr: Expr, types: TypeReader): void => {
    // `updates/1.0--1.1.sql` gets the name when the extension is built.
    const extension = SCRIPT.exec(source.path)?.[1]?.replace(/(?<=^|[/\\])\d[\d.]*$/, "");
    if (extension === undefined || path[0] !== TARGET || !own.has(source)) return;
    const name = replaceable(expr, types, catalog.postgresVersion);
    if (name === null) return;
    const known = byExtension.get(extension) ?? new Map<string, Found>();
    byExtension.set(extension, known);
    // What the last script does is what can be changed.
    known.set(name, { place: { source, span: expr.span }, name });
  };
  for (const { statement, place, searchPath } of catalog.state.queries.all()) {
    const types = statementTypes(catalog, statement, searchPath);
    walkStatement(statement, { expr: (expr) => judge(place.source, searchPath, expr, types) });
  }
  for (const { source, path, types, walk } of boundCode(context))
    walk({ expr: (expr) => judge(source, path, expr, types) });
  for (const [extension, found] of byExtension) {
    const [first, ...others] = found.values();
    const name = extension.replace(/^.*[/\\]/, "");
    // Named in the control file: CREATE EXTENSION makes it, and the scripts speak of it.
    if (first === undefined || catalog.schemaNamed(name) !== undefined) continue;
    const what = name === "" ? "the extension" : `extension ${name}`;
    const also = others.length === 0 ? "" : ` (also for ${listed(others.map((other) => other.name))})`;
    context.report({
      variant: null,
      // Who may create in the schema that somebody installs it in, the script cannot know.
      severity: "medium",
      confidence: "medium",
      message: `while ${what} is installed or updated, a better match for ${first.name} in its target schema is taken${also}`,
      label: "looked up in the target schema too",
      place: first.place,
      object: name === "" ? null : name,
      related: others.slice(0, 5).map((other) => ({ place: other.place, message: other.name })),
      help: "write the schema (pg_catalog.lower(…), OPERATOR(pg_catalog.=)), cast arguments to the exact types, or begin with SET LOCAL search_path = pg_catalog, pg_temp;",
    });
  }
}

/** Whether the scripts create anything in the schema that the extension is installed in. */
function usesTarget(catalog: Catalog): boolean {
  const target = catalog.schemaNamed(TARGET);
  if (target === undefined) return false;
  return [
    ...catalog.state.routines.by.schema.all(target.oid),
    ...catalog.state.relations.by.schema.all(target.oid),
  ].some(({ prelude, assumed }) => !prelude && !assumed);
}

/** CREATE EXTENSION of something else than PostgreSQL's own modules, in a schema where others may create. */
function installations(context: RuleContext<never>): void {
  const { catalog, access } = context;
  const own = ownSources(context);
  for (const extension of catalog.state.extensions.all()) {
    if (extension.prelude || extension.assumed || !own.has(extension.place.source)) continue;
    if (isContrib(extension.name)) continue;
    const schema = catalog.schema(extension.schema);
    // A schema that the extension's script makes is its own.
    if (schema === undefined || schema.extension !== null) continue;
    const creators = access.foreignCreators(schema, extension.owner);
    if (creators.length === 0) continue;
    const reach = creators.map(({ role, held }) => ({ role: access.nameOf(role), via: held.steps }));
    const roles = reach.map(({ role }) => role).join(", ");
    context.report({
      variant: null,
      severity: access.severity("medium", reach, { needsSql: true }),
      confidence: "low",
      message: `${extension.name} is installed in schema ${schema.name}, where ${roles} may create functions that its script could take for others`,
      label: `in ${schema.name}`,
      place: extension.place,
      object: extension.name,
      reach,
      help: `CREATE SCHEMA extensions; CREATE EXTENSION ${extension.name} SCHEMA extensions; or REVOKE CREATE ON SCHEMA ${schema.name} FROM ${grantees(reach)}; before`,
    });
  }
}
