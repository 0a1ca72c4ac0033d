/** Stream tables of pg_trickle as scripts make them: who made each, and from which tables. */
import { namesOfCallers, showsOnlyTotals, storedFrom } from "../access/materialized.ts";
import { streamTableNamed } from "../catalog/apply/stream-tables.ts";
import type { Oid, Relation, TopLevelQuery } from "../catalog/model.ts";
import type { Call, Statement } from "../events/tree.ts";
import { walkStatement } from "../events/walk.ts";
import { parseTemplate, type SinkArgument } from "../templates/index.ts";
import type { Place } from "../text/source.ts";
import { ownSources } from "./code.ts";
import type { RuleContext } from "./define.ts";

type AnyContext = Pick<RuleContext, "catalog" | "parser" | "statementSinks" | "written">;

export interface StreamTable {
  readonly relation: Relation;
  /** The call that made it. */
  readonly place: Place;
  /** Who called. */
  readonly creator: Oid;
  /** Its defining query as last stated, with the path its names are looked up in. */
  readonly query: SinkArgument | null;
  readonly searchPath: readonly string[];
}

/** Stream tables that the project's scripts create and that are there at the end. */
export function streamTables(context: AnyContext): readonly StreamTable[] {
  const { catalog } = context;
  const own = ownSources(context);
  const found = new Map<Oid, StreamTable>();
  for (const query of catalog.state.queries.all()) {
    if (!own.has(query.place.source)) continue;
    for (const call of callsOf(query.statement)) {
      const named = streamTableNamed(call);
      if (named === null) continue;
      const searchPath = query.searchPath.map((name) =>
        name === "$user" ? catalog.roleName(query.role) : name,
      );
      const relation = catalog.resolveRelation(named.name, searchPath);
      // What was dropped and made again has a higher number than the first call.
      if (relation === undefined || relation.oid > query.oid) continue;
      const definition = definingQuery(context, query, call);
      const known = found.get(relation.oid);
      if (known !== undefined) {
        if (definition !== null) found.set(relation.oid, { ...known, query: definition, searchPath });
      } else if (/^create_/.test(named.function)) {
        const place = { source: query.place.source, span: call.nameSpan };
        found.set(relation.oid, { relation, place, creator: query.role, query: definition, searchPath });
      }
    }
  }
  return [...found.values()];
}

function* callsOf(statement: Statement): Iterable<Call> {
  if (statement.kind !== "select") return;
  for (const { value } of statement.targets) if (value.kind === "call") yield value;
  for (const item of statement.from) {
    if (item.kind !== "function") continue;
    for (const call of item.calls) if (call.kind === "call") yield call;
  }
}

function definingQuery(context: AnyContext, query: TopLevelQuery, call: Call): SinkArgument | null {
  const sink = context
    .statementSinks(query.statement)
    .find(({ nameSpan }) => nameSpan !== null && nameSpan.start === call.nameSpan.start);
  const text = sink?.query ?? null;
  return text?.value.pieces === null ? null : text;
}

/** Tables under row-level security whose rows a stream table holds, directly or through views; totals name nobody's rows. */
export function* protectedSources(
  context: AnyContext,
  stream: StreamTable,
): Iterable<{ readonly table: Relation; readonly place: Place }> {
  const { catalog } = context;
  if (stream.query === null) return;
  for (const { statements } of parseTemplate(stream.query.value, context.parser)) {
    for (const statement of statements ?? []) {
      const tables: { table: Relation; place: Place }[] = [];
      walkStatement(statement, {
        relation(relation) {
          if (relation.cte) return;
          const read = catalog.resolveRelation(relation.name, stream.searchPath);
          if (read === undefined) return;
          const place = { source: stream.place.source, span: relation.span };
          if (read.rowSecurity.value) tables.push({ table: read, place });
          else for (const table of storedFrom(catalog, read)) tables.push({ table, place });
        },
      });
      const names = namesOfCallers(
        catalog,
        tables.map(({ table }) => table),
      );
      if (statement.kind !== "select" || !showsOnlyTotals(statement, names)) yield* tables;
    }
  }
}
