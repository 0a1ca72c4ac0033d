/** Operators and casts, as operatorcmds.c, pg_operator.c and functioncmds.c do them. */
import type { EventOf, RoutineRef } from "../../events/event.ts";
import type { Name } from "../../events/tree.ts";
import type { Span } from "../../text/span.ts";
import { withoutModifier } from "../bind/types.ts";
import { catalogCasts } from "../builtin/index.ts";
import { type Context, currentUser, placeOf, refuse } from "../context.ts";
import { deleteObjects, dependOn, independent, typeUses } from "../depend.ts";
import type { Operator, RoutineTarget, TypeRef } from "../model.ts";
import { mayUse, ownsAs, requireOnSchema } from "../permissions.ts";
import { explicitSchema, searchSchemas, targetName, typeRef } from "../resolve.ts";
import { routineTarget, targetUses } from "../routine-target.ts";
import { sameType } from "../same-type.ts";
import { castKey, newOid } from "../store.ts";
import { isUnknown, knownType, requireTypeUsage } from "../types-by-name.ts";

function sameOperands(operator: Operator, left: TypeRef | null, right: TypeRef): boolean {
  if ((operator.left === null) !== (left === null)) return false;
  return (
    sameType(operator.right, right) &&
    (operator.left === null || left === null || sameType(operator.left, left))
  );
}

/** An operator by name and exact operand types. */
function findOperator(
  context: Context,
  name: Name,
  left: TypeRef | null,
  right: TypeRef,
): Operator | undefined {
  const last = name.at(-1) ?? "";
  const qualifier = name.at(-2);
  const named = qualifier === undefined ? undefined : explicitSchema(context, qualifier);
  const schemas = qualifier === undefined ? searchSchemas(context) : named === undefined ? [] : [named];
  for (const schema of schemas) {
    const found = context.state.operators.by.member
      .all(schema.oid, last)
      .find((operator) => sameOperands(operator, left, right));
    if (found !== undefined) return found;
  }
  return undefined;
}

function requireExecute(context: Context, target: RoutineTarget | null, span: Span): void {
  const routine = typeof target === "number" ? context.state.routines.get(target) : undefined;
  if (routine !== undefined && !mayUse(context, routine.acl, "execute"))
    refuse(context, span, `permission denied for function ${routine.name}`);
}

export function createOperator(context: Context, event: EventOf<"create-operator">): void {
  const { state } = context;
  const { span } = event;
  const target = targetName(context, event.name.name, event.name.span);
  if (target === null) refuse(context, span, "no schema has been selected to create in");
  requireOnSchema(context, span, target.schema, "create");
  if (event.right === null) refuse(context, span, "operator right argument type must be specified");
  const right = withoutModifier(knownType(context, event.right, span));
  const left = event.left === null ? null : withoutModifier(knownType(context, event.left, span));
  for (const type of left === null ? [right] : [left, right]) requireTypeUsage(context, type, span);
  const routine = routineTarget(context, event.routine, left === null ? [right] : [left, right]);
  if (routine === undefined && !context.assume) {
    refuse(context, span, `function ${event.routine.join(".")} does not exist`);
  }
  requireExecute(context, routine ?? null, span);
  const existing = state.operators.by.member
    .all(target.schema.oid, target.name)
    .find((operator) => sameOperands(operator, left, right));
  if (existing !== undefined && existing.routine !== null) {
    refuse(context, span, `operator ${target.name} already exists`);
  }
  const owner = currentUser(context);
  const put = (
    oid: number,
    name: string,
    schema: number,
    operands: [TypeRef | null, TypeRef],
    of: RoutineTarget | null,
  ): void => {
    state.operators.put({
      oid,
      name,
      place: placeOf(context, event.name.span),
      prelude: context.prelude,
      assumed: false,
      schema,
      owner,
      left: operands[0],
      right: operands[1],
      routine: of,
      extension: null,
    });
    independent(state, { oid });
    dependOn(state, { oid }, [
      { oid: schema },
      ...typeUses(operands.filter((type) => type !== null)),
      ...targetUses(of),
    ]);
  };
  put(existing?.oid ?? newOid(state), target.name, target.schema.oid, [left, right], routine ?? null);
  // A commutator or negator that is not there yet becomes a shell, to be filled in by its own CREATE OPERATOR.
  const shell = (name: Name, operands: [TypeRef | null, TypeRef]): void => {
    if (name.length === 0 || findOperator(context, name, ...operands) !== undefined) return;
    const at = targetName(context, name, span);
    if (at !== null) put(newOid(state), at.name, at.schema.oid, operands, null);
  };
  if (left !== null) shell(event.commutator, [right, left]);
  shell(event.negator, [left, right]);
}

