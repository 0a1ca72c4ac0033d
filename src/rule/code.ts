/** All code of a project, wherever it stands, for rules that look at what is written rather than at who reaches it. */
import type { Catalog } from "../catalog/catalog.ts";
import { type Oid, PUBLIC, type Relation, type Routine } from "../catalog/model.ts";
import { callsIn, callsMet } from "../catalog/references.ts";
import { remembered } from "../catalog/remembered.ts";
import type { Replayed } from "../catalog/replayed.ts";
import type { Event, RoleRef } from "../events/event.ts";
import type { Call, Expr, Statement } from "../events/tree.ts";
import { type Visitor, walkBody, walkExpr, walkPlpgsql, walkStatement } from "../events/walk.ts";
import type { Source } from "../text/source.ts";
import type { RuleContext } from "./define.ts";
import { shared } from "./shared.ts";
import { tableCode } from "./table-code.ts";

export interface Code extends Piece {
  /** All calls in it, in the order of the text; looked for once. */
  calls(): readonly Call[];
}

/** Code where it stands. */
export interface Piece {
  readonly kind: "routine" | "query" | "view" | "policy" | "default" | "check" | "index" | "trigger" | "rule";
  readonly source: Source;
  /** `public.f(integer)`, `view public.v`; null for a query. */
  readonly object: string | null;
  readonly routine: Routine | null;
  readonly relation: Relation | null;
  /** The query, or the expression over the relation's columns; both null for a routine. */
  readonly statement: Statement | null;
  readonly expr: Expr | null;
  walk(visitor: Visitor): void;
}

/**
 * The project's routines, top-level queries, views, policies, column defaults and what else hangs on tables, as they are
 * at the end, in the files that are asked about.
 */
export const codeOf = shared((context: CodeContext) => codeIn(context, context.isAsked));

/** The same in all files. */
export const projectCode = shared((context: CodeContext) => codeIn(context, () => true));

function* codeIn(context: CodeContext, isAsked: RuleContext["isAsked"]): Iterable<Code> {
  const sources = new Set([...ownSources(context)].filter(isAsked));
  for (const piece of allCode(context, sources)) {
    const { kind, source, object, routine, relation, statement, expr, walk } = piece;
    let calls: readonly Call[] | null = null;
    yield {
      kind,
      source,
      object,
      routine,
      relation,
      statement,
      expr,
      walk,
      calls: () => {
        calls ??= routine === null ? callsMet(walk) : callsIn(context.body(routine));
        return calls;
      },
    };
  }
}

type CodeContext = Pick<RuleContext, "catalog" | "written" | "body" | "isAsked">;

function* allCode(context: CodeContext, own: ReadonlySet<Source>): Iterable<Piece> {
  const { catalog } = context;
  const { state } = catalog;
  for (const routine of catalog.routines()) {
    if (routine.prelude || routine.assumed || !own.has(routine.definitionPlace.source)) continue;
    yield {
      kind: "routine",
      source: routine.definitionPlace.source,
      object: catalog.routineName(routine),
      routine,
      relation: null,
      statement: null,
      expr: null,
      walk: (visitor) => walkBody(context.body(routine), visitor),
    };
  }
  for (const { statement, place } of state.queries.all()) {
    if (!own.has(place.source)) continue;
    yield {
      kind: "query",
      source: place.source,
      object: null,
      routine: null,
      relation: null,
      statement,
      expr: null,
      walk: (visitor) => walkStatement(statement, visitor),
    };
  }
  for (const relation of catalog.relations()) {
    const { query } = relation;
    if (query !== null && own.has(query.place.source) && relation.kind !== "table") {
      yield {
        kind: "view",
        source: query.place.source,
        object: catalog.relationName(relation),
        routine: null,
        relation,
        statement: query.statement,
        expr: null,
        walk: (visitor) => walkStatement(query.statement, visitor),
      };
    }
    for (const column of relation.columns) {
      const { default: value } = column;
      if (value === null || !own.has(column.place.source)) continue;
      yield {
        kind: "default",
        source: column.place.source,
        object: `${catalog.relationName(relation)}.${column.name}`,
        routine: null,
        relation,
        statement: null,
        expr: value.expr,
        walk: (visitor) => walkExpr(value.expr, visitor),
      };
    }
  }
  for (const policy of state.policies.all()) {
    const relation = state.relations.get(policy.relation);
    for (const bound of [policy.using, policy.withCheck]) {
      if (bound === null || relation === undefined || !own.has(bound.place.source)) continue;
      yield {
        kind: "policy",
        source: bound.place.source,
        object: `${catalog.relationName(relation)}: ${policy.name}`,
        routine: null,
        relation,
        statement: null,
        expr: bound.expr,
        walk: (visitor) => walkExpr(bound.expr, visitor),
      };
    }
  }
  yield* tableCode(catalog, own);
}

