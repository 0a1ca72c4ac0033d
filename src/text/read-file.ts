/** Reading files that strangers may have put there: pipes and devices never end, links may run in circles. */
import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readFileSync,
  readSync,
  type Stats,
  statSync,
} from "node:fs";

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
    return readWhole(handle, found.size);
  } finally {
    closeSync(handle);
  }
}

/** The bytes of an open file that has `size` of them; or as many as there are, where the system does not know. */
function readWhole(handle: number, size: number): Buffer {
  if (size === 0) return readFileSync(handle);
  const bytes = Buffer.allocUnsafeSlow(size);
  let length = 0;
  while (length < size) {
    const read = readSync(handle, bytes, length, size - length, null);
    if (read === 0) break;
    length += read;
  }
  return bytes.subarray(0, length);
}

function sizeText(bytes: number): string {
  return bytes >= 1 << 20 ? `${bytes >> 20} MB` : `${bytes >> 10} KB`;
}
