/** Whose colour something has; null: none. */
export type Tone = "primary" | "related";

export interface Paints {
  readonly frame: (text: string) => string;
  readonly primary: (text: string) => string;
  readonly related: (text: string) => string;
}

/** A row of terminal columns, holes being blanks. A text that takes several columns stands in its first one. */
export type Row = { readonly text: string; readonly tone: Tone | null }[];

/** Puts a text at a column. Nothing may be written behind a text of several columns. */
export function write(row: Row, column: number, text: string, tone: Tone | null): void {
  row[column] = { text, tone };
}

/** The row as a string, without blanks at its end, neighbours of one colour painted together. */
export function paintRow(row: Row, paints: Paints): string {
  let result = "";
  let run = "";
  let runTone: Tone | null = null;
  const flush = (): void => {
    result += runTone === null ? run : paints[runTone](run);
    run = "";
  };
  for (let i = 0; i < row.length; i++) {
    const cell = row[i];
    const tone = cell === undefined ? null : cell.tone;
    if (tone !== runTone) flush();
    runTone = tone;
    run += cell === undefined ? " " : cell.text;
  }
  flush();
  return result.trimEnd();
}

/** A stretch of columns under one source line, with what to say about it. */
export interface Underline {
  readonly start: number;
  readonly end: number;
  readonly label: string;
  readonly tone: Tone;
}

/**
 * The rows under a source line: all underlines in one row, with the label that fits behind them; below it the other
 * labels, right to left, each hanging from where its underline starts.
 */
export function labelledRows(underlines: readonly Underline[]): Row[] {
  if (underlines.length === 0) return [];
  const items = underlines
    .map((item) => ({ ...item, end: Math.max(item.end, item.start + 1) }))
    .sort((a, b) => a.start - b.start || a.end - b.end);
  const extent = Math.max(...items.map((item) => item.end));

  const line: Row = [];
  const widestFirst = [...items].sort(
    (a, b) =>
      b.end - b.start - (a.end - a.start) || Number(a.tone === "primary") - Number(b.tone === "primary"),
  );
  for (const { start, end, tone } of widestFirst) {
    for (let i = start; i < end; i++) write(line, i, tone === "primary" ? "^" : "-", tone);
  }
  const labelled = items.filter((item) => item.label !== "");
  const beside = labelled.filter((item) => item.end === extent);
  const inline = beside.find((item) => item.tone === "primary") ?? beside.at(-1);
  if (inline !== undefined) write(line, extent + 1, inline.label, inline.tone);

  const rows = [line];
  const hanging = labelled.filter((item) => item !== inline);
  if (hanging.length > 0) rows.push(connectors(hanging));
  for (let i = hanging.length - 1; i >= 0; i--) {
    const item = hanging[i];
    if (item === undefined) continue;
    const row = connectors(hanging.slice(0, i).filter((other) => other.start < item.start));
    write(row, item.start, item.label, item.tone);
    rows.push(row);
  }
  return rows;
}

function connectors(items: readonly Underline[]): Row {
  const row: Row = [];
  for (const { start, tone } of items) write(row, start, "|", tone);
  return row;
}
