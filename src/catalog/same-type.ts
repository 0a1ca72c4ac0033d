/** When references to types mean the same type. */
import type { TypeRef } from "./model.ts";

export function sameType(a: TypeRef, b: TypeRef): boolean {
  return a.array === b.array && (a.base === b.base || typeKey(a) === typeKey(b));
}

/** Equal for types that are the same. A type that nothing defined is known by its last name only. */
function typeKey({ base, array }: TypeRef): string {
  const name =
    typeof base === "string" && base.startsWith("?") ? `?${base.slice(1).split(".").at(-1) ?? ""}` : base;
  return array ? `${name}[]` : `${name}`;
}

export function sameTypes(a: readonly TypeRef[], b: readonly TypeRef[]): boolean {
  return a.length === b.length && a.every((type, i) => sameType(type, b[i] ?? { base: 0, array: false }));
}

/** Equal for input types of which a schema holds one routine by a name. */
export function typesKey(types: readonly TypeRef[]): string {
  return types.map(typeKey).join();
}
