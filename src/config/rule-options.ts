/** Options of rules, as a configuration gives them: `"rules": {"id": {"level": "high", "option": ["…"]}}`. */

/** What a rule can be told: a list of strings. */
export interface RuleOption {
  /** camelCase. */
  readonly name: string;
  /** What the strings are and what they do, for editors. */
  readonly describe: string;
  /** Where the configuration says nothing. */
  readonly default: readonly string[];
}

/** By rule id. */
export type KnownOptions = ReadonlyMap<string, readonly RuleOption[]>;

/** By `optionKey`. */
export type OptionValues = ReadonlyMap<string, readonly string[]>;

export function optionKey(rule: string, option: string): string {
  return `${rule}.${option}`;
}
