/** Values of configuration parameters as PostgreSQL keeps them: as one string (guc.c). */
import { setting } from "./builtin/index.ts";
import { quotedName } from "./keywords.ts";
import type { Settings } from "./model.ts";

/** flatten_set_variable_args(): list elements as one string, names in lists of names in quotes where they need them. */
export function settingText(name: string, values: readonly string[], postgresVersion: number): string {
  const list = setting(name, postgresVersion)?.list ?? false;
  return values.map((value) => (list === "quoted" ? quotedName(value) : value)).join(", ");
}

/** `name=value` as in proconfig and setconfig, sorted. */
export function storedTexts(settings: Settings, postgresVersion: number): readonly string[] {
  return [...settings.values()]
    .map(({ name, values }) => {
      const stored = setting(name, postgresVersion)?.name ?? name;
      return `${stored}=${settingText(name, values, postgresVersion)}`;
    })
    .sort();
}

/** SplitIdentifierString() on a list of names given as one string: names folded unless quoted. */
export function splitNames(text: string): readonly string[] {
  const names: string[] = [];
  for (const [, inQuotes, plain] of text.matchAll(/"((?:[^"]|"")*)"|([^,\s"]+)/g)) {
    names.push(inQuotes === undefined ? (plain ?? "").toLowerCase() : inQuotes.replaceAll('""', '"'));
  }
  return names;
}

/** The elements of a stored text: names of a list of names, otherwise the text alone. */
export function settingValues(name: string, text: string, postgresVersion: number): readonly string[] {
  return setting(name, postgresVersion)?.list === "quoted" ? splitNames(text) : [text];
}

/** A boolean as parse_bool reads it; null when it is none. */
export function booleanSetting(text: string): boolean | null {
  const word = text.toLowerCase();
  if (word === "") return null;
  for (const [value, least] of [
    ["true", 1],
    ["yes", 1],
    ["on", 2],
    ["1", 1],
  ] as const) {
    if (word.length >= least && value.startsWith(word)) return true;
  }
  for (const [value, least] of [
    ["false", 1],
    ["no", 1],
    ["off", 2],
    ["0", 1],
  ] as const) {
    if (word.length >= least && value.startsWith(word)) return false;
  }
  return null;
}
