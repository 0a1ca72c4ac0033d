import { routineTypes, type TypeReader } from "../../src/access/argument-types.ts";
import { type Definer, definers, pathOf } from "../../src/access/definers.ts";
import { meant } from "../../src/access/overloads.ts";
import { judgeSearchPath } from "../../src/access/search-path.ts";
import { decisionsBy, isUnpinned, unqualifiedReads } from "../../src/access/unpinned.ts";
import { isCatalogRelation, isCatalogType } from "../../src/catalog/builtin/index.ts";
import type { Oid, Routine } from "../../src/catalog/model.ts";
import { namesOf, type Reference } from "../../src/catalog/references.ts";
import type { Call } from "../../src/events/tree.ts";
import { defineRule, type RuleContext } from "../../src/rule/define.ts";
import type { Reach, Related } from "../../src/rule/finding.ts";
import type { Span } from "../../src/text/span.ts";

export default defineRule({
  title: "SECURITY DEFINER routine calls a function whose names are looked up elsewhere",
  severity: "high",
  category: "definer",
  cwe: [426],
  since: "0.1.0",
  variants: {},
  why: "A function that a definer calls runs with the owner's rights too. Without a path of its own its names are looked up in the path of the call, where the caller's temporary objects can have them.",
  check(context) {
    const found = new Map<Oid, Found>();
    for (const definer of definersToAsk(context)) collect(context, definer, found);
    for (const one of found.values()) report(context, one);
  },
});

/** Findings stand in what is called: all definers that may run something that is asked about. */
function definersToAsk(context: RuleContext): Iterable<Definer> {
  const { catalog } = context;
  const open = [...context.askedRoutines()].filter((routine) => isUnpinned(context, routine));
  const above = new Set<Routine>(open);
  for (const routine of open) {
    const callers = context.mayRun(routine);
    if (callers === null) return definers({ ...context, askedRoutines: catalog.routines });
    for (const caller of callers) {
      if (!above.has(caller)) open.push(caller);
      above.add(caller);
    }
  }
  return definers({
    ...context,
    askedRoutines: () => [...catalog.routines()].filter((one) => above.has(one)),
  });
}

interface Found {
  readonly callee: Routine;
  readonly names: readonly Reference[];
  readonly calls: Related[];
  readonly reach: Reach[];
  readonly owner: string;
}

/** The unpinned functions that a definer calls, also through each other, with the names that are not safe there. */
function collect(context: RuleContext, definer: Definer, found: Map<Oid, Found>): void {
  const { catalog, access } = context;
  const { routine, body } = definer;
  const own = namesOf(body, context.transitionTables(routine));
  const path = catalog.searchPath(routine)?.values;
  if (body.language !== "sql" || !body.atomic) {
    // A path that the definer's own names suffer from is reported there.
    const problem = judgeSearchPath(catalog, access, routine, body, own);
    if (problem !== null && !problem.harmless) return;
  }
  const seen = new Set<Oid>([routine.oid]);
  const types = new Map<Oid, TypeReader>();
  const typesIn = (caller: Routine): TypeReader => {
    const found =
      types.get(caller.oid) ?? routineTypes(catalog, caller, context.body(caller), pathOf(catalog, caller));
    types.set(caller.oid, found);
    return found;
  };
  const calledFrom = (caller: Routine, calls: readonly Call[]): readonly Step[] => [
    ...calls.flatMap((call) => {
      const candidates = catalog.calledRoutines(call.name, pathOf(catalog, caller));
      const found = meant(catalog, candidates, call, () => typesIn(caller));
      return found.map((callee): Step => ({ caller, callee, span: call.span, by: "called by" }));
    }),
    ...context.hiddenCalls(caller).map((hidden): Step => {
      const by = hidden.by === "trigger" ? "its trigger is fired by" : "run by";
      return { caller, callee: hidden.routine, span: hidden.span, by };
    }),
  ];
  const open: Step[] = [...calledFrom(routine, own.calls)];
  for (let step = open.pop(); step !== undefined; step = open.pop()) {
    const { callee } = step;
    if (seen.has(callee.oid) || !isUnpinned(context, callee)) continue;
    seen.add(callee.oid);
    const names = namesOf(context.body(callee), context.transitionTables(callee));
    open.push(...calledFrom(callee, names.calls));
    const unsafe = names.temporary.filter((reference) => !isFound(context, reference, path));
    if (unsafe.length > 0) note(context, found, { definer, unsafe, step });
  }
}

/** What a routine calls, or runs without naming it. */
interface Step {
  readonly caller: Routine;
  readonly callee: Routine;
  readonly span: Span;
  readonly by: string;
}

/** Whether a path finds the name before it comes to the caller's temporary objects. */
function isFound(
  { catalog }: RuleContext,
  { kind, name }: Reference,
  path: readonly string[] | undefined,
): boolean {
  if (path?.at(-1) !== "pg_temp") return false;
  const [only = ""] = name;
  if (kind === "type" ? isCatalogType(only) : isCatalogRelation(only)) return true;
  return path.some((schemaName) => {
    const schema = catalog.schemaNamed(schemaName);
    if (schema === undefined) return false;
    return (
      catalog.state.relations.by.member.has(schema.oid, only) ||
      catalog.state.types.by.member.has(schema.oid, only)
    );
  });
}

interface Noted {
  readonly definer: Definer;
  readonly unsafe: readonly Reference[];
  readonly step: Step;
}

function note(context: RuleContext, found: Map<Oid, Found>, { definer, unsafe, step }: Noted): void {
  const { caller, callee, span, by } = step;
  // Whoever it decides about is the concern of guard-search-path.
  if (unqualifiedReads(context, callee).length > 0 && decisionsBy(context, callee).length > 0) return;
  const entry: Found = found.get(callee.oid) ?? {
    callee,
    names: unsafe,
    calls: [],
    reach: [],
    owner: definer.owner,
  };
  found.set(callee.oid, entry);
  const place = { source: caller.definitionPlace.source, span };
  entry.calls.push({ place, message: `${by} ${context.catalog.routineName(caller)}` });
  for (const one of context.reach(definer.routine))
    if (!entry.reach.some(({ role }) => role === one.role)) entry.reach.push(one);
}

function report(context: RuleContext, { callee, names, calls, reach: all, owner }: Found): void {
  const { access, catalog } = context;
  const first = names.find(({ kind }) => kind === "relation") ?? names[0];
  if (first === undefined) return;
  const name = catalog.routineName(callee);
  const reach = all.filter(({ role }) => {
    const oid = role === "PUBLIC" ? 0 : catalog.roleNamed(role)?.oid;
    return oid === undefined || access.canMakeTemporary(oid);
  });
  const kind = callee.kind === "procedure" ? "PROCEDURE" : "FUNCTION";
  context.report({
    variant: null,
    severity: access.severity("high", reach, { needsSql: true }),
    confidence: "high",
    message: `${name}, called as ${owner} by a SECURITY DEFINER routine, looks ${first.name.join(".")} up where the caller can have a temporary object of that name`,
    label: `can be a temporary ${first.kind === "type" ? "type" : "table"} of the caller's`,
    place: { source: callee.definitionPlace.source, span: first.span },
    object: name,
    reach,
    related: calls.slice(0, 4),
    help: `write the schema, and ALTER ${kind} ${name} SET search_path = pg_catalog, pg_temp;`,
  });
}
