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
 * than `most` bytes. `isListed`: its directory says that it is a regular file.
 */
export function readFile(path: string, most: number, isListed = false): Buffer {
  // Asked before as well: opening some devices does something.
  if (!isListed && !statSync(path).isFile()) throw new Error("is not a file");
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
  const bytes = roomFor(size);
  let length = 0;
  while (length < size) {
    const read = readSync(handle, bytes, length, size - length, null);
    if (read === 0) break;
    length += read;
  }
  return bytes.subarray(0, length);
}

const SLAB = 1 << 18;
let slab: Buffer | null = null;
let used = 0;

/** Small files share their memory: asking for it file by file takes longer than reading them. */
function roomFor(size: number): Buffer {
  if (size > SLAB >> 3) return Buffer.allocUnsafeSlow(size);
  if (slab === null || used + size > SLAB) {
    slab = Buffer.allocUnsafeSlow(SLAB);
    used = 0;
  }
  used += size;
  return slab.subarray(used - size, used);
}

function sizeText(bytes: number): string {
  return bytes >= 1 << 20 ? `${bytes >> 20} MB` : `${bytes >> 10} KB`;
}