/** The operator that DROP, ALTER … OWNER and SET SCHEMA name by its operand types. */
export function operatorNamed(context: Context, ref: RoutineRef): Operator | undefined {
  const [first, second] = ref.args ?? [];
  if (first === undefined) return undefined;
  // `NONE` of a prefix operator is left out of the arguments.
  const left = second === undefined ? null : typeRef(context, first);
  return findOperator(context, ref.name, left, typeRef(context, second ?? first));
}

/** A cast belongs to the owners of its types. */
function requireOneType(context: Context, types: readonly TypeRef[], span: Span): void {
  const { state } = context;
  const owns = types.some((type) => {
    const owner =
      typeof type.base === "number"
        ? (state.types.get(type.base) ?? state.relations.get(type.base))?.owner
        : context.bootstrap;
    return owner === undefined || ownsAs(context, owner);
  });
  if (!owns) refuse(context, span, "must be owner of source or target type");
}

export function createCast(context: Context, event: EventOf<"create-cast">): void {
  const { state } = context;
  const { span } = event;
  const source = withoutModifier(knownType(context, event.source, span));
  const target = withoutModifier(knownType(context, event.target, span));
  requireOneType(context, [source, target], span);
  for (const type of [source, target]) requireTypeUsage(context, type, span);
  let routine: RoutineTarget | null = null;
  if (event.routine !== null) {
    const types = event.routine.args?.map((arg) => withoutModifier(typeRef(context, arg))) ?? null;
    const found = routineTarget(context, event.routine.name, types);
    if (found === undefined && !context.assume) {
      refuse(context, span, `function ${event.routine.name.join(".")} does not exist`);
    }
    routine = found ?? null;
    requireExecute(context, routine, span);
  }
  if (event.method === "binary" && event.routine === null) refuseBinary(context, span, [source, target]);
  const key = castKey(source, target);
  const builtIn = catalogText(source);
  const taken =
    builtIn !== null &&
    catalogCasts(builtIn, context.postgresVersion).some((cast) => cast.target === catalogText(target));
  if (taken || state.casts.by.types.has(key)) refuse(context, span, "cast already exists");
  const cast = state.casts.put({
    oid: newOid(state),
    name: "",
    place: placeOf(context, span),
    prelude: context.prelude,
    assumed: false,
    source,
    target,
    context: event.context,
    method: event.method,
    routine,
  });
  dependOn(state, { oid: cast.oid }, [...typeUses([source, target]), ...targetUses(routine)]);
}

/** Of what is stored the same a cast must know more than that: these types never are. */
function refuseBinary(context: Context, span: Span, types: readonly TypeRef[]): void {
  for (const type of types) {
    if (typeof type.base !== "number") continue;
    const kind = context.state.types.get(type.base)?.kind ?? "composite";
    if (type.array) refuse(context, span, "array data types are not binary-compatible");
    if (kind === "enum" || kind === "composite")
      refuse(context, span, `${kind} data types are not binary-compatible`);
    if (kind === "domain") refuse(context, span, "domain data types must not be marked binary-compatible");
  }
}

function catalogText(type: TypeRef): string | null {
  if (typeof type.base !== "string" || !type.base.startsWith("pg_catalog.")) return null;
  return type.base.slice("pg_catalog.".length) + (type.array ? "[]" : "");
}

export function dropCast(context: Context, event: EventOf<"drop-cast">): void {
  const { span } = event;
  const source = typeRef(context, event.source);
  const target = typeRef(context, event.target);
  if (!event.ifExists && !context.assume && (isUnknown(source) || isUnknown(target)))
    refuse(context, span, "type does not exist");
  const cast = context.state.casts.by.types.first(castKey(source, target));
  if (cast === undefined) {
    if (!event.ifExists) refuse(context, span, "cast does not exist");
    return;
  }
  requireOneType(context, [source, target], span);
  deleteObjects(context, [{ oid: cast.oid }], { cascade: event.cascade, span, what: "cast" });
}
