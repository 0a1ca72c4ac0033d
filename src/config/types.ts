import type { Place, Source } from "../text/source.ts";
import type { OptionValues } from "./rule-options.ts";
import type { Persona, Severity } from "./severity.ts";

export const PRESET_NAMES = ["none", "supabase", "postgrest", "pgstack", "pgtrickle", "extension"] as const;
export type PresetName = (typeof PRESET_NAMES)[number];

/** Who is trusted how far. Role names as stored in pg_authid. PUBLIC is always untrusted and not listed. */
export interface TrustModel {
  readonly untrusted: readonly string[];
  /** The untrusted roles have the names that are usual; the database need not have all of them. */
  readonly byConvention: boolean;
  readonly admins: readonly string[];
  /** Schemas clients reach through an API: untrusted roles are taken to have USAGE there. */
  readonly exposedSchemas: readonly string[];
  /** Who says which these are. What the configuration says counts before what the platform's settings in the SQL say. */
  readonly exposureFrom: "preset" | "platform" | "configuration";
  /** Untrusted roles can send SQL of their own. */
  readonly directSql: boolean;
}

/** A platform: SQL that states what it provides, plus whom to trust. */
export interface Preset {
  readonly name: PresetName;
  readonly prelude: readonly Source[];
  readonly trust: TrustModel;
  /** search_path of a session that deploys: `["$user", "public"]` unless the platform says otherwise. */
  readonly searchPath: readonly string[];
}

/** A finding that the configuration sets aside, by its object. */
export interface ConfiguredIgnore {
  /** `id` or `id/variant`. */
  readonly rule: string;
  /** Identity of the object, such as `public.f(integer)`. */
  readonly object: string;
  readonly reason: string;
  /** The last day on which it counts, `2027-01-31`; null: always. */
  readonly until: string | null;
  /** Where it stands in the configuration. */
  readonly place: Place;
}

/** Other levels for findings in some files. */
export interface FileOverride {
  /** Absolute path of the directory that the patterns are relative to. */
  readonly directory: string;
  /** Written as in .gitignore. */
  readonly patterns: readonly string[];
  readonly rules: ReadonlyMap<string, RuleLevel>;
}

export type RuleLevel = Severity | "off";

/** The configuration of one database after merging file, preset and defaults. */
export interface Config {
  /** Absolute path of the file it was read from; null: defaults only. */
  readonly file: string | null;
  readonly preset: Preset;
  /** Why this preset: "configured in pgvet.json", "found supabase/config.toml", … for the run to say. */
  readonly presetReason: string;
  /** Ordered globs relative to the configuration file; null: detected. */
  readonly files: readonly string[] | null;
  /** Preludes in order: the preset's, then the configured ones. */
  readonly prelude: readonly Source[];
  readonly trust: TrustModel;
  /** Major version, 14 or later. */
  readonly postgresVersion: number;
  /** `id` or `id/variant` → level. */
  readonly rules: ReadonlyMap<string, RuleLevel>;
  /** What rules are told; what is not here is as the rule says. */
  readonly options: OptionValues;
  /** Other levels for findings in some files; the last that fits counts. */
  readonly overrides: readonly FileOverride[];
  /** Findings that are set aside. */
  readonly ignore: readonly ConfiguredIgnore[];
  readonly sessionRole: string;
  /** Qualified names of functions that are as privileged as pgr.subscribe. */
  readonly privilegedFunctions: readonly string[];
  readonly failOn: Severity;
  /** Whose findings are shown: this one's and those before it. */
  readonly persona: Persona;
}
