import { isDate } from "../text/date.ts";
import { didYouMean } from "../text/did-you-mean.ts";
import type { Source } from "../text/source.ts";
import {
  fail,
  list,
  type NodeReader,
  quote,
  readItems,
  readMap,
  readString,
  suggestion,
  type Value,
} from "./nodes.ts";
import type { ConfiguredIgnore } from "./types.ts";

const IGNORE_KEYS = ["rule", "object", "reason", "until"] as const;

/** Reads `ignore`: what is set aside, by rule and object, each with a reason. `source` is the configuration's text. */
export function readIgnores(
  reader: NodeReader,
  value: Value,
  known: readonly string[] | null,
  source: Source,
): readonly ConfiguredIgnore[] {
  const text = source.bytes.toString("utf8");
  const found: ConfiguredIgnore[] = [];
  for (const item of readItems(reader, value) ?? []) {
    const parts = new Map<string, string>();
    for (const [name, part, offset] of readMap(reader, item, (key) => `${item.key}.${key}`) ?? []) {
      if (!IGNORE_KEYS.some((key) => key === name)) {
        const meant = didYouMean(name, IGNORE_KEYS);
        fail(
          reader,
          offset,
          `unknown key ${quote(name)} in ${item.key}${meant === null ? `; known keys are ${list(IGNORE_KEYS)}` : suggestion(meant)}`,
        );
        continue;
      }
      const written = readString(reader, part);
      if (written === null) continue;
      parts.set(name, written);
      if (name === "rule" && known !== null && !known.includes(written))
        fail(reader, part, `unknown rule ${quote(written)}${suggestion(didYouMean(written, known))}`);
      if (name === "until" && !isDate(written))
        fail(reader, part, `${part.key} must be a day such as "2027-01-31", not ${quote(written)}`);
      if (name === "reason" && !/[\p{L}\p{N}]/u.test(written)) fail(reader, part, `${part.key} must say why`);
    }
    for (const key of ["rule", "object", "reason"]) {
      if (reader.yaml.isMap(item.node) && !item.node.has(key))
        fail(reader, item, `${item.key} needs ${quote(key)}`);
    }
    const [rule, object, reason] = [parts.get("rule"), parts.get("object"), parts.get("reason")];
    if (rule === undefined || object === undefined || reason === undefined) continue;
    const [from = 0, to = from] = item.node?.range ?? [];
    const start = Buffer.byteLength(text.slice(0, from));
    found.push({
      rule,
      object,
      reason,
      until: parts.get("until") ?? null,
      place: { source, span: { start, end: start + Buffer.byteLength(text.slice(from, to)) } },
    });
  }
  return found;
}
