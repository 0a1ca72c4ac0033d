/** What a configuration can say, of a whole file or of one of its databases. */

import type { Source } from "../text/source.ts";
import {
  fail,
  type NodeReader,
  quote,
  readBoolean,
  readInteger,
  readItems,
  readKeys,
  readOneOf,
  readString,
  readStrings,
  type Value,
} from "./nodes.ts";
import { readIgnores } from "./read-ignore.ts";
import { readGlobs, readInnerPath, readPreludes } from "./read-paths.ts";
import { readRules } from "./read-rules.ts";
import type { KnownOptions, OptionValues } from "./rule-options.ts";
import { PERSONAS, type Persona, SEVERITIES, type Severity } from "./severity.ts";
import {
  type ConfiguredIgnore,
  type FileOverride,
  PRESET_NAMES,
  type PresetName,
  type RuleLevel,
} from "./types.ts";

/** Settings of a database. null: not said. */
export interface Settings {
  readonly preset: PresetName | null;
  /** Globs relative to the file's directory; a leading `!` takes files away again. */
  readonly files: readonly string[] | null;
  /** Absolute paths. */
  readonly prelude: readonly string[];
  readonly untrusted: readonly string[];
  readonly admins: readonly string[];
  readonly exposedSchemas: readonly string[] | null;
  readonly postgresVersion: number | null;
  readonly rules: ReadonlyMap<string, RuleLevel>;
  readonly options: OptionValues;
  readonly ignore: readonly ConfiguredIgnore[];
  readonly directSql: boolean | null;
  readonly sessionRole: string | null;
  readonly privilegedFunctions: readonly string[];
  readonly failOn: Severity | null;
  readonly persona: Persona | null;
}

/** One of several databases of a repository. */
export interface NamedSettings extends Settings {
  readonly name: string;
}

/** What a file says itself, with the files that it builds upon. */
export interface WrittenConfig extends Settings {
  /** Absolute paths with their place in the text, in order. */
  readonly extends: readonly (readonly [string, Value])[];
  readonly overrides: readonly FileOverride[];
  readonly databases: readonly NamedSettings[] | null;
}

export const OLDEST_POSTGRES = 14;
export const NEWEST_POSTGRES = 18;

const SETTING_KEYS = [
  "preset",
  "files",
  "prelude",
  "untrusted",
  "admins",
  "exposedSchemas",
  "postgresVersion",
  "rules",
  "ignore",
  "directSql",
  "sessionRole",
  "privilegedFunctions",
  "failOn",
  "persona",
] as const;
export type SettingKey = (typeof SETTING_KEYS)[number];

const KEYS = ["$schema", "extends", ...SETTING_KEYS, "overrides", "databases"] as const;
export type ConfigKey = (typeof KEYS)[number];

const DATABASE_KEYS = ["name", ...SETTING_KEYS] as const;
const OVERRIDE_KEYS = ["files", "rules"] as const;

/** Where the configuration is that is read, and what it may name. */
export interface Surroundings {
  readonly reader: NodeReader;
  /** Absolute path of the file. */
  readonly file: string;
  /** Its directory, absolute. */
  readonly directory: string;
  /** Its text. */
  readonly source: Source;
  /** Files that it names lie in here. */
  readonly root: string;
  readonly knownRules: readonly string[] | null;
  readonly knownOptions?: KnownOptions;
}

/** Reads the top of a configuration. Mistakes are collected in the reader. */
export function readTop(around: Surroundings, top: Value): WrittenConfig {
  const { reader } = around;
  const empty = top.node === null || (reader.yaml.isScalar(top.node) && top.node.value === null);
  const values = empty ? new Map<string, Value>() : readKeys(reader, top, KEYS, (key) => key);
  const schema = values.get("$schema");
  if (schema !== undefined) readString(reader, schema);
  const [files, databases] = [values.get("files"), values.get("databases")];
  if (files !== undefined && databases !== undefined)
    fail(reader, files, "files and databases exclude each other: each database names its own files");
  return {
    ...readSettings(around, values),
    extends: given(values, "extends", (value) => readExtends(around, value)) ?? [],
    overrides: given(values, "overrides", (value) => readOverrides(around, value)) ?? [],
    databases: given(values, "databases", (value) => readDatabases(around, value)),
  };
}

function given<T>(values: ReadonlyMap<string, Value>, key: string, how: (value: Value) => T): T | null {
  const value = values.get(key);
  return value === undefined ? null : how(value);
}

