import { safeText } from "../text/safe.ts";
import { displayWidth } from "../text/width.ts";

/** So much of a line is shown before and behind the place, in UTF-16 units. */
const BEFORE = 60;
const BEHIND = 40;

/** A line of a text with a caret under a place of it; line and column are 1-based, in UTF-16 units. */
export function caretFrame(text: string, line: number, column: number): readonly string[] {
  const whole = (text.split(/\r\n|\n|\r/, line)[line - 1] ?? "")
    .replaceAll("\t", " ")
    .replace(/^\uFEFF/, " ");
  const at = Math.min(column - 1, whole.length);
  const from = Math.max(0, at - BEFORE);
  const before = `${from > 0 ? "…" : ""}${safeText(whole.slice(from, at))}`;
  const rest = safeText(whole.slice(at, at + BEHIND));
  const gutter = " ".repeat(String(line).length);
  return [
    `${line} | ${before}${rest}${at + BEHIND < whole.length ? "…" : ""}`,
    `${gutter} | ${" ".repeat(displayWidth(before))}^`,
  ];
}
