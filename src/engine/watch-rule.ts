/** Which object or statement a rule was about when it failed: found out by running it once more and watching what it looks at. */
import type { Catalog } from "../catalog/catalog.ts";
import type { RuleContext } from "../rule/define.ts";
import type { Rule } from "../rule/rule.ts";
import type { Place, Source } from "../text/source.ts";
import type { Span } from "../text/span.ts";

/** What a rule was judging. */
export interface Judged {
  readonly place: Place;
  /** Identity such as `public.f(integer)`; null: a statement. */
  readonly object: string | null;
}

/**
 * Runs a rule that failed again, its findings left aside. null: it looked at nothing of these sources.
 * What it goes through one by one counts more than what it asks for on the way.
 */
export function watchRule(rule: Rule, context: RuleContext, sources: ReadonlySet<Source>): Judged | null {
  const { catalog } = context;
  const { journal } = catalog.state;
  /** Of the outermost loop: a loop that an error leaves is closed from the inside out. */
  let left: Judged | null = null;
  let asked: Judged | null = null;
  const judged = (record: unknown): Judged | null => {
    const place = placeOf(record);
    return place !== null && sources.has(place.source) ? { place, object: nameOf(record, catalog) } : null;
  };
  const ask = (record: unknown): void => {
    asked = judged(record) ?? asked;
  };
  const statement = (source: Source, span: Span): void => {
    left = { place: { source, span }, object: null };
  };
  journal.watcher = {
    *each(records) {
      left = null;
      for (const record of records) {
        let closed = true;
        try {
          yield record;
          closed = false;
        } finally {
          left = closed ? (judged(record) ?? left) : null;
        }
      }
    },
    found: ask,
  };
  try {
    rule.check({
      ...context,
      written: context.written.map(({ source, events }) => ({
        source,
        events: watched(events, ({ span }) => statement(source, span)),
      })),
      problems: watched(context.problems, ({ source, problem }) => statement(source, problem.span)),
      blocks: watched(context.blocks, ({ place }) => statement(place.source, place.span)),
      body(routine) {
        ask(routine);
        return context.body(routine);
      },
      flow(routine) {
        ask(routine);
        return context.flow(routine);
      },
      report() {},
      unknown() {},
    });
  } catch {
    // The error is known: it is where it came from that was asked.
  } finally {
    journal.watcher = null;
  }
  return left ?? asked;
}

/** A list that tells which element is read. */
function watched<T>(list: readonly T[], tell: (element: T) => void): readonly T[] {
  return new Proxy(list, {
    get(target, key) {
      const element = typeof key === "string" && /^\d+$/.test(key) ? target[Number(key)] : undefined;
      if (element !== undefined) tell(element);
      const value: unknown = Reflect.get(target, key);
      return value;
    },
  });
}

function placeOf(record: unknown): Place | null {
  if (typeof record !== "object" || record === null) return null;
  const { definitionPlace, place } = { definitionPlace: null, place: null, ...record };
  return [definitionPlace, place].find(isPlace) ?? null;
}

function isPlace(value: unknown): value is Place {
  return typeof value === "object" && value !== null && "source" in value && "span" in value;
}

function nameOf(record: unknown, catalog: Catalog): string | null {
  if (typeof record !== "object" || record === null || !("oid" in record)) return null;
  if (typeof record.oid !== "number") return null;
  const routine = catalog.state.routines.get(record.oid);
  if (routine !== undefined) return catalog.routineName(routine);
  const relation = catalog.state.relations.get(record.oid);
  if (relation !== undefined) return catalog.relationName(relation);
  return "name" in record && typeof record.name === "string" ? record.name : null;
}
