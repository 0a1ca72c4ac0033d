import { createRequire } from "node:module";
import { relative, sep } from "node:path";
import { isInside } from "../text/paths.ts";
import type { FileOverride, RuleLevel } from "./types.ts";

type Test = (file: string) => boolean;

const tests = new WeakMap<FileOverride, Test>();

/** The levels of the overrides that fit a file (absolute path), the one that counts first. */
export function levelsFor(
  overrides: readonly FileOverride[],
  file: string,
): readonly ReadonlyMap<string, RuleLevel>[] {
  return overrides
    .filter((override) => testOf(override)(file))
    .map(({ rules }) => rules)
    .reverse();
}

function testOf(override: FileOverride): Test {
  const known = tests.get(override);
  if (known !== undefined) return known;
  const { directory, patterns } = override;
  // Synchronously: rules ask while they run.
  const ignore: typeof import("ignore") = createRequire(import.meta.url)("ignore");
  const matcher = ignore().add([...patterns]);
  const test: Test = (file) =>
    file !== directory &&
    isInside(file, directory) &&
    matcher.ignores(relative(directory, file).split(sep).join("/"));
  tests.set(override, test);
  return test;
}
