import { renderLine } from "../text/render-line.ts";
import { lineNumberAt, lineSpan, type Source } from "../text/source.ts";
import type { Span } from "../text/span.ts";
import { labelledRows, type Paints, paintRow, type Row, type Tone, write } from "./frame-rows.ts";

/** A place in a frame with its label; the label is safe for a terminal. Spans are bytes. */
export interface Mark {
  readonly span: Span;
  readonly label: string;
  readonly primary: boolean;
}

export interface FrameOptions extends Paints {
  /** Digits of the largest line number, of all frames that stand together. */
  readonly gutter: number;
  /** Columns of the terminal. */
  readonly width: number;
}

/** A mark with the 1-based lines it goes over; `slot` is its bar at the left when these are several. */
interface Laid extends Mark {
  readonly first: number;
  readonly last: number;
  readonly slot: number | null;
}

const MAX_BARS = 4;
/** Of a longer span only the first and last line are shown. */
const WHOLE_SPAN_LINES = 5;

/** The 1-based line on which a mark ends. */
export function lastLineOf(source: Source, span: Span): number {
  return lineNumberAt(source, span.end > span.start ? span.end - 1 : span.start);
}

/** The source lines with marks, in order, under each other: rows between the `-->` line and the notes. */
export function frameRows(source: Source, marks: readonly Mark[], options: FrameOptions): string[] {
  const laid = layOut(source, marks);
  const bars = 1 + Math.max(-1, ...laid.map((mark) => mark.slot ?? -1));
  const lines = shownLines(laid);
  const rows: string[] = [gutterRow(options, "", "")];
  const active: (Tone | null)[] = Array.from({ length: bars }, () => null);
  let previous: number | null = null;
  for (const line of lines) {
    if (previous !== null && line > previous + 1) {
      rows.push(
        `${options.frame("...")}${" ".repeat(options.gutter + 1)}${barsOf(active, options)}`.trimEnd(),
      );
    }
    rows.push(...lineRows(source, line, laid, active, options));
    previous = line;
  }
  rows.push(gutterRow(options, "", ""));
  return rows;
}

/** Lines of every mark, and the left-hand bars of those that go over several: outer spans get the outer bars. */
function layOut(source: Source, marks: readonly Mark[]): Laid[] {
  const placed = marks.map((mark) => ({
    ...mark,
    first: lineNumberAt(source, mark.span.start),
    last: lastLineOf(source, mark.span),
  }));
  placed.sort((a, b) => a.first - b.first || b.last - a.last || a.span.start - b.span.start);
  const busyUntil: number[] = [];
  return placed.map((mark): Laid => {
    if (mark.first === mark.last) return { ...mark, slot: null };
    let slot = busyUntil.findIndex((last) => last < mark.first);
    if (slot < 0) slot = busyUntil.length;
    if (slot >= MAX_BARS) {
      // So many spans across lines in one picture help nobody: the rest is marked on its first line.
      const span = { start: mark.span.start, end: lineSpan(source, mark.first).end };
      return { ...mark, span, last: mark.first, slot: null };
    }
    busyUntil[slot] = mark.last;
    return { ...mark, slot };
  });
}

/** The lines to show, ascending. A gap of one line is filled: `...` would be no shorter. */
function shownLines(laid: readonly Laid[]): number[] {
  const wanted = new Set<number>();
  for (const { first, last } of laid) {
    wanted.add(first).add(last);
    if (last - first < WHOLE_SPAN_LINES) for (let line = first + 1; line < last; line++) wanted.add(line);
  }
  const sorted = [...wanted].sort((a, b) => a - b);
  const lines: number[] = [];
  for (const line of sorted) {
    const before = lines.at(-1);
    if (before !== undefined && line === before + 2) lines.push(line - 1);
    lines.push(line);
  }
  return lines;
}

