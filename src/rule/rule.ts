import type { KnownOptions } from "../config/rule-options.ts";
import type { RuleDefinition } from "./define.ts";

/** A rule with its id: the name of its folder. */
export interface Rule extends RuleDefinition<string> {
  readonly id: string;
}

/** Every name a configuration may use: ids and `id/variant`s. */
export function ruleNames(rules: readonly Rule[]): readonly string[] {
  return rules.flatMap((rule) => [
    rule.id,
    ...Object.keys(rule.variants).map((variant) => `${rule.id}/${variant}`),
  ]);
}

/** What a configuration may tell each rule. */
export function ruleOptions(rules: readonly Rule[]): KnownOptions {
  return new Map(rules.map(({ id, options }) => [id, options ?? []]));
}
