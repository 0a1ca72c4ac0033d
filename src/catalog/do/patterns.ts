/** LIKE and regular expressions as conditions of DO blocks use them. Patterns come from the input: none takes more than a moment. */

/**
 * text LIKE pattern, in time proportional to the product of their lengths.
 * https://www.postgresql.org/docs/current/functions-matching.html#FUNCTIONS-LIKE
 */
export function likeMatches(text: string, pattern: string, fold: boolean): boolean {
  const parts = likeParts(fold ? pattern.toLowerCase() : pattern);
  const subject = fold ? text.toLowerCase() : text;
  let at = 0;
  let next = 0;
  // Where to go on when what follows the last % does not fit: one character further.
  let retry: { at: number; next: number } | null = null;
  while (at < subject.length) {
    const part = parts[next];
    if (part === ANY_TEXT) {
      retry = { at, next: ++next };
    } else if (part === ANY_CHARACTER || part === subject[at]) {
      at++;
      next++;
    } else if (retry !== null) {
      at = ++retry.at;
      next = retry.next;
    } else return false;
  }
  return parts.slice(next).every((part) => part === ANY_TEXT);
}

const ANY_TEXT = Symbol("%");
const ANY_CHARACTER = Symbol("_");

let last: { readonly pattern: string; readonly parts: readonly (string | symbol)[] } | null = null;

/** A scan tests each of its rows with the same pattern: the last one is kept. */
function likeParts(pattern: string): readonly (string | symbol)[] {
  if (last?.pattern === pattern) return last.parts;
  const parts: (string | symbol)[] = [];
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern[at] ?? "";
    if (character === "%") {
      if (parts.at(-1) !== ANY_TEXT) parts.push(ANY_TEXT);
    } else if (character === "_") parts.push(ANY_CHARACTER);
    else parts.push(character === "\\" ? (pattern[++at] ?? "\\") : character);
  }
  last = { pattern, parts };
  return parts;
}

/** Longer texts are no names. */
const LONGEST_TEXT = 1000;
const MOST_REPETITIONS = 3;

/** text ~ pattern; null: not known, because the pattern means something else in JavaScript, or could take long to try. */
export function regexMatches(text: string, pattern: string, fold: boolean): boolean | null {
  // Escapes, look-around, directives and bracket classes of PostgreSQL's own.
  if (/\\[^\w]|\(\?|\[\[|^\*\*\*/.test(pattern)) return null;
  // Backtracking: a repeated group can take exponential time, some repetitions in a row polynomial time.
  if (/\)[*+?{]|\\\d/.test(pattern)) return null;
  const repetitions = pattern.match(/[*+{]/g)?.length ?? 0;
  if (repetitions > MOST_REPETITIONS || (text.length > LONGEST_TEXT && repetitions > 1)) return null;
  try {
    return new RegExp(pattern, fold ? "i" : "").test(text);
  } catch {
    return null;
  }
}
