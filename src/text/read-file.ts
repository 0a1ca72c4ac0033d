/** Reading files that strangers may have put there: pipes and devices never end, links may run in circles. */
import { closeSync, constants, fstatSync, openSync, readFileSync, type Stats, statSync } from "node:fs";

/** What a path leads to; undefined when it leads to nothing: a circle of links and a name that is too long do neither. */
export function statOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

/**
 * A file's bytes. Throws for what is no regular file, without waiting for anybody who might write to it, and for one of more
 * than `most` bytes.
 */
export function readFile(path: string, most: number): Buffer {
  // Asked before as well: opening some devices does something.
  if (!statSync(path).isFile()) throw new Error("is not a file");
  const handle = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    const found = fstatSync(handle);
    if (!found.isFile()) throw new Error("is not a file");
    if (found.size > most) throw new Error(`is larger than ${sizeText(most)}`);
    return readFileSync(handle);
  } finally {
    closeSync(handle);
  }
}

function sizeText(bytes: number): string {
  return bytes >= 1 << 20 ? `${bytes >> 20} MB` : `${bytes >> 10} KB`;
}
