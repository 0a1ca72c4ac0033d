import { listed } from "../../src/access/actors.ts";
import type { Catalog } from "../../src/catalog/catalog.ts";
import { isSuperuser } from "../../src/catalog/membership.ts";
import type { Relation } from "../../src/catalog/model.ts";
import type { Replayed } from "../../src/catalog/replayed.ts";
import { ownStatements } from "../../src/rule/code.ts";
import { defineRule } from "../../src/rule/define.ts";
import { type StreamTable, streamTables } from "../../src/rule/stream-tables.ts";
import type { Place } from "../../src/text/source.ts";

/** Statements that decide whose a table is. */
const OF_INTEREST: ReadonlySet<string> = new Set([
  "alter-relation",
  "set-owner",
  "discard-all",
  "set-role",
  "set-session-authorization",
]);

export default defineRule({
  title: "Stream table that belongs to a superuser",
  severity: "medium",
  category: "pg-reactive",
  cwe: [250],
  since: "0.1.0",
  variants: {},
  why: "The triggers that capture changes run with the rights of the stream table's owner, whoever writes the source, and the defining query with all there are. A dedicated owner that is no superuser keeps a mistake small.",
  check(context) {
    const { catalog } = context;
    const bySession: StreamTable[] = [];
    const statements = ownStatements(catalog).filter(({ event }) => OF_INTEREST.has(event.kind));
    for (const stream of streamTables(context)) {
      const { relation, creator } = stream;
      if (!isSuperuser(catalog.state, relation.owner)) continue;
      const owner = catalog.roleName(relation.owner);
      const given =
        givenAway(catalog, statements, relation) ??
        (relation.owner === creator ? takenOn(statements, stream.place) : null);
      if (given === null) {
        bySession.push(stream);
        continue;
      }
      const name = catalog.relationName(relation);
      context.report({
        variant: null,
        severity: "medium",
        confidence: "high",
        message: `stream table ${name} belongs to ${owner}, a superuser`,
        label: "belongs to a superuser",
        place: given.given ? given.place : stream.place,
        object: name,
        related: given.given
          ? [{ place: stream.place, message: "created here" }]
          : [{ place: given.place, message: `as ${owner}` }],
        help: `ALTER TABLE ${name} OWNER TO a role that is no superuser`,
      });
    }
    // Scripts that do not say as whom they run: one finding for all.
    const [first] = bySession;
    if (first === undefined) return;
    const names = bySession.map(({ relation }) => catalog.relationName(relation));
    const owner = catalog.roleName(first.relation.owner);
    context.report({
      variant: null,
      severity: "low",
      confidence: "low",
      message: `${names.length === 1 ? "stream table" : "stream tables"} ${listed(names)} will belong to ${owner} if the script runs as this superuser`,
      label: "nothing says who owns it",
      place: first.place,
      object: names[0] ?? null,
      help: "SET ROLE to an owner that is no superuser before, or ALTER TABLE … OWNER TO it; `sessionRole` in the configuration says as whom scripts run",
    });
  },
});

interface Explicit {
  readonly place: Place;
  readonly given: boolean;
}

/** The last ALTER TABLE … OWNER TO for the table. */
function givenAway(catalog: Catalog, statements: readonly Replayed[], relation: Relation): Explicit | null {
  let found: Explicit | null = null;
  for (const { event, place, searchPath } of statements) {
    const isRelation = (name: readonly string[]): boolean =>
      catalog.resolveRelation(name, searchPath)?.oid === relation.oid;
    if (event.kind === "alter-relation") {
      const action = event.actions.find((one) => one.action === "owner");
      if (action !== undefined && isRelation(event.name.name))
        found = { place: { source: place.source, span: action.span }, given: true };
    } else if (event.kind === "set-owner" && isRelation(event.object.name)) found = { place, given: true };
  }
  return found;
}

/** The SET ROLE or SET SESSION AUTHORIZATION in force at a place of a script. */
function takenOn(statements: readonly Replayed[], at: Place): Explicit | null {
  let found: Explicit | null = null;
  for (const { event, place } of statements) {
    if (place.source !== at.source || place.span.start > at.span.start) continue;
    if (event.kind === "discard-all") found = null;
    else if (event.kind === "set-role") found = event.role === "none" ? null : { place, given: false };
    else if (event.kind === "set-session-authorization")
      found = event.role === "default" ? null : { place, given: false };
  }
  return found;
}