/** One source line and everything that is drawn under it. Updates which bars go on below it. */
function lineRows(
  source: Source,
  line: number,
  laid: readonly Laid[],
  active: (Tone | null)[],
  options: FrameOptions,
): string[] {
  const onLine = laid.filter((mark) => mark.first === line || mark.last === line);
  const offset = active.length === 0 ? 0 : active.length + 1;
  const width = Math.max(20, options.width - options.gutter - 4 - offset);
  const rendered = renderLine(source, line, focusOf(onLine, line, lineSpan(source, line)), width);
  const startsClean = (mark: Laid): boolean => rendered.text.slice(0, startColumn(mark)).trim() === "";
  const startColumn = (mark: Laid): number => rendered.columnsOf(mark.span).start;

  const starting = onLine.filter((mark) => mark.slot !== null && mark.first === line);
  const clean = new Set(starting.filter((mark) => startsClean(mark)));
  const sourceRow: Row = barsRow(active);
  for (const mark of clean) write(sourceRow, mark.slot ?? 0, "/", toneOf(mark));
  if (rendered.text !== "") write(sourceRow, offset, rendered.text, null);
  const rows = [gutterRow(options, String(line), paintRow(sourceRow, options))];

  for (const mark of clean) active[mark.slot ?? 0] = toneOf(mark);
  const singles = onLine.filter((mark) => mark.slot === null);
  for (const row of labelledRows(
    singles.map((mark) => ({ ...rendered.columnsOf(mark.span), label: mark.label, tone: toneOf(mark) })),
  )) {
    const full = barsRow(active);
    row.forEach((cell, i) => {
      if (cell !== undefined) full[offset + i] = cell;
    });
    rows.push(gutterRow(options, "", paintRow(full, options)));
  }
  for (const mark of starting) {
    if (clean.has(mark)) continue;
    const row = barsRow(active);
    crossTo(row, mark.slot ?? 0, offset + startColumn(mark), mark);
    rows.push(gutterRow(options, "", paintRow(row, options)));
    active[mark.slot ?? 0] = toneOf(mark);
  }
  const ending = onLine.filter((mark) => mark.slot !== null && mark.last === line);
  for (const mark of ending.sort((a, b) => (b.slot ?? 0) - (a.slot ?? 0))) {
    const row = barsRow(active);
    const column = offset + Math.max(0, rendered.columnsOf(mark.span).end - 1);
    crossTo(row, mark.slot ?? 0, column, mark);
    write(row, mark.slot ?? 0, "|", toneOf(mark));
    if (mark.label !== "") write(row, column + 2, mark.label, toneOf(mark));
    rows.push(gutterRow(options, "", paintRow(row, options)));
    active[mark.slot ?? 0] = null;
  }
  return rows;
}

/** What a clipped line must show: the primary mark's part of it, else the first mark's. */
function focusOf(onLine: readonly Laid[], line: number, whole: Span): Span {
  const mark = onLine.find((candidate) => candidate.primary) ?? onLine[0];
  if (mark === undefined) return { start: whole.start, end: whole.start };
  if (mark.slot === null) return mark.span;
  if (mark.first === line) return { start: mark.span.start, end: mark.span.start };
  return { start: mark.span.end - 1, end: mark.span.end };
}

/** A line from a bar to a column, under or over the bars on its way. */
function crossTo(row: Row, slot: number, column: number, mark: Mark): void {
  for (let i = slot + 1; i < column; i++) if (row[i] === undefined) write(row, i, "_", toneOf(mark));
  write(row, column, mark.primary ? "^" : "-", toneOf(mark));
}

function barsRow(active: readonly (Tone | null)[]): Row {
  const row: Row = [];
  active.forEach((tone, slot) => {
    if (tone !== null) write(row, slot, "|", tone);
  });
  return row;
}

function barsOf(active: readonly (Tone | null)[], options: FrameOptions): string {
  return paintRow(barsRow(active), options);
}

function toneOf(mark: Mark): Tone {
  return mark.primary ? "primary" : "related";
}

function gutterRow(options: FrameOptions, number: string, rest: string): string {
  const gutter = options.frame(` ${number.padStart(options.gutter)} |`);
  return rest === "" ? gutter : `${gutter} ${rest}`;
}
