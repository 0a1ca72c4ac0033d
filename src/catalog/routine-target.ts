/** Functions that other objects are made of: user-made ones or PostgreSQL's own. */
import type { Name } from "../events/tree.ts";
import { type CatalogFunction, catalogFunctions, functionSignature } from "./builtin/index.ts";
import type { Context } from "./context.ts";
import type { Address, RoutineTarget, TypeRef } from "./model.ts";
import { explicitSchema, searchSchemas } from "./resolve.ts";
import { sameTypes } from "./same-type.ts";

/**
 * A function by name and exact input types (LookupFuncName); null types: the only one of that name. Undefined: none, or a
 * procedure.
 */
export function routineTarget(
  context: Context,
  name: Name,
  types: readonly TypeRef[] | null,
): RoutineTarget | undefined {
  const last = name.at(-1) ?? "";
  const qualifier = name.at(-2);
  const named = qualifier === undefined ? undefined : explicitSchema(context, qualifier);
  const schemas = qualifier === undefined ? searchSchemas(context) : named === undefined ? [] : [named];
  for (const schema of schemas) {
    if (schema.name === "pg_temp") continue;
    const own = context.state.routines.by.member
      .all(schema.oid, last)
      .find((routine) => types === null || sameTypes(routine.inputTypes, types));
    if (own !== undefined) return own.kind === "procedure" ? undefined : own.oid;
    if (schema.name !== "pg_catalog") continue;
    const builtIn = catalogFunctions(last, context.postgresVersion).find(
      (entry) => types === null || entry.args.join(",") === types.map(catalogSpelling).join(","),
    );
    if (builtIn !== undefined) return builtInTarget(builtIn);
  }
  return undefined;
}

function builtInTarget(entry: CatalogFunction): string {
  return `pg_catalog.${functionSignature(entry)}`;
}

/** `int4`, `text[]`; of user-made types something that no built-in function takes. */
function catalogSpelling(type: TypeRef): string {
  if (typeof type.base !== "string" || !type.base.startsWith("pg_catalog.")) return "?";
  return type.base.slice("pg_catalog.".length) + (type.array ? "[]" : "");
}

/** What the object depends on through these functions: PostgreSQL's own are pinned. */
export function targetUses(...targets: readonly (RoutineTarget | null)[]): readonly Address[] {
  return targets.flatMap((target) => (typeof target === "number" ? [{ oid: target }] : []));
}
