import {
  columnTypes,
  fits,
  routineTypes,
  statementTypes,
  type TypeReader,
} from "../../src/access/argument-types.ts";
import { catalogFunctions, catalogOperators, displayType } from "../../src/catalog/builtin/index.ts";
import type { BoundExpr, Oid } from "../../src/catalog/model.ts";
import type { Expr } from "../../src/events/tree.ts";
import { type Visitor, walkBody, walkExpr, walkStatement } from "../../src/events/walk.ts";
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
    for (const bound of boundCode(context)) judge(context, bound, found);
    for (const [schema, one] of found) report(context, schema, one);
  },
});

/** Code whose names were looked up when its statement ran. */
interface Bound {
  readonly what: string;
  readonly source: Place["source"];
  readonly owner: Oid;
  readonly path: readonly string[];
  readonly types: TypeReader;
  walk(visitor: Visitor): void;
}

function* boundCode(context: RuleContext): Iterable<Bound> {
  const { catalog } = context;
  const { state } = catalog;
  const own = new Set(context.written.map(({ source }) => source));
  for (const routine of catalog.routines()) {
    const body = context.body(routine);
    const { source } = routine.definitionPlace;
    if (!own.has(source) || body.language !== "sql" || !body.atomic) continue;
    const path = routine.sessionPath;
    const types = routineTypes(catalog, routine, body, path);
    const walk = (visitor: Visitor): void => walkBody(body, visitor);
    yield { what: catalog.routineName(routine), source, owner: routine.owner, path, types, walk };
  }
  for (const relation of catalog.relations()) {
    const { query, owner } = relation;
    const what = catalog.relationName(relation);
    if (query !== null && relation.kind !== "table" && own.has(query.place.source)) {
      const types = statementTypes(catalog, query.statement, query.searchPath);
      const walk = (visitor: Visitor): void => walkStatement(query.statement, visitor);
      yield { what, source: query.place.source, owner, path: query.searchPath, types, walk };
    }
    const bound: readonly (BoundExpr | null)[] = [
      ...relation.columns.map((column) => column.default),
      ...state.constraints.by(`${relation.oid}`).map((constraint) => constraint.expression),
      ...catalog.policiesOf(relation).flatMap((policy) => [policy.using, policy.withCheck]),
    ];
    for (const one of bound) {
      if (one === null || !own.has(one.place.source)) continue;
      const walk = (visitor: Visitor): void => walkExpr(one.expr, visitor);
      const types = columnTypes(catalog, relation);
      yield { what, source: one.place.source, owner, path: one.searchPath, types, walk };
    }
  }
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

/** The name, when it is known that no function or operator of PostgreSQL's fits its arguments exactly. */
function replaceable(expr: Expr, types: TypeReader, version: number): string | null {
  if (expr.kind === "call" && !expr.grammar && expr.name.length === 1 && expr.args.length > 0) {
    const [name = ""] = expr.name;
    const overloads = catalogFunctions(name, version);
    const args = expr.args.map(({ value }) => types.typeOf(value));
    if (overloads.length === 0 || args.every((type) => type === "literal")) return null;
    const answers = overloads.map((one) => fits(args, one.args.map(displayType)));
    return answers.every((answer) => answer === "inexact") && !args.includes(null) ? `${name}()` : null;
  }
  if (expr.kind !== "operator" || expr.name.length > 1) return null;
  const args = expr.operands.map(types.typeOf);
  const [name = ""] = expr.name;
  if (args.length !== 2 || args.includes(null) || args.includes("literal") || expr.form !== "plain")
    return null;
  const answers = catalogOperators(name, version).map(({ left, right }) =>
    fits(args, [left ?? "", right].map(displayType)),
  );
  return answers.length > 0 && answers.every((answer) => answer === "inexact") ? `operator ${name}` : null;
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
