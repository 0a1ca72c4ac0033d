import { posix } from "node:path";

/**
 * A path as a forge knows it: from the repository's top instead of the working directory. `prefix` is the way from the
 * top to the working directory (`db/`), empty when they are the same. What is no file (`<stdin>`) stays as it is.
 */
export function repositoryPath(path: string, prefix: string): string {
  return prefix === "" || isVirtual(path) ? path : posix.normalize(posix.join(prefix, path));
}

/** Whether a source is no file of the project: a preset's prelude, standard input. */
export function isVirtual(path: string): boolean {
  return path.startsWith("<") && path.endsWith(">");
}
