/** What makes a routine run: code that calls it, and what it hangs on. */
import type { Catalog } from "../catalog/catalog.ts";
import type { BoundExpr, Oid, Privilege, Relation, Routine } from "../catalog/model.ts";
import { remembered } from "../catalog/remembered.ts";
import type { Call, Statement } from "../events/tree.ts";
import { walkExpr, walkStatement } from "../events/walk.ts";
import type { Place } from "../text/source.ts";
import type { HiddenCall } from "./hidden-calls.ts";

/** Something that calls a routine. */
export interface Use {
  readonly by:
    | "trigger"
    | "event-trigger"
    | "policy"
    | "view"
    | "default"
    | "check"
    | "index"
    | "rule"
    | "routine"
    /** A definer's change of the table, which fires its trigger with the definer's rights. */
    | "write"
    | "query";
  readonly place: Place;
  /** The table or view it hangs on. */
  readonly relation: Relation | null;
  /** What must be done to that relation for the routine to run. */
  readonly privileges: readonly Privilege[];
  /** The calling routine. */
  readonly routine: Routine | null;
}

/** What a routine's code and templates call, by name and otherwise; asked once for each routine. */
export interface Called {
  readonly calls: readonly Call[];
  readonly hidden: readonly HiddenCall[];
}

const INSERT_UPDATE: readonly Privilege[] = ["insert", "update"];
const WRITES: readonly Privilege[] = ["insert", "update", "delete"];

type Index = Map<Oid, Use[]>;

/**
 * What uses each routine. `mayRun` names, in the order of the catalog, all routines whose code may run one (more is no
 * harm): the code of the others is not read for it. null: any.
 */
export function createUses(
  catalog: Catalog,
  calledBy: (routine: Routine) => Called,
  mayRun: (routine: Routine) => readonly Routine[] | null,
): (routine: Routine) => readonly Use[] {
  const { state } = catalog;
  let hung: { readonly before: Index; readonly queries: Index } | null = null;
  let all: OfRoutines | null = null;
  const own = new Map<Oid, OfRoutines>();
  const ofRoutine = (routine: Routine): OfRoutines =>
    remembered(own, routine.oid, () => usesIn(catalog, [routine], calledBy));
  /** By the code of routines: what they call by name, and what they fire. */
  const byCode = (routine: Routine): OfRoutine => {
    const callers = all === null ? mayRun(routine) : null;
    if (callers !== null) return onlyOf(callers.map(ofRoutine), routine);
    all ??= usesIn(catalog, state.routines.all(), calledBy);
    return onlyOf([all], routine);
  };
  const known = new Map<Oid, OfRoutine>();
  const codeUses = (routine: Routine): OfRoutine => remembered(known, routine.oid, () => byCode(routine));
  const uses = new Map<Oid, readonly Use[]>();
  return (routine) =>
    remembered(uses, routine.oid, () => {
      hung ??= { before: usesOfObjects(catalog), queries: usesInQueries(catalog) };
      const { named, fired } = codeUses(routine);
      return [
        ...(hung.before.get(routine.oid) ?? []),
        ...named,
        ...(hung.queries.get(routine.oid) ?? []),
        ...fired.flatMap((one) =>
          definersAbove(one.writer, codeUses).map(
            (definer): Use => ({
              by: "write",
              place: { source: one.writer.definitionPlace.source, span: one.fired.span },
              relation: one.fired.fired?.table ?? null,
              privileges: [],
              routine: definer,
            }),
          ),
        ),
      ];
    });
}

interface Firing {
  readonly writer: Routine;
  readonly fired: HiddenCall;
}

/** What the code of one routine runs. */
interface OfRoutine {
  readonly named: readonly Use[];
  readonly fired: readonly Firing[];
}

interface OfRoutines {
  readonly named: Index;
  readonly fired: Map<Oid, Firing[]>;
}

function onlyOf(list: readonly OfRoutines[], { oid }: Routine): OfRoutine {
  return {
    named: list.flatMap(({ named }) => named.get(oid) ?? []),
    fired: list.flatMap(({ fired }) => fired.get(oid) ?? []),
  };
}

function addTo<T>(index: Map<Oid, T[]>, oid: Oid, one: T): void {
  const list = index.get(oid);
  if (list === undefined) index.set(oid, [one]);
  else list.push(one);
}

function addCall(catalog: Catalog, index: Index, call: Call, path: readonly string[], use: Use): void {
  const found = catalog.calledRoutines(call.name, path);
  for (const routine of found) {
    // Defaults and VARIADIC make exact counting wrong; too many arguments never fit.
    const variadic = routine.parameters.some((parameter) => parameter.mode === "variadic");
    if (!variadic && call.args.length > routine.inputTypes.length) continue;
    addTo(index, routine.oid, use);
  }
}

type AddStatement = (statement: Statement, path: readonly string[], use: Use) => void;

function addingStatements(catalog: Catalog, index: Index): AddStatement {
  return (statement, path, use) =>
    walkStatement(statement, {
      expr: (inner) => (inner.kind === "call" ? addCall(catalog, index, inner, path, use) : undefined),
    });
}

