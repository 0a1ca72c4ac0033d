/** Who makes a routine run: directly, by writing a table with its trigger, through policies, views, defaults, other routines. */
import type { Catalog } from "../catalog/catalog.ts";
import { type Oid, type Privilege, PUBLIC, type Relation, type Routine } from "../catalog/model.ts";
import type { Call, Expr, Statement } from "../events/tree.ts";
import { walkExpr, walkStatement } from "../events/walk.ts";
import type { Place } from "../text/source.ts";
import type { Access } from "./access.ts";
import type { Reach, ReachStep } from "./chain.ts";
import type { HiddenCall } from "./hidden-calls.ts";
import { statedFirst } from "./unstated.ts";

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

export interface ReachModel {
  /** Everything that calls the routine by name. */
  uses(routine: Routine): readonly Use[];
  /** Everybody who can make it run, with the way. */
  reach(routine: Routine): readonly Reach[];
}

/** What a routine's code and templates call, by name and otherwise; asked once for each routine. */
export interface Called {
  readonly calls: readonly Call[];
  readonly hidden: readonly HiddenCall[];
}

export function createReach(
  catalog: Catalog,
  access: Access,
  calledBy: (routine: Routine) => Called,
): ReachModel {
  let index: Map<Oid, Use[]> | null = null;
  const uses = (routine: Routine): readonly Use[] => {
    index ??= buildIndex(catalog, calledBy);
    return index.get(routine.oid) ?? [];
  };
  const directly = memo((routine: Routine): readonly Reach[] => {
    // Event trigger functions can be called by no one: they run when somebody issues DDL.
    const found: Reach[] = routine.returnsTrigger === "event_trigger" ? [] : [...access.callers(routine)];
    for (const use of uses(routine)) {
      if (use.by === "event-trigger")
        add(found, [{ role: "PUBLIC", via: [] }], [{ place: use.place, text: "runs on anybody's DDL" }]);
      const text = `${USE_TEXT[use.by]} ${use.relation?.name ?? ""}`.trim();
      for (const list of through(access, use, routine)) add(found, list, [{ place: use.place, text }]);
    }
    return found;
  });
  /** Callers of callers, nearest first. */
  const reach = memo((routine: Routine): readonly Reach[] => {
    const found: Reach[] = [];
    const seen = new Set<Oid>([routine.oid]);
    const open: Caller[] = [{ routine, step: null, next: null }];
    for (const caller of open) {
      add(found, directly(caller.routine), stepsFrom(caller));
      // Nobody is outside of PUBLIC.
      if (found.some(({ role }) => role === "PUBLIC")) break;
      for (const use of uses(caller.routine)) {
        if (use.routine === null || seen.has(use.routine.oid)) continue;
        seen.add(use.routine.oid);
        const by = use.by === "write" ? "fired by" : "called by";
        const text = `${by} ${catalog.routineName(use.routine)}`;
        open.push({ routine: use.routine, step: { place: use.place, text }, next: caller });
      }
    }
    return statedFirst(found);
  });
  return { uses, reach };
}

/** A routine on the way to another, and the call that leads on from it. */
interface Caller {
  readonly routine: Routine;
  readonly step: ReachStep | null;
  readonly next: Caller | null;
}

function stepsFrom(first: Caller): readonly ReachStep[] {
  const steps: ReachStep[] = [];
  for (let caller: Caller | null = first; caller !== null; caller = caller.next)
    if (caller.step !== null) steps.push(caller.step);
  return steps;
}

function add(found: Reach[], list: readonly Reach[], steps: readonly ReachStep[]): void {
  for (const one of list) {
    if (found.some((other) => other.role === one.role || other.role === "PUBLIC")) continue;
    found.push({ role: one.role, via: [...one.via, ...steps] });
  }
}

function memo(compute: (routine: Routine) => readonly Reach[]): (routine: Routine) => readonly Reach[] {
  const known = new Map<Oid, readonly Reach[]>();
  return (routine) => {
    const before = known.get(routine.oid);
    if (before !== undefined) return before;
    const result = compute(routine);
    known.set(routine.oid, result);
    return result;
  };
}

const INSERT_UPDATE: readonly Privilege[] = ["insert", "update"];
const WRITES: readonly Privilege[] = ["insert", "update", "delete"];

const USE_TEXT: Readonly<Record<Use["by"], string>> = {
  trigger: "trigger on",
  "event-trigger": "event trigger",
  policy: "policy on",
  view: "used by view",
  default: "default in",
  check: "check of",
  index: "index on",
  rule: "rule on",
  routine: "called by",
  write: "fired by a change of",
  query: "called at top level",
};

/** Uses that check EXECUTE on the function against whoever uses the table; triggers and checks run without asking. */
const ASKS_EXECUTE: ReadonlySet<Use["by"]> = new Set(["policy", "view", "default"]);

/** Who reaches a routine through the relation it hangs on, one list for each privilege that does. */
function through(access: Access, use: Use, routine: Routine): readonly (readonly Reach[])[] {
  const { relation } = use;
  if (relation === null) return [];
  const everybody = routine.acl.some((item) => item.privilege === "execute" && item.grantee === PUBLIC);
  const mayExecute = (role: string): boolean =>
    everybody ||
    routine.acl.some((item) => item.privilege === "execute" && access.nameOf(item.grantee) === role);
  return use.privileges.map((privilege) => {
    const users = access.users(relation, privilege);
    return ASKS_EXECUTE.has(use.by) ? users.filter(({ role }) => mayExecute(role)) : users;
  });
}

