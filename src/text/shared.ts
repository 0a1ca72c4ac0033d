/** One value for all that are equal: a project names the same few things over and over. */
/** More are not remembered: what a project repeats it repeats soon. */
const MOST = 1 << 15;
const names = new Map<string, readonly string[]>();

/** The one list with these parts, such as the name `public.todos`. */
export function sharedName(parts: readonly string[]): readonly string[] {
  const [only] = parts;
  if (only === undefined) return NONE;
  // No name has a NUL in it.
  const key = parts.length === 1 ? only : parts.join("\0");
  const known = names.get(key);
  if (known !== undefined) return known;
  if (names.size >= MOST) names.clear();
  const name = parts.slice();
  names.set(key, name);
  return name;
}

/** A list that was filled one by one, without the room for 16 more that the engine then keeps. */
export function fitted<T>(list: readonly T[]): readonly T[] {
  return list.length === 0 ? NONE : list.slice();
}

const NONE: readonly never[] = [];

/** A map with nothing in it: most objects of a catalog have no options and no settings. */
export const NO_ENTRIES: ReadonlyMap<string, never> = new Map<string, never>();
