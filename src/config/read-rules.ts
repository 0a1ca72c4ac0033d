import { didYouMean } from "../text/did-you-mean.ts";
import { fail, quote, readKeys, readMap, readOneOf, readStrings, suggestion, type Value } from "./nodes.ts";
import type { Surroundings } from "./read-settings.ts";
import { optionKey } from "./rule-options.ts";
import { LEVELS } from "./severity.ts";
import type { RuleLevel } from "./types.ts";

/**
 * Levels by `id` or `id/variant`: a word, or a mapping with a `level` and the rule's options, which go into `options`;
 * null: options have no place here.
 */
export function readRules(
  around: Surroundings,
  value: Value,
  options: Map<string, readonly string[]> | null,
): ReadonlyMap<string, RuleLevel> {
  const { reader, knownRules: known } = around;
  const rules = new Map<string, RuleLevel>();
  for (const [name, entry, offset] of readMap(reader, value, (key) => `rules[${quote(key)}]`) ?? []) {
    if (known !== null && !known.includes(name))
      fail(reader, offset, `unknown rule ${quote(name)}${suggestion(didYouMean(name, known))}`);
    const level =
      options !== null && reader.yaml.isMap(entry.node) ? readEntry(around, name, entry, options) : entry;
    const found = level === null ? null : readOneOf(reader, level, LEVELS);
    if (found !== null) rules.set(name, found);
  }
  return rules;
}

/** Reads the options of a rule; what it says of the level is returned. */
function readEntry(
  around: Surroundings,
  rule: string,
  entry: Value,
  options: Map<string, readonly string[]>,
): Value | null {
  const { reader, knownRules, knownOptions } = around;
  // What rules there are is not known everywhere: then their options are not either.
  const names = knownRules === null ? null : (knownOptions?.get(rule) ?? []).map(({ name }) => name);
  const inner = (key: string) => `${entry.key}.${key}`;
  const values =
    names === null
      ? new Map((readMap(reader, entry, inner) ?? []).map(([key, value]) => [key, value]))
      : readKeys(reader, entry, ["level", ...names], inner);
  for (const [name, value] of values) {
    if (name === "level") continue;
    const strings = readStrings(reader, value);
    if (strings !== null)
      options.set(
        optionKey(rule, name),
        strings.map(([text]) => text),
      );
  }
  return values.get("level") ?? null;
}
