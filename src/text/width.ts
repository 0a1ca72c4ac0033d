import { eastAsianWidth } from "get-east-asian-width";

const PRINTABLE_ASCII = /^[ -~]*$/;
const INVISIBLE = /^[\p{Mn}\p{Me}\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]+$/u;
const EMOJI = /\p{Emoji_Presentation}|\p{Emoji}\uFE0F|^\p{Regional_Indicator}{2}$/u;

/** Texts of Latin, Greek, Cyrillic, kana, Han and Hangul letters only: there, a code point is a character of its own. */
const ONE_BY_ONE =
  /^[\t -~\u00A1-\u00AC\u00AE-\u02FF\u0370-\u0482\u048A-\u052F\u2010-\u2027\u3001-\u3029\u3041-\u3096\u30A0-\u30FF\u3400-\u4DBF\u4E00-\u9FFF\uAC00-\uD7A3\uFF01-\uFF5E]*$/;

let segmenter: Intl.Segmenter | undefined;

/** The user-perceived characters of a text, in order. */
export function graphemes(text: string): Iterable<string> {
  if (ONE_BY_ONE.test(text)) return text;
  // Created on first need: it costs 10 ms, and most SQL needs none.
  segmenter ??= new Intl.Segmenter("en", { granularity: "grapheme" });
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}

/** How many columns one user-perceived character takes in a terminal: 0, 1 or 2. */
export function graphemeWidth(grapheme: string): number {
  if (ONE_BY_ONE.test(grapheme)) return eastAsianWidth(grapheme.codePointAt(0) ?? 0);
  if (INVISIBLE.test(grapheme)) return 0;
  if (EMOJI.test(grapheme)) return 2;
  return eastAsianWidth(grapheme.codePointAt(0) ?? 0);
}

/** How many columns a text without control characters takes in a terminal. */
export function displayWidth(text: string): number {
  if (PRINTABLE_ASCII.test(text)) return text.length;
  let width = 0;
  for (const grapheme of graphemes(text)) width += graphemeWidth(grapheme);
  return width;
}
