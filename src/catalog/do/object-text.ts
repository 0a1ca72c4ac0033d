/** Objects as text and back: what regclass, regprocedure, … print and read. */
import { canonicalType, displayType } from "../builtin/index.ts";
import type { Context } from "../context.ts";
import { quotedName } from "../keywords.ts";
import type { Oid, Routine, TypeRef } from "../model.ts";
import { findRelation, findType, routinesNamed, schemaNamed } from "../resolve.ts";
import type { Registered } from "./value.ts";

/** `app.t`: always qualified, which means the same object under every path. */
function qualifiedName({ state }: Context, schema: Oid, name: string): string {
  return `${quotedName(state.schemas.get(schema)?.name ?? "")}.${quotedName(name)}`;
}

function typeText(context: Context, type: TypeRef): string {
  const { state } = context;
  const suffix = type.array ? "[]" : "";
  if (typeof type.base === "string")
    return `${displayType(type.base.replace("pg_catalog.", "").replace(/^\?/, ""))}${suffix}`;
  const found = state.types.get(type.base) ?? state.relations.get(type.base);
  return found === undefined ? "?" : `${qualifiedName(context, found.schema, found.name)}${suffix}`;
}

export function argumentTypes(context: Context, routine: Routine): string {
  return routine.inputTypes.map((type) => typeText(context, type)).join(", ");
}

/** An oid as regclass, regprocedure, … prints it. */
export function registered(context: Context, type: string, oid: Oid): Registered | null {
  const { state } = context;
  const known = (text: string): Registered => ({ kind: "registered", oid, text });
  const relation = state.relations.get(oid);
  const routine = state.routines.get(oid);
  if (type === "regclass" && relation !== undefined)
    return known(qualifiedName(context, relation.schema, relation.name));
  if (type === "regprocedure" && routine !== undefined) {
    return known(
      `${qualifiedName(context, routine.schema, routine.name)}(${argumentTypes(context, routine)})`,
    );
  }
  if (type === "regproc" && routine !== undefined)
    return known(qualifiedName(context, routine.schema, routine.name));
  if (type === "regtype") return known(typeText(context, { base: oid, array: false }));
  const schema = state.schemas.get(oid);
  if (type === "regnamespace" && schema !== undefined) return known(quotedName(schema.name));
  const role = state.roles.get(oid);
  if (type === "regrole" && role !== undefined) return known(quotedName(role.name));
  return null;
}

/** Argument types as regprocedure reads them, by the names that it prints: `int, public.mood` → `integer`, `public.mood`. */
function writtenTypes(list: string): readonly string[] {
  if (list.trim() === "") return [];
  return list.split(",").map((each) => {
    const type = each
      .trim()
      .toLowerCase()
      .replace(/\s+/g, " ")
      .replace(/^pg_catalog\./, "");
    return displayType(canonicalType(type));
  });
}

/** The object of a name given as text: `'app.t'::regclass`. */
export function named(context: Context, type: string, text: string): Oid | null {
  const parts = [...text.matchAll(/"((?:[^"]|"")*)"|([^".()\s]+)/g)].map(([, quoted, plain]) =>
    quoted === undefined ? (plain ?? "").toLowerCase() : quoted.replaceAll('""', '"'),
  );
  const name = parts.slice(0, 2);
  switch (type) {
    case "regclass":
      return findRelation(context, name)?.oid ?? null;
    case "regtype":
      return findType(context, name)?.oid ?? null;
    case "regrole":
      return context.state.roles.by.name.first(parts[0] ?? "")?.oid ?? null;
    case "regnamespace":
      return schemaNamed(context.state, parts[0] ?? "")?.oid ?? null;
    case "regproc":
      return routinesNamed(context, name)[0]?.oid ?? null;
    case "regprocedure": {
      const open = text.indexOf("(");
      const args = writtenTypes(text.slice(open + 1, text.lastIndexOf(")")));
      const base = [...text.slice(0, open).matchAll(/"((?:[^"]|"")*)"|([^".]+)/g)].map(
        ([, quoted, plain]) => quoted ?? (plain ?? "").toLowerCase(),
      );
      const fits = (routine: Routine): boolean =>
        routine.inputTypes.length === args.length &&
        routine.inputTypes.every((type, i) => {
          const known = typeText(context, type);
          return known === args[i] || known.endsWith(`.${args[i]}`);
        });
      return routinesNamed(context, base).find(fits)?.oid ?? null;
    }
    default:
      return null;
  }
}
