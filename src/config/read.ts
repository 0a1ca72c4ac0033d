import { isUtf8 } from "node:buffer";
import { readFileSync, statSync } from "node:fs";
import { basename, dirname, isAbsolute, resolve } from "node:path";
import type { CST } from "yaml";
import { didYouMean } from "../text/did-you-mean.ts";
import { isInside, isReallyInside, shownPath } from "../text/paths.ts";
import type { Source } from "../text/source.ts";
import { UsageError } from "../text/usage-error.ts";
import { blankComments } from "./json-comments.ts";
import type { ConfigLocation } from "./locate.ts";
import {
  fail,
  list,
  type NodeReader,
  quote,
  readBoolean,
  readInteger,
  readMap,
  readOneOf,
  readString,
  readStrings,
  suggestion,
  type Value,
} from "./nodes.ts";
import { readIgnores } from "./read-ignore.ts";
import { SEVERITIES, type Severity } from "./severity.ts";
import { type ConfiguredIgnore, PRESET_NAMES, type PresetName, type RuleLevel } from "./types.ts";

/** What a configuration file says, checked, before preset and defaults are merged in. null: not said. */
export interface ConfigFile {
  /** Absolute path of the file. */
  readonly file: string;
  /** The file as shown to people, relative to the working directory. */
  readonly shown: string;
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
  readonly ignore: readonly ConfiguredIgnore[];
  readonly directSql: boolean | null;
  readonly sessionRole: string | null;
  readonly privilegedFunctions: readonly string[];
  readonly failOn: Severity | null;
}

export interface ReadOptions {
  readonly cwd: string;
  /** Files that the configuration names must lie in here. */
  readonly root: string;
  /** All rule ids and `id/variant`s that `rules` may name; null: not checked. */
  readonly knownRules: readonly string[] | null;
}

export const OLDEST_POSTGRES = 14;
export const NEWEST_POSTGRES = 18;

const KEYS = [
  "$schema",
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
] as const;
export type ConfigKey = (typeof KEYS)[number];

export const LEVELS = ["off", ...SEVERITIES] as const;

/** Ours needs three levels; a package.json around it may need more. */
const DEEPEST = 64;

const MAX_BYTES = 1 << 18;

/**
 * Reads and checks a configuration file. Throws UsageError with one line `file:line:column: what is wrong` per mistake,
 * line and column 1-based, in UTF-16 units.
 */
export async function readConfigFile(location: ConfigLocation, options: ReadOptions): Promise<ConfigFile> {
  const shown = shownPath(location.file, options.cwd);
  const text = readText(location.file, shown, options.root);
  const { parseDocument, Parser, LineCounter, isMap, isSeq, isScalar, isNode, isAlias, visit } = await import(
    "yaml"
  );

  const json = !/\.ya?ml$/.test(location.file);
  const lines = new LineCounter();
  const reader: NodeReader = { mistakes: [], yaml: { isMap, isSeq, isScalar, isNode } };
  const stop = () => {
    if (reader.mistakes.length === 0) return;
    const message = [...reader.mistakes]
      .sort((a, b) => a.offset - b.offset)
      .map((mistake) => {
        const { line, col } = lines.linePos(mistake.offset);
        return `${shown}:${Math.max(line, 1)}:${Math.max(col, 1)}: ${mistake.message}`;
      })
      .join("\n");
    throw new UsageError(message);
  };

  const yaml = json && !location.inPackageJson ? blankComments(text) : text;
  // The library composes nested nodes recursively, and a regular expression that V8 compiles when the stack is nearly
  // used up ends the process; its tokens come without recursion.
  if (depthOf(new Parser().parse(yaml)) > DEEPEST) throw new UsageError(`${shown}: is nested too deeply`);

  let top: Value;
  try {
    const document = parseDocument(yaml, {
      lineCounter: lines,
      prettyErrors: false,
      schema: json ? "json" : "core",
      version: "1.2",
      merge: false,
    });
    const isObject = isMap(document.contents) && document.contents.flow === true;
    if (json && document.contents !== null && !isObject) {
      fail(reader, document.contents.range?.[0] ?? 0, "the configuration must be a JSON object: { … }");
      stop();
    }
    for (const { pos, message } of [...document.errors, ...document.warnings]) {
      fail(
        reader,
        pos[0],
        firstLine(message).replace(/^Unresolved plain scalar (.*)$/, "$1 must be in double quotes"),
      );
    }
    visit(document, {
      Node: (_, node) => {
        if (isAlias(node)) fail(reader, node.range?.[0] ?? 0, "aliases (*name) are not supported");
      },
    });
    stop();
    const contents: unknown = location.inPackageJson ? document.get("pgvet", true) : document.contents;
    const node = isNode(contents) ? contents : null;
    top = { key: "the configuration", node, offset: node?.range?.[0] ?? 0 };
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(
      `${shown}: cannot be parsed: ${error instanceof Error ? firstLine(error.message) : String(error)}`,
    );
  }

  const source = { path: shown, bytes: Buffer.from(text) };
  const config = readTop(reader, top, location.file, source, options);
  stop();
  return config;
}

