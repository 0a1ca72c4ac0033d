import { createHash } from "node:crypto";

const MOST_TEXT = 1 << 16;
const together = Buffer.allocUnsafeSlow(1 << 18);

/**
 * A name for plain data: equal for equal data, different for different data, also in the order of lists and maps. Keys
 * of objects may come in any order. Bytes are data; anything with a method is not.
 */
export function digest(value: unknown): string {
  const hash = createHash("sha256");
  // Calls are dear: what is short is put together before it is handed over.
  let text = "";
  let length = 0;
  const say = (more: string): void => {
    text += more;
    if (text.length > MOST_TEXT) flush();
  };
  /** Of text that is written out, three bytes are the most for one unit. */
  const writeText = (): void => {
    if (length + 3 * text.length > together.length) handOver();
    if (3 * text.length > together.length) hash.update(text);
    else length += together.write(text, length);
    text = "";
  };
  const handOver = (): void => {
    hash.update(together.subarray(0, length));
    length = 0;
  };
  const flush = (): void => {
    writeText();
    handOver();
  };
  const add = (bytes: Uint8Array): void => {
    writeText();
    if (length + bytes.length > together.length) handOver();
    if (bytes.length > together.length) hash.update(bytes);
    else {
      together.set(bytes, length);
      length += bytes.length;
    }
  };
  const feed = (value: unknown): void => {
    if (value instanceof Uint8Array) {
      say(`bytes ${value.length}\n`);
      add(value);
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