/** The project's own files, without preludes. */
export function ownSources(context: Pick<RuleContext, "written">): ReadonlySet<Source> {
  return new Set(context.written.map(({ source }) => source));
}

/** Everything written in the files that are asked about: statements, those of DO blocks and CREATE SCHEMA too, and what blocks executed. */
export const writtenEvents = shared(allEvents);

function* allEvents(
  context: Pick<RuleContext, "catalog" | "written" | "isAsked">,
): Iterable<{ readonly event: Event; readonly source: Source }> {
  /** By file and by where they start. */
  const seen = new Map<string, Map<number, Event | Event[]>>();
  const isNew = (event: Event, source: Source): boolean => {
    const { kind, span } = event;
    const own = remembered(seen, source.path, () => new Map<number, Event | Event[]>());
    const there = own.get(span.start);
    // Nearly always one.
    if (there === undefined) {
      own.set(span.start, event);
      return true;
    }
    const known = Array.isArray(there) ? there : [there];
    if (known.some((one) => one.kind === kind && one.span.end === span.end)) return false;
    own.set(span.start, [...known, event]);
    return true;
  };
  for (const { source, events } of context.written) {
    if (!context.isAsked(source)) continue;
    const open = [...events].reverse();
    for (let event = open.pop(); event !== undefined; event = open.pop()) {
      if (isNew(event, source)) yield { event, source };
      if (event.kind === "create-schema") open.push(...[...event.elements].reverse());
      if (event.kind !== "do" || event.block === null) continue;
      const inside: Event[] = [];
      walkPlpgsql(event.block, {
        statement: (one) => (one.kind === "utility" ? inside.push(...one.events) : undefined),
      });
      open.push(...inside.reverse());
    }
  }
  for (const { event, place } of ownStatements(context.catalog)) {
    if (context.isAsked(place.source) && isNew(event, place.source)) yield { event, source: place.source };
  }
}

const statementsOf = new WeakMap<Catalog, readonly Replayed[]>();

/** What was replayed of the project, in order. Who is watched goes through it anew: see `shared`. */
export function ownStatements(catalog: Catalog): readonly Replayed[] {
  const list = (): readonly Replayed[] => [...catalog.state.statements.all()].filter((one) => !one.prelude);
  return catalog.state.journal.watcher === null ? remembered(statementsOf, catalog, list) : list();
}

/** Raw source text from a byte on. */
export function rawText(source: Source, start: number, length = 200): string {
  return source.bytes.toString("utf8", start, Math.min(source.bytes.length, start + length));
}

/** What the preset's own default privileges give, as `tables/public/anon` (`*` for all schemas). */
export function platformDefaults(catalog: Catalog): ReadonlySet<string> {
  const given = new Set<string>();
  for (const { prelude, event } of catalog.state.statements.all()) {
    if (!prelude || event.kind !== "alter-default-privileges" || !event.grant) continue;
    for (const grantee of event.grantees) {
      const name = grantee.kind === "role" ? grantee.name : "PUBLIC";
      for (const schema of event.schemas.length === 0 ? ["*"] : event.schemas)
        given.add(`${event.objects}/${schema}/${name}`);
    }
  }
  return given;
}

/** The role that a statement names; 0 for PUBLIC, undefined when nothing knows it. */
export function namedRole(catalog: Catalog, statement: Replayed, role: RoleRef): Oid | undefined {
  if (role.kind === "public") return PUBLIC;
  return role.kind === "role" ? catalog.roleNamed(role.name)?.oid : statement.role;
}
