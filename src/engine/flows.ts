/** What the routines of a database do with their values, each with what is known of those it calls. */
import { type Catalog, MOST_OVERLOADS } from "../catalog/catalog.ts";
import type { Oid, Routine } from "../catalog/model.ts";
import { callsIn } from "../catalog/references.ts";
import type { Body, Name } from "../events/tree.ts";
import {
  analyseRoutine,
  type Callee,
  type Flow,
  type RoutineInput,
  type Summary,
} from "../templates/index.ts";
import { chooseOverload } from "./overload.ts";

export interface Flows {
  flow(routine: Routine): Flow;
  /** Calls from code whose names are looked up along the path. */
  callee(path: readonly string[]): Callee;
}

/** How often routines that call each other in a circle are gone through. */
const MAX_ROUNDS = 5;
/** Nobody writes larger circles by hand; they are gone through twice. */
const LARGE_CIRCLE = 1000;
/** Routines that are found only while another is followed (named in dynamic SQL). */
const MAX_NESTED = 16;

export function createFlows(
  catalog: Catalog,
  body: (routine: Routine) => Body,
  options: (path: readonly string[]) => Pick<RoutineInput, "extraSinks" | "parser" | "types">,
): Flows {
  const done = new Map<Oid, Flow>();
  /** Of a circle that is being gone through. */
  const current = new Map<Oid, Summary>();
  /** Members of circles that are being gone through: until a round is over, nothing is known of those not yet reached. */
  const circling = new Set<Oid>();
  const running = new Set<Oid>();

  const pathOf = (routine: Routine): readonly string[] =>
    catalog.searchPath(routine)?.values ?? routine.sessionPath;

  const candidates = (name: Name, path: readonly string[]): readonly Routine[] => {
    const found = catalog.calledRoutines(name, path.includes("public") ? path : [...path, "public"]);
    return found.length >= MOST_OVERLOADS ? [] : found.filter((routine) => !routine.assumed);
  };

  const callee =
    (path: readonly string[]): Callee =>
    (call, args) => {
      const routine = chooseOverload(catalog, candidates(call.name, path), call, args ?? []);
      if (routine === null) return null;
      const known = done.get(routine.oid)?.summary ?? current.get(routine.oid);
      if (known !== undefined) return known;
      if (running.size >= MAX_NESTED || running.has(routine.oid) || circling.has(routine.oid)) return null;
      return flow(routine).summary;
    };

  const analyse = (routine: Routine): Flow => {
    const path = pathOf(routine);
    running.add(routine.oid);
    const found = analyseRoutine({
      parameters: routine.parameters.map((parameter) => ({
        name: parameter.name,
        type: parameter.written.type,
        mode: parameter.mode,
      })),
      body: body(routine),
      isTrigger: routine.returnsTrigger === "trigger",
      routine: {
        id: routine.oid,
        name: [catalog.schemaName(routine.schema), routine.name],
        returns: routine.returns,
      },
      callee: callee(path),
      ...options(path),
    });
    running.delete(routine.oid);
    return found;
  };

  const edges = new Map<Oid, readonly Routine[]>();
  const called = (routine: Routine): readonly Routine[] => {
    const read = edges.get(routine.oid);
    if (read !== undefined) return read;
    const path = pathOf(routine);
    const found = new Map<Oid, Routine>();
    for (const call of callsIn(body(routine))) {
      for (const one of candidates(call.name, path)) if (!done.has(one.oid)) found.set(one.oid, one);
    }
    edges.set(routine.oid, [...found.values()]);
    return [...found.values()];
  };

  /** Goes through routines that call each other until nothing new is found. */
  const finish = (circle: readonly Routine[]): void => {
    const [only] = circle;
    const alone = circle.length === 1 && only !== undefined && !called(only).includes(only);
    let flows: readonly Flow[] = [];
    for (const { oid } of circle) circling.add(oid);
    const rounds = alone ? 1 : circle.length > LARGE_CIRCLE ? 2 : MAX_ROUNDS;
    for (let round = 0; round < rounds; round++) {
      flows = circle.map(analyse);
      const stable = flows.every((found, i) => {
        const before = current.get(circle[i]?.oid ?? 0);
        return before !== undefined && signature(before) === signature(found.summary);
      });
      flows.forEach((found, i) => {
        const oid = circle[i]?.oid;
        if (oid !== undefined) current.set(oid, found.summary);
      });
      if (stable) break;
    }
    flows.forEach((found, i) => {
      const oid = circle[i]?.oid;
      if (oid === undefined) return;
      done.set(oid, found);
      current.delete(oid);
      circling.delete(oid);
    });
  };

  const flow = (routine: Routine): Flow => {
    const known = done.get(routine.oid);
    if (known !== undefined) return known;
    for (const circle of circlesFrom(routine, called)) finish(circle);
    const found = done.get(routine.oid);
    return found ?? analyse(routine);
  };
  return { flow, callee };
}

/** What of a summary matters to callers. */
function signature(summary: Summary): string {
  const sinks = summary.sinks.map((sink) =>
    sink.path.map(({ routine, span }) => `${routine}:${span.start}`).join(),
  );
  const checks = [...summary.checks].map(([number, list]) => `${number}:${list.length}`);
  return [...sinks.sort(), "|", ...checks, summary.refuses, summary.aboutCaller, summary.whenAnonymous].join(
    " ",
  );
}

/** Routines that are called from one, those called first; routines that call each other together (Tarjan). */
function circlesFrom(
  start: Routine,
  called: (routine: Routine) => readonly Routine[],
): readonly (readonly Routine[])[] {
  interface Visit {
    readonly routine: Routine;
    readonly number: number;
    low: number;
    readonly next: readonly Routine[];
    at: number;
  }
  const visits = new Map<Oid, Visit>();
  const open: Visit[] = [];
  const isOpen = new Set<Oid>();
  const circles: Routine[][] = [];
  const enter = (routine: Routine): Visit => {
    const visit: Visit = { routine, number: visits.size, low: visits.size, next: called(routine), at: 0 };
    visits.set(routine.oid, visit);
    open.push(visit);
    isOpen.add(routine.oid);
    return visit;
  };
  const way: Visit[] = [enter(start)];
  for (let visit = way.at(-1); visit !== undefined; visit = way.at(-1)) {
    const next = visit.next[visit.at++];
    if (next !== undefined) {
      const known = visits.get(next.oid);
      if (known === undefined) way.push(enter(next));
      else if (isOpen.has(next.oid)) visit.low = Math.min(visit.low, known.number);
      continue;
    }
    way.pop();
    const before = way.at(-1);
    if (before !== undefined) before.low = Math.min(before.low, visit.low);
    if (visit.low !== visit.number) continue;
    const circle: Routine[] = [];
    for (let one = open.pop(); one !== undefined; one = open.pop()) {
      isOpen.delete(one.routine.oid);
      circle.push(one.routine);
      if (one === visit) break;
    }
    // Whichever of them is asked for first, they are gone through in the same order.
    circles.push(circle.sort((a, b) => a.oid - b.oid));
  }
  return circles;
}
