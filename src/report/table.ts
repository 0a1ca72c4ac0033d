/** Plain text tables that fit a terminal. */
import { displayWidth, graphemes, graphemeWidth } from "../text/width.ts";

const GAP = 2;
/** Narrower columns help nobody: then the table is wider than the terminal. */
const NARROWEST = 8;
/** Words up to this width are not broken while there is room for them. */
const WORD = 20;

/**
 * Lines of a table, without blanks at their ends. Cells hold safe text. With `columns` the widest cells are broken so
 * that the table fits; null: nothing is broken.
 */
export function tableLines(rows: readonly (readonly string[])[], columns: number | null): string[] {
  const natural: number[] = [];
  const words: number[] = [];
  for (const row of rows)
    row.forEach((cell, i) => {
      natural[i] = Math.max(natural[i] ?? 0, displayWidth(cell));
      for (const word of cell.split(" ")) {
        words[i] = Math.max(words[i] ?? 0, Math.min(WORD, displayWidth(word)));
      }
    });
  const widths = columns === null ? natural : fitted(natural, words, columns - GAP * (natural.length - 1));
  const lines: string[] = [];
  for (const row of rows) {
    const cells = row.map((cell, i) => broken(cell, widths[i] ?? 0));
    const height = Math.max(1, ...cells.map((cell) => cell.length));
    for (let line = 0; line < height; line++) {
      lines.push(
        cells
          .map((cell, i) => {
            const text = cell[line] ?? "";
            return text + " ".repeat(Math.max(0, (widths[i] ?? 0) - displayWidth(text)));
          })
          .join(" ".repeat(GAP))
          .trimEnd(),
      );
    }
  }
  return lines;
}

/** Widths of columns whose sum is at most `room`: first for their words, then what is left for their whole texts. */
function fitted(natural: readonly number[], words: readonly number[], room: number): readonly number[] {
  const forWords = leveled(words, room).map((width, i) =>
    Math.max(width, Math.min(NARROWEST, words[i] ?? 0)),
  );
  const left = room - forWords.reduce((sum, width) => sum + width, 0);
  const wanted = natural.map((width, i) => Math.max(0, width - (forWords[i] ?? 0)));
  const more = leveled(wanted, Math.max(0, left));
  return natural.map((width, i) => Math.min(width, (forWords[i] ?? 0) + (more[i] ?? 0)));
}

/** The numbers with the largest ones cut to one level, so that their sum is at most `room`. */
function leveled(numbers: readonly number[], room: number): readonly number[] {
  const sorted = [...numbers].sort((a, b) => a - b);
  let left = room;
  let level = 0;
  for (const [i, number] of sorted.entries()) {
    level = Math.floor(left / (sorted.length - i));
    if (number > level) break;
    left -= number;
  }
  return numbers.map((number) => Math.min(number, level));
}

/** A cell as lines of at most `width` columns, broken at blanks, a longer word anywhere. */
function broken(cell: string, width: number): string[] {
  if (displayWidth(cell) <= width) return [cell];
  const lines: string[] = [];
  let line = "";
  let used = 0;
  for (const word of cell.split(" ")) {
    const room = displayWidth(word);
    if (line !== "" && used + 1 + room <= width) {
      line += ` ${word}`;
      used += 1 + room;
      continue;
    }
    if (line !== "") lines.push(line);
    line = "";
    used = 0;
    for (const grapheme of graphemes(word)) {
      const more = graphemeWidth(grapheme);
      if (line !== "" && used + more > width) {
        lines.push(line);
        line = "";
        used = 0;
      }
      line += grapheme;
      used += more;
    }
  }
  lines.push(line);
  return lines;
}
