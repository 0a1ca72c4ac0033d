import { realpathSync } from "node:fs";
import { isAbsolute, relative, sep } from "node:path";

/** Whether an absolute path is the directory itself or lies below it, by name alone. */
export function isInside(path: string, directory: string): boolean {
  const way = wayTo(path, directory);
  return way === "" || (way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way));
}

/** As `relative` answers, which takes both paths apart first: too much for thousands of files that lie plainly inside. */
function wayTo(path: string, directory: string): string {
  const behind = path.startsWith(directory) ? path.slice(directory.length) : "";
  const plain =
    behind.startsWith(sep) &&
    !behind.includes(`${sep}.`) &&
    !behind.includes(sep + sep) &&
    !behind.endsWith(sep);
  return plain ? behind.slice(sep.length) : relative(directory, path);
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
  const way = wayTo(path, cwd);
  return way === "" ? "." : sep === "/" ? way : way.split(sep).join("/");
}
