/** Types of expressions: what PostgreSQL's parse_coerce.c and parse_func.c need to know of them. */
import { catalogCasts, catalogType } from "../builtin/index.ts";
import type { TypeRef } from "../model.ts";
import { remembered } from "../remembered.ts";
import { castKey, type State } from "../store.ts";

/** The type of a bare string constant or NULL, until something says what it is. */
export const UNKNOWN: TypeRef = { base: "pg_catalog.unknown", array: false };
/** What cannot be inferred here. */
export const UNDECIDED: TypeRef = { base: "?", array: false };

/** Made once: one name is compared with another of its kind faster when both are the same string. */
const catalogTypes = new Map<string, TypeRef>();

/** A type of pg_catalog, or of the schema in its name: `int4`, `text[]`. */
export function catalog(name: string): TypeRef {
  return remembered(catalogTypes, name, () => {
    if (name.endsWith("[]")) return { base: catalog(name.slice(0, -2)).base, array: true };
    return { base: name.includes(".") ? name : `pg_catalog.${name}`, array: false };
  });
}

export const isUnknown = (type: TypeRef): boolean => type.base === UNKNOWN.base && !type.array;
export const isUndecided = (type: TypeRef): boolean =>
  typeof type.base === "string" && type.base.startsWith("?");

/** `int4`, `text[]` of a built-in type; null of others. */
export function catalogName(type: TypeRef): string | null {
  if (typeof type.base !== "string" || !type.base.startsWith("pg_catalog.")) return null;
  return type.base.slice("pg_catalog.".length) + (type.array ? "[]" : "");
}

export function withoutModifier(type: TypeRef): TypeRef {
  return type.modifier === undefined ? type : { base: type.base, array: type.array };
}

/** What a domain stands for; other types themselves. */
export function baseType(state: State, type: TypeRef): TypeRef {
  let current = type;
  while (typeof current.base === "number" && !current.array) {
    const found = state.types.get(current.base);
    if (found?.kind !== "domain" || found.baseType === null) return current;
    current = found.baseType;
  }
  if (typeof current.base === "string" && !current.array && current.base.startsWith("information_schema.")) {
    const base = catalogType(
      current.base.slice("information_schema.".length),
      undefined,
      "information_schema",
    )?.base;
    if (base != null) return catalog(base);
  }
  return current;
}

export const sameKind = (a: TypeRef, b: TypeRef): boolean => a.base === b.base && a.array === b.array;

/** typcategory */
export function category(state: State, type: TypeRef): string {
  const base = baseType(state, type);
  if (base.array) return "A";
  if (isUnknown(base)) return "X";
  if (typeof base.base === "number") {
    const kind = state.types.get(base.base)?.kind;
    return kind === "enum" ? "E" : kind === "range" ? "R" : kind === "base" ? "U" : "C";
  }
  const name = catalogName(base);
  return name === null ? "U" : (catalogType(name)?.category ?? "U");
}

export function isPreferred(type: TypeRef): boolean {
  const name = catalogName(type);
  return name !== null && catalogType(name)?.preferred === true;
}

const POLYMORPHIC =
  /^any(element|array|nonarray|enum|range|multirange|compatible|compatiblearray|compatiblenonarray|compatiblerange|compatiblemultirange)?$/;

export const polymorphicName = (type: TypeRef): string | null => {
  // Asked of every candidate for every call: the cheap test first.
  if (typeof type.base !== "string" || !type.base.startsWith("pg_catalog.any")) return null;
  const name = catalogName(type);
  return name !== null && POLYMORPHIC.test(name) ? name : null;
};

const casts = new Map<string, ReadonlySet<string>>();

/** What a built-in type (`pg_catalog.int4`) is cast to implicitly, read once. */
function implicitCasts(source: string): ReadonlySet<string> {
  return remembered(casts, source, () => {
    const found = catalogCasts(source.slice("pg_catalog.".length));
    return new Set(
      found.flatMap((cast) => (cast.context === "implicit" ? [`pg_catalog.${cast.target}`] : [])),
    );
  });
}

