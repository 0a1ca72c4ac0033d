import { safeText } from "./safe.ts";
import { lineSpan, type Source } from "./source.ts";
import type { Span } from "./span.ts";
import { displayWidth, graphemes, graphemeWidth } from "./width.ts";

/** One line of a source as it can be shown in a terminal: nothing in it acts, and its width is known. */
export interface RenderedLine {
  readonly text: string;
  /** How many terminal columns `text` takes. */
  readonly width: number;
  /** The 0-based terminal columns that a byte span of the source covers; what was clipped away is at the nearest edge. */
  columnsOf(span: Span): { readonly start: number; readonly end: number };
}

const TAB = 4;
const ELLIPSIS = "…";
const REPLACEMENT = "\uFFFD";
const BYTE_ORDER_MARK = "\uFEFF";

/** One user-perceived character: where it is in the source, where on the screen, and what is shown for it. */
interface Cell {
  readonly byte: number;
  readonly column: number;
  readonly shown: string;
}

/** Renders a 1-based line of a source in at most `width` columns, clipped with `…` around `focus` (bytes). */
export function renderLine(source: Source, line: number, focus: Span, width: number): RenderedLine {
  const whole = lineSpan(source, line);
  if (whole.end - whole.start <= width) {
    const plain = plainLine(source.bytes, whole);
    if (plain !== null) return plain;
  }
  const window = byteWindow(source.bytes, whole, focus, width);
  const cells = layOut(source.bytes, window);
  const end = cells.pop()?.column ?? 0;
  const view = clip(cells, end, columnsIn(cells, window.end, end, focus), {
    width,
    cutLeft: window.start > whole.start,
    cutRight: window.end < whole.end,
  });
  return {
    text: view.text,
    width: view.width,
    columnsOf(span) {
      const columns = columnsIn(cells, window.end, end, span);
      return { start: Math.min(view.column(columns.start), view.last), end: view.column(columns.end) };
    },
  };
}

/** Most lines: every byte is a character of one column and stands for itself. Null for the others. */
function plainLine(bytes: Buffer, line: Span): RenderedLine | null {
  const text = bytes.toString("latin1", line.start, line.end);
  if (!/^[ -~]*$/.test(text) || text.includes("##")) return null;
  const width = text.length;
  const columnOf = (byte: number): number => Math.max(0, Math.min(byte - line.start, width));
  return {
    text,
    width,
    columnsOf(span) {
      const start = columnOf(span.start);
      if (span.end <= span.start) return { start, end: start };
      return { start, end: Math.max(start, columnOf(Math.max(span.end, line.start + 1))) };
    },
  };
}

/** The part of a line that is looked at: a bounded number of bytes around the focus, whole characters. */
function byteWindow(bytes: Buffer, line: Span, focus: Span, width: number): Span {
  // Enough for letters of three bytes in one column each.
  const room = 3 * width + 16;
  const at = Math.max(line.start, Math.min(focus.start, line.end));
  let start = Math.max(line.start, at - room);
  let end = Math.min(line.end, at + room);
  while (start > line.start && ((bytes[start] ?? 0) & 0xc0) === 0x80) start--;
  while (end < line.end && ((bytes[end] ?? 0) & 0xc0) === 0x80) end++;
  return { start, end };
}

