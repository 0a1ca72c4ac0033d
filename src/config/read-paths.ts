/** Paths that a configuration names. */

import { statSync } from "node:fs";
import { basename, dirname, isAbsolute, resolve } from "node:path";
import { isInside, isReallyInside } from "../text/paths.ts";
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
    if (readInnerPath(reader, pattern, item, file, root) !== null && pattern.includes("\\")) {
      fail(reader, item, `${item.key} must separate directories with /, not \\`);
    }
  }
  return items.map(([glob]) => glob);
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
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}
