import { createHash } from "node:crypto";

/**
 * A name for plain data: equal for equal data, different for different data, also in the order of lists and maps. Keys
 * of objects may come in any order. Bytes are data; anything with a method is not.
 */
export function digest(value: unknown): string {
  const hash = createHash("sha256");
  // Calls are dear: short texts are put together before they are handed over.
  let text = "";
  const say = (more: string): void => {
    text += more;
    if (text.length > 1 << 16) flush();
  };
  const flush = (): void => {
    hash.update(text);
    text = "";
  };
  const feed = (value: unknown): void => {
    if (value instanceof Uint8Array) {
      say(`bytes ${value.length}\n`);
      flush();
      hash.update(value);
    } else if (value instanceof Map || value instanceof Set) {
      feed([...value]);
    } else if (Array.isArray(value)) {
      say(`list ${value.length}\n`);
      for (const each of value) feed(each);
    } else if (typeof value === "object" && value !== null) {
      const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
      say(`object ${entries.length}\n`);
      for (const [key, each] of entries) {
        feed(key);
        feed(each);
      }
    } else {
      const written = typeof value === "string" ? value : String(value);
      say(`${typeof value} ${Buffer.byteLength(written)}\n${written}`);
    }
  };
  feed(value);
  flush();
  return hash.digest("hex");
}