function readSettings(around: Surroundings, values: ReadonlyMap<string, Value>): Settings {
  const { reader, file, root, knownRules } = around;
  const read = <T>(key: SettingKey, how: (value: Value) => T): T | null => given(values, key, how);
  const strings = (key: SettingKey) =>
    read(key, (value) => readStrings(reader, value)?.map(([text]) => text) ?? null);
  const options = new Map<string, readonly string[]>();
  const rules = read("rules", (value) => readRules(around, value, options)) ?? new Map();
  return {
    preset: read("preset", (value) => readOneOf(reader, value, PRESET_NAMES)),
    files: read("files", (value) => readGlobs(reader, value, file, root)),
    prelude: read("prelude", (value) => readPreludes(reader, value, file, root)) ?? [],
    untrusted: (strings("untrusted") ?? []).filter((role) => !isPublic(role)),
    admins: read("admins", (value) => readAdmins(reader, value)) ?? [],
    exposedSchemas: strings("exposedSchemas"),
    postgresVersion: read("postgresVersion", (value) =>
      readInteger(reader, value, OLDEST_POSTGRES, NEWEST_POSTGRES),
    ),
    rules,
    options,
    ignore: read("ignore", (value) => readIgnores(reader, value, knownRules, around.source)) ?? [],
    directSql: read("directSql", (value) => readBoolean(reader, value)),
    sessionRole: read("sessionRole", (value) => readString(reader, value)),
    privilegedFunctions: read("privilegedFunctions", (value) => readQualifiedNames(reader, value)) ?? [],
    failOn: read("failOn", (value) => readOneOf(reader, value, SEVERITIES)),
    persona: read("persona", (value) => readOneOf(reader, value, PERSONAS)),
  };
}

/** A path, or a list of paths, of other configurations. */
function readExtends(around: Surroundings, value: Value): readonly (readonly [string, Value])[] {
  const { reader, file, root } = around;
  const one = reader.yaml.isScalar(value.node)
    ? readString(reader, value, "a path or a list of paths")
    : null;
  const items = reader.yaml.isScalar(value.node)
    ? one === null
      ? []
      : [[one, value] as const]
    : (readStrings(reader, value) ?? []);
  return items.flatMap(([text, item]) => {
    const path = readInnerPath(reader, text, item, file, root);
    return path === null ? [] : [[path, item] as const];
  });
}

function readOverrides(around: Surroundings, value: Value): readonly FileOverride[] {
  const { reader, directory } = around;
  return (readItems(reader, value) ?? []).map((item) => {
    const values = readKeys(reader, item, OVERRIDE_KEYS, (key) => `${item.key}.${key}`);
    for (const key of OVERRIDE_KEYS) {
      if (reader.yaml.isMap(item.node) && !values.has(key))
        fail(reader, item, `${item.key} needs ${quote(key)}`);
    }
    const patterns = given(values, "files", (files) => readStrings(reader, files)) ?? [];
    return {
      directory,
      patterns: patterns.map(([text]) => text),
      rules: given(values, "rules", (rules) => readRules(around, rules, null)) ?? new Map(),
    };
  });
}

function readDatabases(around: Surroundings, value: Value): readonly NamedSettings[] {
  const { reader } = around;
  const items = readItems(reader, value) ?? [];
  if (reader.yaml.isSeq(value.node) && items.length === 0)
    fail(reader, value, `${value.key} must name at least one database; leave it out to have them detected`);
  const names = new Set<string>();
  return items.map((item) => {
    const values = readKeys(reader, item, DATABASE_KEYS, (key) => `${item.key}.${key}`);
    for (const key of ["name", "files"]) {
      if (reader.yaml.isMap(item.node) && !values.has(key))
        fail(reader, item, `${item.key} needs ${quote(key)}`);
    }
    const name = given(values, "name", (part) => {
      const text = readString(reader, part);
      if (text !== null && names.has(text))
        fail(reader, part, `there are two databases named ${quote(text)}`);
      if (text !== null) names.add(text);
      return text;
    });
    return { ...readSettings(around, values), name: name ?? "" };
  });
}

function isPublic(role: string): boolean {
  return role.toLowerCase() === "public";
}

function readAdmins(reader: NodeReader, value: Value): readonly string[] {
  const items = readStrings(reader, value) ?? [];
  for (const [role, item] of items) {
    if (isPublic(role)) fail(reader, item, `${item.key}: PUBLIC is everybody and cannot be an admin`);
  }
  return items.map(([role]) => role);
}

function readQualifiedNames(reader: NodeReader, value: Value): readonly string[] {
  const items = readStrings(reader, value) ?? [];
  for (const [name, item] of items) {
    if (!/^[^.()\s]+\.[^.()\s]+$/.test(name)) {
      fail(
        reader,
        item,
        `${item.key} must be a function's name with its schema, such as "pgr.subscribe", not ${quote(name)}`,
      );
    }
  }
  return items.map(([name]) => name);
}
