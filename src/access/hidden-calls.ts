/** Routines that code runs without naming them: triggers of the tables that it changes, casts, operators. */
import { hiddenUses } from "../catalog/bind/routine-code.ts";
import type { Catalog } from "../catalog/catalog.ts";
import { lookupContext } from "../catalog/lookup.ts";
import type { Relation, Routine, RoutineTarget, Trigger } from "../catalog/model.ts";
import { castKey } from "../catalog/store.ts";
import type { Body } from "../events/tree.ts";
import type { TableAccess } from "../templates/index.ts";
import type { Span } from "../text/span.ts";

export interface HiddenCall {
  readonly by: "trigger" | "cast" | "operator";
  /** What runs, with the rights and the search_path of the code unless it has its own. */
  readonly routine: Routine;
  /** The written table's name, the value that is cast, the body for an operator. */
  readonly span: Span;
  /** Of a trigger. */
  readonly fired: Fired | null;
}

export interface Fired {
  readonly trigger: Trigger;
  readonly table: Relation;
  readonly write: TableAccess;
}

/** `path`: under which the code's names are looked up; `accesses`: what it does with tables. */
export function hiddenCalls(
  catalog: Catalog,
  routine: Routine,
  body: Body,
  path: readonly string[],
  accesses: readonly TableAccess[],
): readonly HiddenCall[] {
  return [...firedTriggers(catalog, path, accesses), ...castsAndOperators(catalog, routine, body, path)];
}

/** Triggers of one table that a routine's write is followed into. */
export const MOST_FIRED = 100;

function* firedTriggers(
  { resolveRelation, state }: Catalog,
  path: readonly string[],
  accesses: readonly TableAccess[],
): Iterable<HiddenCall> {
  if (state.triggers.size === 0) return;
  for (const write of accesses) {
    if (write.command === "select") continue;
    const table = resolveRelation(write.relation, path);
    if (table === undefined || table.assumed) continue;
    for (const trigger of state.triggers.by.relation.all(table.oid, MOST_FIRED)) {
      if (trigger.enabled.value === "disabled" || !fires(trigger, table, write)) continue;
      const routine = trigger.routine === null ? undefined : state.routines.get(trigger.routine);
      if (routine === undefined || routine.assumed) continue;
      yield { by: "trigger", routine, span: write.span, fired: { trigger, table, write } };
    }
  }
}

function fires({ event }: Trigger, table: Relation, { command, written }: TableAccess): boolean {
  const { events, columns } = event;
  if (command === "merge") return events.some((one) => one !== "truncate");
  if (!events.some((one) => one === command)) return false;
  if (command !== "update" || columns.length === 0 || events.length > 1) return true;
  return written.some(({ column }, i) => columns.includes(column ?? table.columns[i]?.name ?? ""));
}

function castsAndOperators(
  catalog: Catalog,
  routine: Routine,
  body: Body,
  path: readonly string[],
): readonly HiddenCall[] {
  const { state, postgresVersion } = catalog;
  const { casts, operators } = state;
  if ((casts.size === 0 && operators.size === 0) || body.language === "other" || body.span === null)
    return [];
  const found = new Map<string, HiddenCall>();
  const add = (by: HiddenCall["by"], target: RoutineTarget | null, span: Span): void => {
    const called = typeof target === "number" ? state.routines.get(target) : undefined;
    const key = `${called?.oid} ${by === "operator" ? "" : span.start}`;
    if (called !== undefined && !found.has(key)) found.set(key, { by, routine: called, span, fired: null });
  };
  try {
    const context = lookupContext(state, postgresVersion, routine.owner, path);
    const used = hiddenUses(context, routine, body, (from, to, how, span) => {
      for (const cast of casts.by.types.all(castKey(from, to)))
        if (how === "explicit" || cast.context !== "explicit") add("cast", cast.routine, span);
    });
    for (const { oid } of used) add("operator", operators.get(oid)?.routine ?? null, body.span);
  } catch (error) {
    // An expression nested deeper than the stack is not looked into.
    if (!(error instanceof RangeError)) throw error;
  }
  return [...found.values()];
}
