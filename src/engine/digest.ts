import { createHash, type Hash } from "node:crypto";

/**
 * A name for plain data: equal for equal data, different for different data, also in the order of lists and maps. Keys
 * of objects may come in any order. Bytes are data; anything with a method is not.
 */
export function digest(value: unknown): string {
  const hash = createHash("sha256");
  feed(hash, value);
  return hash.digest("hex");
}

function feed(hash: Hash, value: unknown): void {
  if (value instanceof Uint8Array) {
    hash.update(`bytes ${value.length}\n`).update(value);
  } else if (value instanceof Map || value instanceof Set) {
    feed(hash, [...value]);
  } else if (Array.isArray(value)) {
    hash.update(`list ${value.length}\n`);
    for (const each of value) feed(hash, each);
  } else if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    hash.update(`object ${entries.length}\n`);
    for (const [key, each] of entries) {
      feed(hash, key);
      feed(hash, each);
    }
  } else {
    const text = typeof value === "string" ? value : String(value);
    hash.update(`${typeof value} ${Buffer.byteLength(text)}\n${text}`);
  }
}