/** By triggers, policies, views and whatever else hangs on tables. */
function usesOfObjects(catalog: Catalog): Index {
  const index: Index = new Map();
  const { state } = catalog;
  const addStatement = addingStatements(catalog, index);
  const addExpr = (bound: BoundExpr | null, use: Omit<Use, "routine">): void => {
    if (bound === null) return;
    const { expr, searchPath } = bound;
    walkExpr(expr, {
      expr: (inner) =>
        inner.kind === "call"
          ? addCall(catalog, index, inner, searchPath, { ...use, routine: null })
          : undefined,
    });
  };
  for (const trigger of state.triggers.all()) {
    if (trigger.routine === null || trigger.enabled.value === "disabled") continue;
    const relation = state.relations.get(trigger.relation) ?? null;
    addTo(index, trigger.routine, {
      by: "trigger",
      place: trigger.place,
      relation,
      privileges: trigger.event.events,
      routine: null,
    });
    const place = trigger.when?.place ?? trigger.place;
    addExpr(trigger.when, { by: "trigger", place, relation, privileges: trigger.event.events });
  }
  for (const trigger of state.eventTriggers.all()) {
    if (trigger.routine !== null) {
      addTo(index, trigger.routine, {
        by: "event-trigger",
        place: trigger.place,
        relation: null,
        privileges: [],
        routine: null,
      });
    }
  }
  for (const policy of state.policies.all()) {
    const relation = state.relations.get(policy.relation) ?? null;
    const privileges: readonly Privilege[] =
      policy.command === "all" ? ["select", ...WRITES] : [policy.command];
    for (const bound of [policy.using, policy.withCheck])
      addExpr(bound, { by: "policy", place: policy.place, relation, privileges });
  }
  for (const relation of state.relations.all()) {
    const table = state.relations.get(relation.belongsTo?.relation ?? 0);
    for (const bound of table === undefined ? [] : (relation.index?.expressions ?? []))
      addExpr(bound, { by: "index", place: bound.place, relation: table ?? null, privileges: INSERT_UPDATE });
    if (relation.query !== null && relation.kind !== "table") {
      addStatement(relation.query.statement, relation.query.searchPath, {
        by: "view",
        place: relation.query.place,
        relation,
        privileges: ["select"],
        routine: null,
      });
    }
    for (const column of relation.columns)
      addExpr(column.default, {
        by: "default",
        place: column.place,
        relation,
        privileges: INSERT_UPDATE,
      });
    for (const { expression, place } of state.constraints.by.relation.all(relation.oid))
      addExpr(expression, { by: "check", place, relation, privileges: INSERT_UPDATE });
  }
  for (const rule of state.rules.all()) {
    const relation = state.relations.get(rule.relation) ?? null;
    for (const action of rule.event.actions) {
      addStatement(action, ["public"], {
        by: "rule",
        place: rule.place,
        relation,
        privileges: [rule.event.event],
        routine: null,
      });
    }
  }
  return index;
}

function usesIn(
  catalog: Catalog,
  routines: Iterable<Routine>,
  calledBy: (routine: Routine) => Called,
): OfRoutines {
  const named: Index = new Map();
  const fired = new Map<Oid, Firing[]>();
  for (const routine of routines) {
    if (routine.assumed) continue;
    const path = routine.settings.get("search_path")?.values ?? routine.sessionPath;
    const { source } = routine.definitionPlace;
    const use = { by: "routine", relation: null, privileges: [], routine } as const;
    const { calls, hidden } = calledBy(routine);
    for (const call of calls)
      addCall(catalog, named, call, path, { ...use, place: { source, span: call.span } });
    for (const one of hidden) {
      if (one.fired !== null) addTo(fired, one.routine.oid, { writer: routine, fired: one });
      else addTo(named, one.routine.oid, { ...use, place: { source, span: one.span } });
    }
    const { definition } = routine;
    if (definition?.kind === "create-aggregate" && definition.stateFunction !== null) {
      for (const found of catalog.resolveRoutines(definition.stateFunction, path))
        addTo(named, found.oid, { ...use, place: routine.place });
    }
  }
  return { named, fired };
}

function usesInQueries(catalog: Catalog): Index {
  const index: Index = new Map();
  const addStatement = addingStatements(catalog, index);
  for (const query of catalog.state.queries.all()) {
    addStatement(query.statement, query.searchPath, {
      by: "query",
      place: query.place,
      relation: null,
      privileges: [],
      routine: null,
    });
  }
  return index;
}

const MAX_ABOVE = 200;

/** With whose rights a routine writes, other than its caller's own: its owner's, or those of definers that run it. */
function definersAbove(writer: Routine, codeUses: (routine: Routine) => OfRoutine): readonly Routine[] {
  const found: Routine[] = [];
  const seen = new Set<Oid>([writer.oid]);
  const open = [writer];
  for (let one = open.pop(); one !== undefined && seen.size < MAX_ABOVE; one = open.pop()) {
    if (one.securityDefiner.value) {
      found.push(one);
      continue;
    }
    const { named, fired } = codeUses(one);
    for (const routine of [...named.map((use) => use.routine), ...fired.map((firing) => firing.writer)]) {
      if (routine === null || seen.has(routine.oid)) continue;
      seen.add(routine.oid);
      open.push(routine);
    }
  }
  return found;
}
