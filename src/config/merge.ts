import { dirname, posix, relative, sep } from "node:path";
import type { ConfigFile } from "./read.ts";
import type { NamedSettings, Settings, WrittenConfig } from "./read-settings.ts";
import type { OptionValues } from "./rule-options.ts";

/** A file on top of those it extends: lists are joined, other values replaced. */
export function merged(
  file: string,
  shown: string,
  bases: readonly ConfigFile[],
  written: WrittenConfig,
): ConfigFile {
  let below: Settings | null = null;
  let databases: readonly NamedSettings[] | null = null;
  for (const base of bases) {
    const moved = { ...base, files: rebased(base.files, base.file, file) };
    below = below === null ? moved : onTop(below, moved);
    databases =
      base.databases?.map((one) => ({ ...one, files: rebased(one.files, base.file, file) })) ?? databases;
  }
  const own = below === null ? written : onTop(below, written);
  return {
    ...settingsOf(own),
    file,
    shown,
    overrides: [...bases.flatMap((base) => base.overrides), ...written.overrides],
    databases:
      written.databases?.map((one) => ({ ...onTop({ ...own, files: null }, one), name: one.name })) ??
      (written.files === null ? databases : null),
  };
}

/** Globs of one file as the other would write them. */
function rebased(globs: readonly string[] | null, from: string, to: string): readonly string[] | null {
  const way = relative(dirname(to), dirname(from)).split(sep).join("/");
  if (globs === null || way === "") return globs;
  return globs.map((glob) =>
    glob.startsWith("!") ? `!${posix.join(way, glob.slice(1))}` : posix.join(way, glob),
  );
}

/** What `upper` says on top of what `lower` says. */
function onTop(lower: Settings, upper: Settings): Settings {
  return {
    preset: upper.preset ?? lower.preset,
    files: upper.files ?? lower.files,
    prelude: union(lower.prelude, upper.prelude),
    untrusted: union(lower.untrusted, upper.untrusted),
    admins: union(lower.admins, upper.admins),
    exposedSchemas: upper.exposedSchemas ?? lower.exposedSchemas,
    postgresVersion: upper.postgresVersion ?? lower.postgresVersion,
    rules: new Map([...lower.rules, ...upper.rules]),
    options: joined(lower.options, upper.options),
    ignore: [...lower.ignore, ...upper.ignore],
    directSql: upper.directSql ?? lower.directSql,
    sessionRole: upper.sessionRole ?? lower.sessionRole,
    privilegedFunctions: union(lower.privilegedFunctions, upper.privilegedFunctions),
    failOn: upper.failOn ?? lower.failOn,
    persona: upper.persona ?? lower.persona,
  };
}

/** The settings of a wider object, without what else it holds. */
function settingsOf(own: Settings): Settings {
  const nothing: Settings = {
    preset: null,
    files: null,
    prelude: [],
    untrusted: [],
    admins: [],
    exposedSchemas: null,
    postgresVersion: null,
    rules: new Map(),
    options: new Map(),
    ignore: [],
    directSql: null,
    sessionRole: null,
    privilegedFunctions: [],
    failOn: null,
    persona: null,
  };
  return onTop(nothing, own);
}

function joined(lower: OptionValues, upper: OptionValues): OptionValues {
  const all = new Map(lower);
  for (const [key, values] of upper) all.set(key, union(all.get(key) ?? [], values));
  return all;
}

function union(first: readonly string[], second: readonly string[]): readonly string[] {
  return [...new Set([...first, ...second])];
}
