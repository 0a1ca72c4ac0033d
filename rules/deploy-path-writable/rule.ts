import { replaceable } from "../../src/access/replaceable.ts";
import type { Oid } from "../../src/catalog/model.ts";
import type { Expr } from "../../src/events/tree.ts";
import { type Bound, boundCode } from "../../src/rule/bound-code.ts";
import { defineRule, type RuleContext } from "../../src/rule/define.ts";
import type { Place } from "../../src/text/source.ts";

export default defineRule({
  title: "Script binds names through a schema where others may create functions",
  severity: "high",
  category: "deployment",
  cwe: [426],
  since: "0.1.0",
  variants: {},
  why: "Views, policies, defaults and BEGIN ATOMIC bodies keep what their names meant to whoever ran the script. A function that somebody had put on that search_path before, fitting better than PostgreSQL's own, stays in them.",
  check(context) {
    const found = new Map<string, Found>();
    if (isAnyOpen(context)) for (const bound of boundCode(context)) judge(context, bound, found);
    for (const [schema, one] of found) report(context, schema, one);
  },
});

/** Whether there is a schema in which clients may create: mostly there is none, and no code is looked at. */
function isAnyOpen({ catalog, access }: RuleContext): boolean {
  const clients = access.principals.filter((role) => access.trustOf(role) === "untrusted");
  return [...catalog.state.schemas.all()].some((schema) =>
    clients.some((role) => access.canCreateIn(role, schema) !== null),
  );
}

interface Found {
  readonly place: Place;
  readonly what: string;
  readonly name: string;
  readonly owner: Oid;
  others: number;
}

/** Notes the first name in the code for which a better match could stand in a schema of its path. */
function judge(context: RuleContext, bound: Bound, found: Map<string, Found>): void {
  const { catalog, access } = context;
  const open = bound.path.find((name) => {
    const schema = name === "pg_catalog" || name === "pg_temp" ? undefined : catalog.schemaNamed(name);
    if (schema === undefined || schema.assumed) return false;
    // What application roles may create is the concern of grant-schema-create.
    return access
      .foreignCreators(schema, bound.owner)
      .some(({ role }) => access.trustOf(role) === "untrusted");
  });
  if (open === undefined) return;
  const names: { readonly name: string; readonly expr: Expr }[] = [];
  bound.walk({
    expr(expr) {
      const name = names.length > 0 ? null : replaceable(expr, bound.types, catalog.postgresVersion);
      if (name !== null) names.push({ name, expr });
    },
  });
  const [first] = names;
  if (first === undefined) return;
  const known = found.get(open);
  if (known !== undefined) known.others++;
  else {
    const place = { source: bound.source, span: first.expr.span };
    found.set(open, { place, what: bound.what, name: first.name, owner: bound.owner, others: 0 });
  }
}

function report(context: RuleContext, schemaName: string, found: Found): void {
  const { catalog, access } = context;
  const schema = catalog.schemaNamed(schemaName);
  const creators = schema === undefined ? [] : access.foreignCreators(schema, found.owner);
  const reach = creators.map(({ role, held }) => ({ role: access.nameOf(role), via: held.steps }));
  const grant = creators[0]?.held.steps.find((step) => step.place !== null);
  const who = reach[0]?.role ?? "somebody else";
  context.report({
    variant: null,
    severity: access.severity("high", reach, { needsSql: true }),
    confidence: "medium",
    message: `${found.what} was bound through schema ${schemaName}, where ${who} may create: a better match for ${found.name} would be in it${found.others === 0 ? "" : ` (and in ${found.others} more)`}`,
    label: "what this means was decided by the script's search_path",
    place: found.place,
    object: found.what,
    reach,
    related: grant?.place == null ? [] : [{ place: grant.place, message: grant.text }],
    help: "begin the script with SET search_path = pg_catalog, pg_temp; and write the schemas, or take CREATE on the schema away",
  });
}
