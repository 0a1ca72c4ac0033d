/** Paths that a configuration names. */

import { basename, dirname, isAbsolute, resolve } from "node:path";
import { isInside, isReallyInside } from "../text/paths.ts";
import { statOf } from "../text/read-file.ts";
import { fail, type NodeReader, quote, readStrings, type Value } from "./nodes.ts";

/** Paths of the configuration stay in the project, by name and, where they exist, behind symbolic links too. */
export function readInnerPath(
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

export function readGlobs(reader: NodeReader, value: Value, file: string, root: string): readonly string[] {
  const items = readStrings(reader, value) ?? [];
  if (reader.yaml.isSeq(value.node) && value.node.items.length === 0) {
    fail(reader, value, `${value.key} must name at least one file; leave it out to have files detected`);
  }
  for (const [glob, item] of items) {
    const pattern = glob.startsWith("!") ? glob.slice(1) : glob;
    if (readInnerPath(reader, pattern, item, file, root) === null) continue;
    if (pattern.includes("\\")) fail(reader, item, `${item.key} must separate directories with /, not \\`);
    else if (isCostly(pattern))
      fail(reader, item, `${item.key} is too complex a pattern: list the files by several simple ones`);
  }
  return items.map(([glob]) => glob);
}

/** Patterns become regular expressions, braces lists of them: these can take longer than anybody waits. */
function isCostly(pattern: string): boolean {
  const count = (part: RegExp): number => pattern.match(part)?.length ?? 0;
  return (
    pattern.length > 1000 ||
    count(/\*+/g) > 12 ||
    count(/\*\*/g) > 4 ||
    count(/\{/g) > 3 ||
    count(/,/g) > 50 ||
    /\{[^}]*\.\./.test(pattern) ||
    /[@!?*+]\(/.test(pattern)
  );
}

export function readPreludes(
  reader: NodeReader,
  value: Value,
  file: string,
  root: string,
): readonly string[] {
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

export function isFile(path: string): boolean {
  return statOf(path)?.isFile() ?? false;
}
