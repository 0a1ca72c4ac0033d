/** Whether PostgreSQL's choice of a function or operator is settled: nothing that somebody adds elsewhere is taken instead. */
import { catalogFunctions, catalogOperators } from "../builtin/index.ts";
import type { Context } from "../context.ts";
import type { TypeRef } from "../model.ts";
import { schemaNamed } from "../resolve.ts";
import { baseType, catalog, isUndecided, isUnknown, polymorphicName, sameKind } from "./types.ts";
import type { Operand, Use } from "./uses.ts";

/**
 * `trusted`: the schemas that are searched before any in which somebody else may create, in this order. What fits the
 * arguments exactly there is taken whatever comes later (func_get_detail, binary_oper_exact).
 */
export function isSettled(context: Context, use: Use, trusted: readonly string[]): boolean {
  return use.given.every((operands) => {
    if (operands.some(({ type }) => isOpen(type))) return false;
    return use.kind === "function"
      ? functionSettled(context, use.name, operands, trusted)
      : operatorSettled(context, use.name, operands, trusted);
  });
}

/** Not known, or of a type that the value itself decides. */
function isOpen(type: TypeRef): boolean {
  return isUndecided(type) || type.base === "pg_catalog.record" || polymorphicName(type) !== null;
}

const TEXT = catalog("text");
const isText = (type: TypeRef): boolean => sameKind(type, TEXT);

function functionSettled(
  context: Context,
  name: string,
  operands: readonly Operand[],
  trusted: readonly string[],
): boolean {
  // `f('x')` is a cast where a type is named f.
  if (operands.length === 1 && operands.every(({ type }) => isUnknown(type))) return false;
  return signatures(context, name, trusted).some((types) => fitsBest(context, operands, types));
}

/** Constants without a type go to text whatever else there is, where all other arguments fit exactly (func_select_candidate). */
function fitsBest(context: Context, operands: readonly Operand[], types: readonly TypeRef[]): boolean {
  if (types.length !== operands.length) return false;
  const constants = operands.some(({ type }) => isUnknown(type));
  return operands.every(({ type }, i) => {
    const wanted = types[i] ?? TEXT;
    if (isUnknown(type)) return isText(wanted);
    return sameKind(type, wanted) && (!constants || sameKind(type, baseType(context.state, type)));
  });
}

function signatures(
  context: Context,
  name: string,
  trusted: readonly string[],
): readonly (readonly TypeRef[])[] {
  const { state, postgresVersion } = context;
  return trusted.flatMap((schema) => {
    const found = schemaNamed(state, schema);
    const own =
      found === undefined
        ? []
        : state.routines.by.member
            .all(found.oid, name)
            .filter(
              ({ assumed, parameters }) => !assumed && parameters.every(({ mode }) => mode !== "variadic"),
            )
            .map(({ inputTypes }) => inputTypes);
    const builtIn =
      schema !== "pg_catalog"
        ? []
        : catalogFunctions(name, postgresVersion)
            .filter(({ variadic }) => !variadic)
            .map(({ args }) => args.map(catalog));
    return [...own, ...builtIn];
  });
}

function operatorSettled(
  context: Context,
  name: string,
  operands: readonly Operand[],
  trusted: readonly string[],
): boolean {
  const known = operatorTypes(context, name, trusted);
  const has = (...types: readonly TypeRef[]): boolean =>
    known.some(
      (args) => args.length === types.length && args.every((arg, i) => sameKind(arg, types[i] ?? TEXT)),
    );
  const [left, right] = operands;
  if (left === undefined) return false;
  if (right === undefined) return !isUnknown(left.type) && has(left.type);
  if (isUnknown(left.type) && isUnknown(right.type)) return has(TEXT, TEXT);
  if (isUnknown(left.type)) return has(right.type, right.type);
  // A constant is first taken to be of the other side's type.
  if (!isUnknown(right.type)) return has(left.type, right.type);
  if (has(left.type, left.type)) return true;
  return isJson(left.type) && right.literal !== null && !isJsonText(right.literal) && has(left.type, TEXT);
}

const isJson = ({ base, array }: TypeRef): boolean =>
  !array && (base === "pg_catalog.json" || base === "pg_catalog.jsonb");

/** `'name'` cannot be read as json: an operator that takes json there makes the query fail, no more. */
function isJsonText(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function operatorTypes(
  context: Context,
  name: string,
  trusted: readonly string[],
): readonly (readonly TypeRef[])[] {
  const { state, postgresVersion } = context;
  const own = state.operators.by.name
    .all(name)
    .filter(({ schema }) => trusted.includes(state.schemas.get(schema)?.name ?? ""))
    .map(({ left, right }) => (left === null ? [right] : [left, right]));
  const builtIn = trusted.includes("pg_catalog")
    ? catalogOperators(name, postgresVersion).map(({ left, right }) => [
        ...(left === null ? [] : [catalog(left)]),
        catalog(right),
      ])
    : [];
  return [...own, ...builtIn];
}
