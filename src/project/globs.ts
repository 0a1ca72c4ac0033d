import { join, resolve, sep } from "node:path";
import { comparePaths } from "./natural-order.ts";

/** Whether a path is meant as a pattern. */
export function isGlob(path: string): boolean {
  return /[*?[\]{}()!]/.test(path);
}

/** Absolute paths of the files that match a pattern relative to `directory`, in natural order. Links are not followed. */
export async function matchGlob(pattern: string, directory: string): Promise<readonly string[]> {
  const { default: glob } = await import("fast-glob");
  const matches = await glob(sep === "/" ? pattern : pattern.split(sep).join("/"), {
    cwd: directory,
    onlyFiles: true,
    followSymbolicLinks: false,
    ignore: ["**/node_modules/**", "**/.git/**"],
    suppressErrors: true,
    unique: true,
  });
  return matches
    .sort(comparePaths)
    .map((match) => (match.startsWith("/") ? resolve(match) : join(directory, match)));
}
