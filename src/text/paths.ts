import { realpathSync } from "node:fs";
import { isAbsolute, relative, sep } from "node:path";

/** Whether an absolute path is the directory itself or lies below it, by name alone. */
export function isInside(path: string, directory: string): boolean {
  const way = relative(directory, path);
  return way === "" || (way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way));
}

/** Whether an existing path still lies inside the directory once every symbolic link on both is followed. */
export function isReallyInside(path: string, directory: string): boolean {
  try {
    return isInside(realpathSync(path), realpathSync(directory));
  } catch {
    return false;
  }
}

/** An absolute path as shown to people: relative to the working directory, with `/`; the directory itself is `.`. */
export function shownPath(path: string, cwd: string): string {
  const way = relative(cwd, path);
  return way === "" ? "." : sep === "/" ? way : way.split(sep).join("/");
}
