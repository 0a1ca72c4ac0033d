import type { Span } from "../text/span.ts";
import type { Layers } from "./layers.ts";
import type { Unseen } from "./types.ts";
import { addUnseen } from "./unseen-list.ts";

/** Where a statement stands that was parsed, and what the parser saw there when that is not what the base has. */
export interface Seen extends Span {
  readonly bytes: Buffer | null;
  /** Where `bytes` start in the source. */
  readonly from: number;
}

/** Closing and middle tags say nothing of their own; comments are no SQL. */
const SILENT = /^(?:\{#|\{%[-+]?\s*(?:end|else|elif|elsif)|<%[-_]?\s*(?:end|else|elsif|\}|#))/i;
const NOT_SEEN = "stands for SQL that is not seen";
const BRANCH = /^(?:\{%[-+]?|<%[-_]?)\s*(?:if|unless|case|for|while)\b|^<%.*\bdo\b/i;

/**
 * The templates that were taken out because they stand for text we do not have. `statements`, ascending, are those that
 * were parsed: where something stands for the template in one of them, nothing is left unseen.
 */
export function unseenTemplates(
  source: Buffer,
  layers: Layers,
  statements: readonly Seen[],
): readonly Unseen[] {
  const unseen: Unseen[] = [];
  let next = 0;
  for (const { start, end, as } of layers.upper().at(-1)?.regions ?? []) {
    if (as !== "blank") continue;
    while ((statements[next]?.end ?? Number.POSITIVE_INFINITY) <= start) next++;
    const statement = statements[next];
    if (statement !== undefined && statement.start <= start) {
      const bytes = statement.bytes ?? layers.base;
      const from = statement.bytes === null ? 0 : statement.from;
      if (bytes.toString("utf8", start - from, end - from).trim() !== "") continue;
    }
    const text = firstLine(source, { start, end });
    if (SILENT.test(text)) continue;
    const what = BRANCH.test(text)
      ? "template condition is not evaluated, all branches are read that fit together"
      : NOT_SEEN;
    addUnseen(unseen, { span: { start, end }, message: `${what}: ${text}` });
  }
  return unseen;
}

function firstLine(source: Buffer, { start, end }: Span): string {
  return source.toString("utf8", start, Math.min(end, start + 200)).split(/[\r\n]/, 1)[0] ?? "";
}

/** Placeholders that stand for a part of a statement that cannot be guessed. */
export function unseenPlaceholders(source: Buffer, spans: readonly Span[]): readonly Unseen[] {
  const unseen: Unseen[] = [];
  for (const span of spans) addUnseen(unseen, { span, message: `${NOT_SEEN}: ${firstLine(source, span)}` });
  return unseen;
}
