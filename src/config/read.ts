import { isUtf8 } from "node:buffer";
import { basename, dirname } from "node:path";
import type { CST } from "yaml";
import { isReallyInside, shownPath } from "../text/paths.ts";
import { readFile, statOf } from "../text/read-file.ts";
import { UsageError } from "../text/usage-error.ts";
import { caretFrame } from "./caret-frame.ts";
import { blankComments } from "./json-comments.ts";
import type { ConfigLocation } from "./locate.ts";
import { merged } from "./merge.ts";
import { fail, type NodeReader, type Value } from "./nodes.ts";
import { isFile } from "./read-paths.ts";
import { type NamedSettings, readTop, type Settings } from "./read-settings.ts";
import type { KnownOptions } from "./rule-options.ts";
import type { FileOverride } from "./types.ts";

/** What a configuration file says, checked, before preset and defaults are merged in. null: not said. */
export interface ConfigFile extends Settings {
  /** Absolute path of the file. */
  readonly file: string;
  /** The file as shown to people, relative to the working directory. */
  readonly shown: string;
  readonly overrides: readonly FileOverride[];
  /** Several databases, each with what the file says for all of them merged in; null: one, or as detected. */
  readonly databases: readonly NamedSettings[] | null;
}

export interface ReadOptions {
  readonly cwd: string;
  /** Files that the configuration names must lie in here. */
  readonly root: string;
  /** All rule ids and `id/variant`s that `rules` may name; null: not checked. */
  readonly knownRules: readonly string[] | null;
  /** The options of these rules; by default none has any. */
  readonly knownOptions?: KnownOptions;
}

/** Of so many mistakes the lines are shown. */
const MOST_FRAMES = 20;

/** So many files may build upon each other. */
const MOST_BASES = 8;

/** Ours needs three levels; a package.json around it may need more. */
const DEEPEST = 64;

const MAX_BYTES = 1 << 18;

/**
 * Reads and checks a configuration file. Throws UsageError with one line `file:line:column: what is wrong` per mistake,
 * line and column 1-based, in UTF-16 units. `above` are the files that build upon this one.
 */
export async function readConfigFile(
  location: ConfigLocation,
  options: ReadOptions,
  above: readonly string[] = [],
): Promise<ConfigFile> {
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
    const told = [...reader.mistakes]
      .sort((a, b) => a.offset - b.offset)
      .map((mistake, index) => {
        const { line, col } = lines.linePos(mistake.offset);
        const [at, column] = [Math.max(line, 1), Math.max(col, 1)];
        return {
          message: `${shown}:${at}:${column}: ${mistake.message}`,
          frame: index < MOST_FRAMES ? caretFrame(text, at, column) : [],
        };
      });
    throw new UsageError(
      told.map(({ message }) => message).join("\n"),
      null,
      told.map(({ frame }) => frame),
    );
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

  const { file } = location;
  const around = {
    ...options,
    reader,
    file,
    directory: dirname(file),
    source: { path: shown, bytes: Buffer.from(text) },
  };
  const written = readTop(around, top);
  const bases: ConfigFile[] = [];
  for (const [base, value] of written.extends) {
    const chain = [...above, file];
    if (chain.includes(base))
      fail(reader, value, `${value.key} leads back to ${shownPath(base, options.cwd)}`);
    else if (chain.length > MOST_BASES)
      fail(reader, value, `${value.key}: more than ${MOST_BASES} files build upon each other`);
    else if (!isFile(base))
      fail(reader, value, `${value.key}: ${shownPath(base, options.cwd)} is not a file`);
    else {
      const inPackageJson = basename(base) === "package.json";
      bases.push(await readConfigFile({ file: base, inPackageJson }, options, chain));
    }
  }
  stop();
  return merged(file, shown, bases, written);
}

function readText(file: string, shown: string, root: string): string {
  if (statOf(file) !== undefined && !isReallyInside(file, root))
    throw new UsageError(`${shown}: is a symbolic link that leads out of the project`);
  let bytes: Buffer;
  try {
    bytes = readFile(file, MAX_BYTES);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    if (message.startsWith("is larger")) throw new UsageError(`${shown}: ${message}; a configuration is not`);
    throw new UsageError(`${shown}: ${message.startsWith("is ") ? message : `cannot be read: ${message}`}`);
  }
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
