import { blank } from "./encoding.ts";
import type { Masked, Region } from "./mask.ts";

/** What opens, divides and closes alternatives: templates, ERB, psql. */
const OPENS =
  /^(?:\{%[-+]?\s*(?:if|unless|for|case|block|macro|call|filter|with|raw)\b|<%[-_]?\s*(?:if|unless|case|for|while)\b|<%.*\bdo\b|\\if\b)/i;
const DIVIDES = /^(?:\{%[-+]?\s*|<%[-_]?\s*|\\)(?:else|elif|elsif|elseif)/i;
const CLOSES = /^(?:\{%[-+]?\s*end(?!set)|<%[-_]?\s*(?:end|\})|\\endif\b)/i;

/** A tag is told by its first words. */
const LOOKED_AT = 80;

/**
 * Takes out every alternative but the first, for a statement that only one of them completes (`SELECT {% if x %} a {% else %} b
 * {% endif %} FROM t`). `tags` are the regions of `below` and of what was masked before, ascending; null: there are no alternatives.
 */
export function maskOtherBranches(source: Buffer, below: Masked, tags: readonly Region[]): Masked | null {
  const others = otherBranches(source, tags);
  if (others.length === 0) return null;
  const bytes = Buffer.from(below.bytes);
  for (const { start, end } of others) blank(bytes, start, end);
  return { bytes, regions: others };
}

/** The stretches from `else` to the end of the alternatives, outermost only, ascending. */
function otherBranches(source: Buffer, tags: readonly Region[]): readonly Region[] {
  const found: Region[] = [];
  /** For each open tag, where its second branch begins; -1: still in the first. */
  const open: number[] = [];
  for (const { start, end, as } of tags) {
    if (as !== "blank") continue;
    const text = source.toString("latin1", start, Math.min(end, start + LOOKED_AT));
    if (OPENS.test(text)) open.push(-1);
    else if (DIVIDES.test(text)) {
      const last = open.length - 1;
      if (open[last] === -1) open[last] = start;
    } else if (CLOSES.test(text)) {
      const from = open.pop();
      if (from !== undefined && from >= 0 && !open.some((outer) => outer >= 0))
        found.push({ start: from, end: start, as: "blank" });
    }
  }
  return found;
}
