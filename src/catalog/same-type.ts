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

/** Whether types that are not known of could be the same as those that a statement writes. */
export function mayBeTypes(own: readonly TypeRef[], written: readonly TypeRef[]): boolean {
  return (
    own.length === written.length &&
    own.every((type, i) => {
      const other = written[i];
      return other !== undefined && (sameType(type, other) || isOfUnseenColumn(type));
    })
  );
}

function isOfUnseenColumn({ base }: TypeRef): boolean {
  return typeof base === "string" && base.startsWith("?") && base.endsWith("%TYPE");
}

/** Equal for input types of which a schema holds one routine by a name. */
export function typesKey(types: readonly TypeRef[]): string {
  return types.map(typeKey).join();
}
