/** From a place in the text to the statement that stands there. */
import type { Catalog } from "../catalog/catalog.ts";
import { remembered } from "../catalog/remembered.ts";
import type { Replayed } from "../catalog/replayed.ts";
import type { Place, Source } from "../text/source.ts";
import type { Span } from "../text/span.ts";

/** A statement of a source, and those that ran inside it: none but for DO blocks and CREATE SCHEMA. */
interface Outermost {
  readonly span: Span;
  /** Of all that ran at one place, as a loop does, the last. */
  readonly ran: Replayed[];
}

const indexes = new WeakMap<Catalog, ReadonlyMap<Source, readonly Outermost[]>>();

/** The statement that wrote what stands at a place: the innermost one around it. */
export function statementAt(catalog: Catalog, place: Place): Replayed | undefined {
  const { state } = catalog;
  const index =
    state.journal.watcher === null
      ? remembered(indexes, catalog, () => indexOf(state.statements.all()))
      : indexOf(state.statements.all());
  let found: Replayed | undefined;
  for (const one of around(index.get(place.source) ?? [], place.span)?.ran ?? []) {
    if (!holds(one.place.span, place.span)) continue;
    if (one.event.kind === "do" || one.event.kind === "create-schema") found ??= one;
    else found = one;
  }
  return found;
}

function indexOf(statements: Iterable<Replayed>): ReadonlyMap<Source, readonly Outermost[]> {
  const bySource = new Map<Source, Map<string, Replayed>>();
  for (const one of statements) {
    const { source, span } = one.place;
    const spans = remembered(bySource, source, () => new Map<string, Replayed>());
    const key = `${span.start}:${span.end}`;
    // Later ones come last, also where they stand at a place that was there before.
    spans.delete(key);
    spans.set(key, one);
  }
  const index = new Map<Source, readonly Outermost[]>();
  for (const [source, spans] of bySource) index.set(source, outermost([...spans.values()]));
  return index;
}

/** Statements are next to each other or in each other. */
function outermost(statements: readonly Replayed[]): readonly Outermost[] {
  const ascending = statements.toSorted(
    (a, b) => a.place.span.start - b.place.span.start || b.place.span.end - a.place.span.end,
  );
  const all: { span: Span; ran: Replayed[] }[] = [];
  for (const one of ascending) {
    const last = all.at(-1);
    if (last !== undefined && holds(last.span, one.place.span)) last.ran.push(one);
    else all.push({ span: one.place.span, ran: [one] });
  }
  for (const { ran } of all) ran.sort((a, b) => a.oid - b.oid);
  return all;
}

function around(all: readonly Outermost[], span: Span): Outermost | undefined {
  let low = 0;
  let high = all.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((all[middle]?.span.start ?? 0) <= span.start) low = middle + 1;
    else high = middle;
  }
  return all[low - 1];
}

function holds(outer: Span, inner: Span): boolean {
  return outer.start <= inner.start && outer.end >= inner.end;
}
