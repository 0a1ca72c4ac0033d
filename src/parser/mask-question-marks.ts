import { advance, isOperator, lexerAt, wordAt } from "./lexer.ts";
import { type Masked, type Region, writeName } from "./mask.ts";

const QUESTION_MARK = 63;

/** Signs after which a value follows: `( , = < > + - * / % |`. */
const SIGNS: ReadonlySet<number> = new Set([..."(,=<>+-*/%|"].map((sign) => sign.charCodeAt(0)));

const WORDS: ReadonlySet<string> = new Set(
  `all and any between by case else ilike in interval like limit not offset on or return select set similar then using values when
  where`.split(/\s+/),
);

/**
 * Masks `?` where a value is expected, as drivers write their parameters: an identifier stands there. PostgreSQL's own operator of that
 * name stands between operands.
 */
export function maskQuestionMarks(source: Buffer): Masked {
  if (!source.includes(QUESTION_MARK)) return { bytes: source, regions: [] };
  const bytes = Buffer.from(source);
  const regions: Region[] = [];
  const lexer = lexerAt(bytes, 0, bytes.length);
  let isValueNext = false;
  while (advance(lexer) !== "end") {
    const { kind, start, end } = lexer;
    const byte = bytes[start] ?? 0;
    if (isValueNext && kind === "other" && byte === QUESTION_MARK && !isOperator(bytes[end])) {
      writeName(bytes, start, start + 1);
      regions.push({ start, end: start + 1, as: "name" });
      isValueNext = false;
    } else if (kind !== "comment") {
      isValueNext =
        kind === "word"
          ? end - start <= 8 && WORDS.has(wordAt(bytes, start, end))
          : kind === "other" && SIGNS.has(byte);
    }
  }
  return regions.length === 0 ? { bytes: source, regions } : { bytes, regions };
}