function buildIndex(catalog: Catalog, calledBy: (routine: Routine) => Called): Map<Oid, Use[]> {
  const index = new Map<Oid, Use[]>();
  const { state } = catalog;
  const add = (oid: Oid, use: Use): void => {
    const list = index.get(oid);
    if (list === undefined) index.set(oid, [use]);
    else list.push(use);
  };
  const addCall = (call: Call, path: readonly string[], use: Use): void => {
    const found = catalog.calledRoutines(call.name, path);
    for (const routine of found) {
      // Defaults and VARIADIC make exact counting wrong; too many arguments never fit.
      const variadic = routine.parameters.some((parameter) => parameter.mode === "variadic");
      if (!variadic && call.args.length > routine.inputTypes.length) continue;
      add(routine.oid, use);
    }
  };
  const addExpr = (expr: Expr, path: readonly string[], use: Use): void => {
    walkExpr(expr, { expr: (inner) => (inner.kind === "call" ? addCall(inner, path, use) : undefined) });
  };
  const addStatement = (statement: Statement, path: readonly string[], use: Use): void => {
    walkStatement(statement, {
      expr: (inner) => (inner.kind === "call" ? addCall(inner, path, use) : undefined),
    });
  };
  for (const trigger of state.triggers.all()) {
    if (trigger.routine === null || trigger.enabled.value === "disabled") continue;
    const relation = state.relations.get(trigger.relation) ?? null;
    add(trigger.routine, {
      by: "trigger",
      place: trigger.place,
      relation,
      privileges: trigger.event.events,
      routine: null,
    });
    const { when } = trigger;
    if (when !== null) {
      const use = { place: when.place, relation, privileges: trigger.event.events, routine: null };
      addExpr(when.expr, when.searchPath, { by: "trigger", ...use });
    }
  }
  for (const trigger of state.eventTriggers.all()) {
    if (trigger.routine !== null) {
      add(trigger.routine, {
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
    for (const bound of [policy.using, policy.withCheck]) {
      if (bound === null) continue;
      const privileges: readonly Privilege[] =
        policy.command === "all" ? ["select", ...WRITES] : [policy.command];
      addExpr(bound.expr, bound.searchPath, {
        by: "policy",
        place: policy.place,
        relation,
        privileges,
        routine: null,
      });
    }
  }
  for (const relation of state.relations.all()) {
    const table = state.relations.get(relation.belongsTo?.relation ?? 0);
    for (const { expr, searchPath, place } of relation.index?.expressions ?? []) {
      const use = { place, relation: table ?? null, privileges: INSERT_UPDATE, routine: null };
      if (table !== undefined) addExpr(expr, searchPath, { by: "index", ...use });
    }
    if (relation.query !== null && relation.kind !== "table") {
      addStatement(relation.query.statement, relation.query.searchPath, {
        by: "view",
        place: relation.query.place,
        relation,
        privileges: ["select"],
        routine: null,
      });
    }
    for (const column of relation.columns) {
      if (column.default !== null) {
        addExpr(column.default.expr, column.default.searchPath, {
          by: "default",
          place: column.place,
          relation,
          privileges: ["insert", "update"],
          routine: null,
        });
      }
    }
    for (const constraint of state.constraints.by.relation.all(relation.oid)) {
      if (constraint.expression !== null) {
        addExpr(constraint.expression.expr, constraint.expression.searchPath, {
          by: "check",
          place: constraint.place,
          relation,
          privileges: ["insert", "update"],
          routine: null,
        });
      }
    }
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
  const writes: { readonly writer: Routine; readonly fired: HiddenCall }[] = [];
  for (const routine of state.routines.all()) {
    if (routine.assumed) continue;
    const path = routine.settings.get("search_path")?.values ?? routine.sessionPath;
    const { source } = routine.definitionPlace;
    const { calls, hidden } = calledBy(routine);
    for (const call of calls) {
      const place = { source, span: call.span };
      addCall(call, path, { by: "routine", place, relation: null, privileges: [], routine });
    }
    for (const one of hidden) {
      const place = { source, span: one.span };
      if (one.fired !== null) writes.push({ writer: routine, fired: one });
      else add(one.routine.oid, { by: "routine", place, relation: null, privileges: [], routine });
    }
    const { definition } = routine;
    if (definition?.kind === "create-aggregate" && definition.stateFunction !== null) {
      for (const found of catalog.resolveRoutines(definition.stateFunction, path)) {
        add(found.oid, { by: "routine", place: routine.place, relation: null, privileges: [], routine });
      }
    }
  }
  for (const query of state.queries.all()) {
    addStatement(query.statement, query.searchPath, {
      by: "query",
      place: query.place,
      relation: null,
      privileges: [],
      routine: null,
    });
  }
  for (const { writer, fired } of writes) {
    const place = { source: writer.definitionPlace.source, span: fired.span };
    const relation = fired.fired?.table ?? null;
    for (const routine of definersAbove(writer, index))
      add(fired.routine.oid, { by: "write", place, relation, privileges: [], routine });
  }
  return index;
}

const MAX_ABOVE = 200;

/** With whose rights a routine writes, other than its caller's own: its owner's, or those of definers that call it. */
function definersAbove(writer: Routine, index: ReadonlyMap<Oid, readonly Use[]>): readonly Routine[] {
  const found: Routine[] = [];
  const seen = new Set<Oid>([writer.oid]);
  const open = [writer];
  for (let one = open.pop(); one !== undefined && seen.size < MAX_ABOVE; one = open.pop()) {
    if (one.securityDefiner.value) {
      found.push(one);
      continue;
    }
    for (const { routine } of index.get(one.oid) ?? []) {
      if (routine === null || seen.has(routine.oid)) continue;
      seen.add(routine.oid);
      open.push(routine);
    }
  }
  return found;
}