/** can_coerce_type() for implicit casts. */
export function castsImplicitly(state: State, from: TypeRef, to: TypeRef): boolean {
  if (sameKind(from, to) || isUnknown(from) || isUndecided(from) || isUndecided(to)) return true;
  const polymorphic = polymorphicName(to);
  const base = baseType(state, from);
  if (polymorphic !== null) {
    switch (polymorphic) {
      case "any":
      case "anyelement":
      case "anycompatible":
        return true;
      case "anyarray":
      case "anycompatiblearray":
        return base.array || ["int2vector", "oidvector"].includes(catalogName(base) ?? "");
      case "anynonarray":
      case "anycompatiblenonarray":
        return !base.array;
      case "anyenum":
        return category(state, base) === "E";
      default:
        return category(state, base) === "R";
    }
  }
  if (sameKind(base, to)) return true;
  if (to.base === "pg_catalog.record" && !to.array)
    return typeof base.base === "number" && category(state, base) === "C";
  if (base.array && to.array) {
    return castsImplicitly(state, { base: base.base, array: false }, { base: to.base, array: false });
  }
  if (
    state.casts.size > 0 &&
    state.casts.by.types.all(castKey(from, to)).some((cast) => cast.context === "implicit")
  )
    return true;
  if (typeof base.base !== "string" || typeof to.base !== "string" || base.array || to.array) return false;
  return base.base.startsWith("pg_catalog.") && implicitCasts(base.base).has(to.base);
}

/** can_coerce_type() for assignment casts: whatever casts implicitly, and everything to text. */
export function castsOnAssignment(state: State, from: TypeRef, to: TypeRef): boolean {
  const target = baseType(state, to);
  if (castsImplicitly(state, from, target) || castsImplicitly(state, from, to)) return true;
  if (category(state, target) === "S") return true;
  const source = baseType(state, from);
  if (state.casts.by.types.all(castKey(from, to)).some((cast) => cast.context !== "explicit")) return true;
  const name = catalogName(source);
  const wanted = catalogName(target);
  if (castsByEntryOnly(state, source) || castsByEntryOnly(state, target)) return false;
  if (name === null || wanted === null) return !(source.array || target.array) || name === wanted;
  if (source.array !== target.array) return false;
  return catalogCasts(name).some((cast) => cast.target === wanted && cast.context !== "explicit");
}

/** Enums, ranges and multiranges are cast as pg_cast says, and from and to text; composite types also in other ways. */
function castsByEntryOnly(state: State, { base, array }: TypeRef): boolean {
  if (array || typeof base !== "number") return false;
  const kind = state.types.get(base)?.kind;
  return kind === "enum" || kind === "range" || kind === "multirange";
}

/** select_common_type(): of CASE, COALESCE, UNION, ARRAY, VALUES. All unknown: text. */
export function commonType(state: State, types: readonly TypeRef[]): TypeRef {
  let chosen: TypeRef | null = null;
  let modifierAgrees = true;
  for (const type of types) {
    if (isUndecided(type)) return UNDECIDED;
    if (isUnknown(type)) {
      modifierAgrees = false;
      continue;
    }
    if (chosen === null) {
      chosen = type;
      continue;
    }
    if (sameKind(chosen, type)) {
      if (chosen.modifier !== type.modifier) modifierAgrees = false;
      continue;
    }
    modifierAgrees = false;
    const left: TypeRef = baseType(state, chosen);
    const right = baseType(state, type);
    if (sameKind(left, right)) chosen = left;
    else if (
      !isPreferred(left) &&
      castsImplicitly(state, left, right) &&
      !castsImplicitly(state, right, left)
    )
      chosen = right;
  }
  if (chosen === null) return catalog("text");
  return modifierAgrees ? chosen : withoutModifier(chosen);
}

/** Of an array; the vectors of the catalogs are arrays, too. Null: no array. */
export function elementOf(array: TypeRef): TypeRef | null {
  if (array.array) return { base: array.base, array: false };
  if (array.base === "pg_catalog.int2vector") return catalog("int2");
  return array.base === "pg_catalog.oidvector" ? catalog("oid") : null;
}
