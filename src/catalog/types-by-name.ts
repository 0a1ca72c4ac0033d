/** Types that statements name: what must exist, and names that are taken. */
import type { TypeName } from "../events/tree.ts";
import type { Span } from "../text/span.ts";
import { type Context, refuse } from "./context.ts";
import type { Oid, TypeRef } from "./model.ts";
import { mayUse } from "./permissions.ts";
import { typeRef } from "./resolve.ts";

/** What a written type means; refused when nothing of that name exists, or no more than the name (typenameType). */
export function knownType(context: Context, type: TypeName, span: Span): TypeRef {
  const ref = typeOrShellNamed(context, type, span);
  if (!context.assume && isShell(context, ref))
    refuse(context, span, `type "${type.name.join(".")}" is only a shell`);
  return ref;
}

/** A type whose CREATE TYPE did not say yet what it is. */
export function isShell(context: Context, { base }: TypeRef): boolean {
  return typeof base === "number" && context.state.types.get(base)?.kind === "shell";
}

/** The same for what functions take and return, which may be shells: the type's own functions are created first. */
export function typeOrShellNamed(context: Context, type: TypeName, span: Span): TypeRef {
  const ref = typeRef(context, type);
  if (context.assume || !isUnknown(ref)) return ref;
  const name = type.name.join(".");
  return refuse(
    context,
    span,
    type.of === "type" ? `column or relation of ${name} does not exist` : `type "${name}" does not exist`,
  );
}

/** Refuses unless the current user may use the type; of an array it is its elements' type that counts. */
export function requireTypeUsage(context: Context, type: TypeRef, span: Span): void {
  if (context.assume) return;
  const { state } = context;
  const acl =
    typeof type.base === "number"
      ? state.types.get(type.base)?.acl
      : state.builtins.by.name.first(`type ${type.base}`)?.acl;
  if (acl !== undefined && !mayUse(context, acl, "usage"))
    refuse(
      context,
      span,
      `permission denied for type ${typeof type.base === "number" ? state.types.get(type.base)?.name : type.base}`,
    );
}

/** A type that nothing created. */
export function isUnknown(ref: TypeRef): boolean {
  return typeof ref.base === "string" && ref.base.startsWith("?");
}

/** Refuses when the schema has a type, or a relation with a row type, of that name. */
export function checkTypeName(context: Context, span: Span, schema: Oid, name: string): void {
  const { state } = context;
  if (state.types.by.member.has(schema, name)) refuse(context, span, `type "${name}" already exists`);
  const relation = state.relations.by.member.first(schema, name);
  if (relation !== undefined && relation.kind !== "index" && !relation.assumed) {
    refuse(context, span, `type "${name}" already exists`);
  }
}
