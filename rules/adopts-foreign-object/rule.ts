import { listed } from "../../src/access/actors.ts";
import type { Oid } from "../../src/catalog/model.ts";
import type { Replayed } from "../../src/catalog/replayed.ts";
import { ownStatements } from "../../src/rule/code.ts";
import { defineRule, type RuleContext } from "../../src/rule/define.ts";
import { statementAt } from "../../src/rule/statement-at.ts";
import type { Place } from "../../src/text/source.ts";

const VARIANTS = {
  "or-replace": "CREATE OR REPLACE keeps the owner of what is there",
  "if-not-exists": "IF NOT EXISTS accepts what is there, whoever made it",
} as const;

type Variant = keyof typeof VARIANTS;

/** An object that a statement would have created, had it not been there. */
interface Adopted {
  readonly variant: Variant;
  readonly name: string;
  readonly owner: Oid;
  readonly place: Place;
  readonly oid: Oid;
  readonly schema: Oid | null;
}

export default defineRule<Variant>({
  title: "Script takes over an object of somebody else",
  severity: "high",
  category: "deployment",
  cwe: [829, 426],
  since: "0.1.0",
  variants: VARIANTS,
  why: "Whoever created the object first stays its owner: they read what is put into the table, replace the function later, or drop and replace what is in the schema.",
  check(context) {
    const { catalog, access } = context;
    /** Where nobody is seen to have been first, one finding for each schema is enough. */
    const possible = new Set<string>();
    for (const statement of ownStatements(catalog)) {
      const adopted = adoptedBy(context, statement);
      if (adopted === null) continue;
      if (adopted.oid < statement.oid) {
        if (adopted.owner !== statement.role) certain(context, statement, adopted);
        continue;
      }
      // It was created here: somebody could have been first.
      const schema = adopted.schema === null ? null : (catalog.schema(adopted.schema) ?? null);
      const creators = (
        schema === null ? access.databaseCreators() : access.foreignCreators(schema, statement.role)
      ).filter(
        ({ role }) =>
          // That an application role creates in a schema is said at its GRANT.
          (access.trustOf(role) === "untrusted" || schema === null) && role !== adopted.owner,
      );
      const key = `${adopted.variant}/${schema?.name ?? ""}`;
      if (creators.length === 0 || possible.has(key)) continue;
      possible.add(key);
      const reach = creators.map(({ role, held }) => ({ role: catalog.roleName(role), via: held.steps }));
      context.report({
        variant: adopted.variant,
        severity: access.severity("medium", reach, { needsSql: true }),
        confidence: "medium",
        message: `${listed(reach.map(({ role }) => role))} may create in ${schema === null ? "the database" : `schema ${schema.name}`} and can own ${adopted.name} before this script runs`,
        label: "accepts what is there",
        place: statement.place,
        object: adopted.name,
        reach,
        help: help(adopted),
      });
    }
  },
});

function help({ variant, name }: Adopted): string {
  return variant === "or-replace"
    ? `take CREATE on the schema away first; DROP … IF EXISTS ${name}; and CREATE without OR REPLACE where it must be new`
    : `take CREATE away first, and CREATE ${name} without IF NOT EXISTS, or ALTER … OWNER TO after it`;
}

/** Somebody weaker made it: what this script does to it is theirs. */
function certain(context: RuleContext<Variant>, statement: Replayed, adopted: Adopted): void {
  const { catalog, access } = context;
  const { owner } = adopted;
  if (access.trustOf(owner) === "admin" || access.hasRightsOf(owner, statement.role)) return;
  // An administrator who gave it to that role knows whose it is.
  const creation = statementAt(catalog, adopted.place);
  if (creation === undefined || creation.role !== owner || creation.oid >= statement.oid) return;
  const reach = [
    { role: catalog.roleName(owner), via: [{ place: creation.place, text: `created ${adopted.name}` }] },
  ];
  context.report({
    variant: adopted.variant,
    severity: access.severity("high", reach),
    confidence: "high",
    message: `${adopted.name} stays ${catalog.roleName(owner)}'s, who created it before ${catalog.roleName(statement.role)} runs this`,
    label: "keeps its owner",
    place: statement.place,
    object: adopted.name,
    reach,
    related: [{ place: creation.place, message: `created by ${catalog.roleName(owner)}` }],
    help: help(adopted),
  });
}

function adoptedBy(context: RuleContext<Variant>, statement: Replayed): Adopted | null {
  const { catalog } = context;
  const { event } = statement;
  const path = statement.searchPath.map((name) =>
    name === "$user" ? catalog.roleName(statement.role) : name,
  );
  if (event.kind === "create-routine" && event.orReplace) {
    const inputs = event.parameters.filter(({ mode }) => mode !== "out" && mode !== "table").length;
    const found = catalog
      .resolveRoutines(event.name.name, path)
      .find((routine) => routine.inputTypes.length === inputs && isAt(routine.definitionPlace, statement));
    return found === undefined
      ? null
      : {
          variant: "or-replace",
          name: catalog.routineName(found),
          owner: found.owner,
          place: (found.owner === statement.role ? null : creationOf(catalog, found)) ?? found.place,
          oid: found.oid,
          schema: found.schema,
        };
  }
  if (
    (event.kind === "create-view" && event.orReplace) ||
    ((event.kind === "create-table" ||
      event.kind === "create-table-as" ||
      event.kind === "create-sequence") &&
      event.ifNotExists)
  ) {
    if (event.temporary) return null;
    const found = catalog.resolveRelation(event.name.name, path);
    if (found === undefined || found.prelude || found.assumed) return null;
    return {
      variant: event.kind === "create-view" ? "or-replace" : "if-not-exists",
      name: catalog.relationName(found),
      owner: found.owner,
      place: found.place,
      oid: found.oid,
      schema: found.schema,
    };
  }
  if (event.kind === "create-schema" && event.ifNotExists) {
    const found = catalog.schemaNamed(event.name ?? "");
    if (found === undefined || found.prelude || found.assumed) return null;
    // AUTHORIZATION says whose it is to be.
    if (event.authorization?.kind === "role" && event.authorization.name === catalog.roleName(found.owner))
      return null;
    return {
      variant: "if-not-exists",
      name: `schema ${found.name}`,
      owner: found.owner,
      place: found.place,
      oid: found.oid,
      schema: null,
    };
  }
  return null;
}

function isAt(place: Place, statement: Replayed): boolean {
  return (
    place.source === statement.place.source &&
    place.span.start >= statement.place.span.start &&
    place.span.end <= statement.place.span.end
  );
}

/** The first statement that made the routine: OR REPLACE moves its place. */
function creationOf(
  catalog: RuleContext["catalog"],
  routine: { readonly oid: Oid; readonly name: string },
): Place | null {
  let first: Place | null = null;
  for (const { oid, event, place } of catalog.state.statements.all()) {
    if (oid >= routine.oid) break;
    if (event.kind === "create-routine" && event.name.name.at(-1) === routine.name) first = place;
  }
  return first;
}
