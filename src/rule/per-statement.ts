/** One finding for each statement that executes text: its values together, and text that several execute once. */
import { SEVERITIES } from "../config/severity.ts";
import type { Span } from "../text/span.ts";
import type { Judgement, OpenHole } from "./dynamic-sql.ts";
import type { Related, Severity } from "./finding.ts";

interface Judged {
  readonly open: OpenHole;
  /** What is wrong, or who chooses the value: of each kind there is one finding. */
  readonly kind: string;
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

/** Groups what was judged; the worst value of a statement leads, of equals the one that stands first. */
export function perStatement<T extends Judged>(found: readonly T[]): readonly Together<T>[] {
  const groups = new Map<string, T[]>();
  for (const one of worstPerPlace(found)) {
    const key = `${one.kind} ${statementKey(one)}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [one]);
    else group.push(one);
  }
  const reported = new Map<string, { first: T; related: Related[] }>();
  for (const group of groups.values()) {
    const values = group.sort(byWeight);
    const [first, ...others] = values.filter((one) => !reported.has(placeKey(one)));
    if (first === undefined) {
      for (const one of values.slice(0, 1))
        reported.get(placeKey(one))?.related.push({ place: executedAt(one), message: "executed here too" });
      continue;
    }
    const together = { first, related: others.slice(0, MAX_OTHERS).map((one) => alsoPart(one, first)) };
    for (const one of [first, ...others]) reported.set(placeKey(one), together);
  }
  return [...new Set(reported.values())];
}

function executedAt({ open }: Judged): Related["place"] {
  return { source: open.executed.source, span: open.executed.sink.span };
}

function alsoPart({ open, judgement }: Judged, first: Judged): Related {
  const { what } = judgement;
  const place = { source: open.executed.source, span: open.placed.hole.span };
  return { place, message: what === first.judgement.what ? "and here" : `${what} too` };
}

function statementKey({ open }: Judged): string {
  const { source, sink } = open.executed;
  return `${source.path} ${sink.span.start}-${sink.span.end}`;
}

function placeKey({ open, kind }: Judged): string {
  const { span } = open.placed.hole;
  return `${kind} ${open.executed.source.path} ${span.start}-${span.end}`;
}

const weight = (severity: Severity): number => SEVERITIES.indexOf(severity);
const startOf = ({ open }: Judged): Span["start"] => open.placed.hole.span.start;

function byWeight(a: Judged, b: Judged): number {
  return weight(b.severity) - weight(a.severity) || startOf(a) - startOf(b);
}

/** Of the values that come to one place (the parts of what a function returns, say) the worst: the place has to change. */
function worstPerPlace<T extends Judged>(found: readonly T[]): Iterable<T> {
  const byPlace = new Map<string, T>();
  for (const one of found) {
    const { span } = one.open.placed.hole;
    const key = `${statementKey(one)} ${span.start}-${span.end}`;
    const before = byPlace.get(key);
    if (before === undefined || weight(one.severity) > weight(before.severity)) byPlace.set(key, one);
  }
  return byPlace.values();
}