function readText(file: string, shown: string, root: string): string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    throw new UsageError(
      `${shown}: cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  if (!isReallyInside(file, root))
    throw new UsageError(`${shown}: is a symbolic link that leads out of the project`);
  if (bytes.length > MAX_BYTES)
    throw new UsageError(`${shown}: is larger than 256 KB; a configuration is not`);
  if (!isUtf8(bytes)) throw new UsageError(`${shown}: is not UTF-8 text`);
  return bytes.toString("utf8");
}

/** How deep tokens of the YAML library lie in each other; stops counting a little above DEEPEST. */
function depthOf(tokens: Iterable<CST.Token>): number {
  const pending: { token: CST.Token; depth: number }[] = [];
  for (const token of tokens) pending.push({ token, depth: 0 });
  let deepest = 0;
  for (let next = pending.pop(); next !== undefined && deepest <= DEEPEST; next = pending.pop()) {
    const { token, depth } = next;
    deepest = Math.max(deepest, depth);
    if ("value" in token && token.value !== undefined) pending.push({ token: token.value, depth: depth + 1 });
    if (!("items" in token)) continue;
    for (const { key, value } of token.items) {
      if (key != null) pending.push({ token: key, depth: depth + 1 });
      if (value !== undefined) pending.push({ token: value, depth: depth + 1 });
    }
  }
  return deepest;
}

function firstLine(message: string): string {
  return message.split("\n", 1)[0] ?? message;
}

function readTop(
  reader: NodeReader,
  top: Value,
  file: string,
  source: Source,
  options: ReadOptions,
): ConfigFile {
  const empty = top.node === null || (reader.yaml.isScalar(top.node) && top.node.value === null);
  const values = new Map<string, Value>();
  for (const [name, value, offset] of empty ? [] : (readMap(reader, top, (key) => key) ?? [])) {
    if (KEYS.some((key) => key === name)) values.set(name, value);
    else {
      const meant = didYouMean(name, KEYS);
      fail(
        reader,
        offset,
        `unknown key ${quote(name)}${meant === null ? `; known keys are ${list(KEYS)}` : suggestion(meant)}`,
      );
    }
  }
  const read = <T>(key: ConfigKey, how: (value: Value) => T): T | null => {
    const value = values.get(key);
    return value === undefined ? null : how(value);
  };
  const strings = (key: ConfigKey) =>
    read(key, (value) => readStrings(reader, value)?.map(([text]) => text) ?? null);

  read("$schema", (value) => readString(reader, value));
  return {
    file,
    shown: source.path,
    preset: read("preset", (value) => readOneOf(reader, value, PRESET_NAMES)),
    files: read("files", (value) => readGlobs(reader, value, file, options.root)),
    prelude: read("prelude", (value) => readPreludes(reader, value, file, options.root)) ?? [],
    untrusted: (strings("untrusted") ?? []).filter((role) => !isPublic(role)),
    admins: read("admins", (value) => readAdmins(reader, value)) ?? [],
    exposedSchemas: strings("exposedSchemas"),
    postgresVersion: read("postgresVersion", (value) =>
      readInteger(reader, value, OLDEST_POSTGRES, NEWEST_POSTGRES),
    ),
    rules: read("rules", (value) => readRules(reader, value, options.knownRules)) ?? new Map(),
    ignore: read("ignore", (value) => readIgnores(reader, value, options.knownRules, source)) ?? [],
    directSql: read("directSql", (value) => readBoolean(reader, value)),
    sessionRole: read("sessionRole", (value) => readString(reader, value)),
    privilegedFunctions: read("privilegedFunctions", (value) => readQualifiedNames(reader, value)) ?? [],
    failOn: read("failOn", (value) => readOneOf(reader, value, SEVERITIES)),
  };
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

function readRules(
  reader: NodeReader,
  value: Value,
  known: readonly string[] | null,
): ReadonlyMap<string, RuleLevel> {
  const rules = new Map<string, RuleLevel>();
  for (const [name, level, offset] of readMap(reader, value, (key) => `rules[${quote(key)}]`) ?? []) {
    if (known !== null && !known.includes(name)) {
      fail(reader, offset, `unknown rule ${quote(name)}${suggestion(didYouMean(name, known))}`);
    }
    const found = readOneOf(reader, level, LEVELS);
    if (found !== null) rules.set(name, found);
  }
  return rules;
}

/** Paths of the configuration stay in the project, by name and, where they exist, behind symbolic links too. */
function readInnerPath(
  reader: NodeReader,
  text: string,
  item: Value,
  file: string,
  root: string,
): string | null {
  const path = resolve(dirname(file), text);
  if (isAbsolute(text))
    return fail(reader, item, `${item.key} must be relative to ${basename(file)}, not ${quote(text)}`);
  if (!isInside(path, root))
    return fail(reader, item, `${item.key} ${quote(text)} lies outside of the project`);
  return path;
}

function readGlobs(reader: NodeReader, value: Value, file: string, root: string): readonly string[] {
  const items = readStrings(reader, value) ?? [];
  if (reader.yaml.isSeq(value.node) && value.node.items.length === 0) {
    fail(reader, value, `${value.key} must name at least one file; leave it out to have files detected`);
  }
  for (const [glob, item] of items) {
    const pattern = glob.startsWith("!") ? glob.slice(1) : glob;
    if (readInnerPath(reader, pattern, item, file, root) !== null && pattern.includes("\\")) {
      fail(reader, item, `${item.key} must separate directories with /, not \\`);
    }
  }
  return items.map(([glob]) => glob);
}

function readPreludes(reader: NodeReader, value: Value, file: string, root: string): readonly string[] {
  const paths: string[] = [];
  for (const [text, item] of readStrings(reader, value) ?? []) {
    const path = readInnerPath(reader, text, item, file, root);
    if (path === null) continue;
    if (!isFile(path)) fail(reader, item, `${item.key} ${quote(text)} is not a file`);
    else if (!isReallyInside(path, root))
      fail(reader, item, `${item.key} ${quote(text)} is a symbolic link that leads out of the project`);
    else paths.push(path);
  }
  return paths;
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}
