/** One finding for each statement that executes text: its values together, and text that several execute once. */
import { SEVERITIES } from "../config/severity.ts";
import type { Span } from "../text/span.ts";
import type { Judgement, OpenHole } from "./dynamic-sql.ts";
import type { Related, Severity } from "./finding.ts";

interface Judged<V extends string> {
  readonly open: OpenHole;
  readonly variant: V;
  readonly judgement: Judgement;
  readonly severity: Severity;
}

/** What is reported together: at the place of `first`. */
export interface Together<T> {
  readonly first: T;
  /** Further values of the same statement, and other statements that execute the same text. */
  readonly related: readonly Related[];
}

const MAX_OTHERS = 6;

/** Groups what was judged of one kind; the worst value of a statement leads, of equals the one that stands first. */
export function perStatement<V extends string, T extends Judged<V>>(
  found: readonly T[],
): readonly Together<T>[] {
  const groups = new Map<string, T[]>();
  for (const one of found) {
    const { executed } = one.open;
    const { start, end } = executed.sink.span;
    const key = `${one.variant} ${executed.source.path} ${start}-${end}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [one]);
    else group.push(one);
  }
  const reported = new Map<string, { first: T; related: Related[] }>();
  for (const group of groups.values()) {
    const values = [...worstPerPlace(group)].sort(byWeight);
    const [first, ...others] = values.filter((one) => !reported.has(placeKey(one)));
    const again = values.map((one) => reported.get(placeKey(one))).find((known) => known !== undefined);
    if (first === undefined) {
      const [one] = values;
      if (again !== undefined && one !== undefined)
        again.related.push({ place: executedAt(one), message: "executed here too" });
      continue;
    }
    const together = { first, related: others.slice(0, MAX_OTHERS).map((one) => alsoPart(one, first)) };
    for (const one of [first, ...others]) reported.set(placeKey(one), together);
  }
  return [...new Set(reported.values())];
}

function executedAt<V extends string>({ open }: Judged<V>): Related["place"] {
  return { source: open.executed.source, span: open.executed.sink.span };
}

function alsoPart({ open, judgement }: Judged<string>, first: Judged<string>): Related {
  const { what } = judgement;
  const place = { source: open.executed.source, span: open.placed.hole.span };
  return { place, message: what === first.judgement.what ? "and here" : `${what} too` };
}

function placeKey<V extends string>({ open, variant }: Judged<V>): string {
  const { span } = open.placed.hole;
  return `${variant} ${open.executed.source.path} ${span.start}-${span.end}`;
}

const weight = (severity: Severity): number => SEVERITIES.indexOf(severity);
const startOf = ({ open }: Judged<string>): Span["start"] => open.placed.hole.span.start;

function byWeight(a: Judged<string>, b: Judged<string>): number {
  return weight(b.severity) - weight(a.severity) || startOf(a) - startOf(b);
}

/** Of the values that come to one place (the parts of what a function returns, say) the worst: the place has to change. */
function worstPerPlace<T extends Judged<string>>(group: readonly T[]): Iterable<T> {
  const byPlace = new Map<string, T>();
  for (const one of group) {
    const before = byPlace.get(placeKey(one));
    if (before === undefined || weight(one.severity) > weight(before.severity))
      byPlace.set(placeKey(one), one);
  }
  return byPlace.values();
}
