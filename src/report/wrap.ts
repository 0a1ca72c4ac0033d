import { displayWidth } from "../text/width.ts";

/** Narrower than this, wrapping would make text worse. */
const NARROWEST = 30;

/** Breaks a text at blanks into lines of at most `room` columns; a longer word keeps a line of its own. null: no limit. */
export function wrapWords(text: string, room: number | null): string[] {
  if (room === null || room < NARROWEST) return [text];
  const lines: string[] = [];
  let line = "";
  let width = 0;
  for (const word of text.split(" ")) {
    const more = displayWidth(word);
    if (line !== "" && width + 1 + more > room) {
      lines.push(line);
      line = word;
      width = more;
    } else {
      width += more + (line === "" ? 0 : 1);
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  lines.push(line);
  return lines;
}