/** The cells of a part of the source, and one empty cell behind the last. */
function layOut(bytes: Buffer, window: Span): Cell[] {
  const text = bytes.toString("utf8", window.start, window.end);
  const cells: Cell[] = [];
  const commands = new Set<number>();
  for (const match of text.matchAll(/#(?=#\w*\[)/g)) commands.add(match.index);
  let byte = window.start;
  let column = 0;
  let unit = 0;
  for (const grapheme of graphemes(text)) {
    let shown = grapheme;
    let width = 1;
    if (grapheme === "\t") {
      width = TAB - (column % TAB);
      shown = " ".repeat(width);
    } else if (grapheme === BYTE_ORDER_MARK && byte === 0) {
      shown = "";
      width = 0;
    } else if (commands.has(unit)) {
      shown = "\\u{23}";
      width = shown.length;
    } else if (grapheme.length > 1 || grapheme < " " || grapheme > "~") {
      shown = safeText(grapheme);
      width = shown === grapheme ? graphemeWidth(grapheme) : displayWidth(shown);
    }
    cells.push({ byte, column, shown });
    byte += grapheme.includes(REPLACEMENT)
      ? lengthInBytes(bytes, byte, grapheme)
      : Buffer.byteLength(grapheme, "utf8");
    unit += grapheme.length;
    column += width;
  }
  cells.push({ byte, column, shown: "" });
  return cells;
}

/** How many bytes decode to this text, which may contain replacement characters for bytes that are not UTF-8. */
function lengthInBytes(bytes: Buffer, start: number, text: string): number {
  let at = start;
  for (const character of text) {
    const written = character !== REPLACEMENT || bytes.toString("utf8", at, at + 3) === REPLACEMENT;
    let length = written ? Buffer.byteLength(character, "utf8") : 1;
    // One replacement stands for a sequence that breaks off, as far as it goes.
    if (!written) while (length < 3 && bytes.toString("utf8", at, at + length + 1) === REPLACEMENT) length++;
    at += length;
  }
  return at - start;
}

/** The columns of a byte span before clipping: from the cell it starts in to behind the cell it ends in. */
function columnsIn(cells: readonly Cell[], endByte: number, endColumn: number, span: Span): Span {
  const startCell = cells[cellAt(cells, span.start)];
  const start = startCell === undefined || span.start >= endByte ? endColumn : startCell.column;
  if (span.end <= span.start) return { start, end: start };
  if (span.end >= endByte) return { start, end: endColumn };
  const last = cellAt(cells, span.end - 1);
  return { start, end: Math.max(start, cells[last + 1]?.column ?? endColumn) };
}

/** Index of the cell that holds a byte; the first one when the byte is before all. */
function cellAt(cells: readonly Cell[], byte: number): number {
  let low = 0;
  let high = cells.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((cells[middle]?.byte ?? 0) <= byte) low = middle;
    else high = middle - 1;
  }
  return Math.max(low, 0);
}

interface View {
  readonly text: string;
  readonly width: number;
  /** The last column that a span can start at: behind the text, or on the ellipsis that ends it. */
  readonly last: number;
  /** Where a column before clipping is afterwards. */
  column(before: number): number;
}

function clip(
  cells: readonly Cell[],
  total: number,
  focus: Span,
  how: { readonly width: number; readonly cutLeft: boolean; readonly cutRight: boolean },
): View {
  const left = how.cutLeft ? 1 : 0;
  if (left + total + (how.cutRight ? 1 : 0) <= how.width) {
    return {
      text: (how.cutLeft ? ELLIPSIS : "") + shown(cells) + (how.cutRight ? ELLIPSIS : ""),
      width: left + total + (how.cutRight ? 1 : 0),
      last: left + total,
      column: (before) => before + left,
    };
  }
  // Two columns are set aside for the ellipses.
  const room = Math.max(how.width - 2, 1);
  let from = 0;
  if (Math.max(focus.end, focus.start + 1) > room) {
    const margin = Math.floor(Math.max(room - (focus.end - focus.start), room / 5) / 2);
    from = Math.max(0, Math.min(focus.start - margin, total - room));
  }
  const endOf = (i: number): number => cells[i + 1]?.column ?? total;
  let low = 0;
  while (low < cells.length && (cells[low]?.column ?? 0) < from) low++;
  let high = low;
  while (high < cells.length && endOf(high) <= from + room) high++;
  const first = cells[low]?.column ?? total;
  const behind = cells[high]?.column ?? total;
  const before = how.cutLeft || low > 0 ? ELLIPSIS : "";
  const after = how.cutRight || high < cells.length ? ELLIPSIS : "";
  const width = before.length + behind - first + after.length;
  return {
    text: before + shown(cells.slice(low, high)) + after,
    width,
    last: width - after.length,
    column: (column) => {
      if (column < first) return 0;
      if (column > behind) return width;
      return column - first + before.length;
    },
  };
}

function shown(cells: readonly Cell[]): string {
  return cells.map((cell) => cell.shown).join("");
}
