/** What `map` has for the key; made and kept when it has nothing yet. */
export function remembered<K, T>(map: Memory<K, T>, key: K, make: () => T): T {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}

/** A Map or a WeakMap. */
interface Memory<K, T> {
  get(key: K): T | undefined;
  set(key: K, value: T): unknown;
}
