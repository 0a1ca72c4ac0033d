/** Which function or operator a call means, and what it gives (parse_func.c, parse_oper.c). */
import type { Name } from "../../events/tree.ts";
import { catalogFunctions, catalogOperators } from "../builtin/index.ts";
import type { Context } from "../context.ts";
import type { Oid, Operator, Routine, TypeRef } from "../model.ts";
import { remembered } from "../remembered.ts";
import { routinesNamed, searchSchemas } from "../resolve.ts";
import { type Answers, askOnce } from "./answers.ts";
import {
  baseType,
  castsImplicitly,
  catalog,
  category,
  elementOf,
  isPreferred,
  isUndecided,
  isUnknown,
  polymorphicName,
  sameKind,
  UNDECIDED,
  withoutModifier,
} from "./types.ts";

/** A column of what a set-returning function gives. */
export interface ResultColumn {
  readonly name: string;
  readonly type: TypeRef;
}

interface Candidate {
  readonly args: readonly TypeRef[];
  readonly returns: TypeRef;
  readonly columns: readonly ResultColumn[] | null;
  readonly routine: Oid | null;
  /** Of user-made operators. */
  readonly operator?: Oid;
}

export interface Resolved {
  readonly type: TypeRef;
  readonly columns: readonly ResultColumn[] | null;
  /** A user-made routine; null: built in or not known. */
  readonly routine: Oid | null;
}

/** Spreads a VARIADIC last parameter over the given number of arguments, drops defaults; null when it cannot take them. */
function fitted(
  args: readonly TypeRef[],
  variadic: boolean,
  defaults: number,
  count: number,
): readonly TypeRef[] | null {
  if (args.length === count && !variadic) return args;
  const last = args.at(-1);
  if (variadic && last !== undefined && count >= args.length) {
    const element: TypeRef = last.base === "pg_catalog.any" ? last : { base: last.base, array: false };
    const name = polymorphicName(last);
    const each =
      name === "anyarray"
        ? catalog("anyelement")
        : name === "anycompatiblearray"
          ? catalog("anycompatible")
          : element;
    return [...args.slice(0, -1), ...Array.from({ length: count - args.length + 1 }, () => each)];
  }
  return count < args.length && count >= args.length - defaults ? args.slice(0, count) : null;
}

/** Of user-made routines. */
interface OwnCandidate extends Candidate {
  readonly schema: Oid;
  readonly spread: boolean;
  /** There is another one like it, and nothing to prefer one of them for. */
  readonly ambiguous: boolean;
}

/**
 * FuncnameGetCandidates(): of those that take the same types the first in the path, then the one that is not VARIADIC; otherwise, as
 * with defaults left out, there is no telling which is meant.
 */
function userCandidates(routines: readonly Routine[], count: number): readonly OwnCandidate[] {
  const found: OwnCandidate[] = [];
  for (const routine of routines) {
    const inputs = routine.parameters.filter(
      (parameter) => parameter.mode !== "out" && parameter.mode !== "table",
    );
    const args = fitted(
      routine.inputTypes,
      inputs.at(-1)?.mode === "variadic",
      inputs.filter((parameter) => parameter.written.default !== null).length,
      count,
    );
    if (args === null) continue;
    const spread = inputs.at(-1)?.mode === "variadic";
    const { oid, schema } = routine;
    const made = { args, ...resultOf(routine), routine: oid, schema, spread, ambiguous: false };
    const at = found.findIndex((other) =>
      other.args.every((type, i) => sameKind(type, args[i] ?? UNDECIDED)),
    );
    const before = found[at];
    if (before === undefined) found.push(made);
    else if (before.schema === schema && before.spread && !spread) found[at] = made;
    else if (before.schema === schema && before.spread === spread) found[at] = { ...before, ambiguous: true };
  }
  return found;
}

/** The result type of a user-made routine, and its columns when it gives rows. */
function resultOf(routine: Routine): {
  readonly returns: TypeRef;
  readonly columns: readonly ResultColumn[] | null;
} {
  const outputs = routine.parameters.filter((parameter) =>
    ["out", "inout", "table"].includes(parameter.mode),
  );
  if (outputs.length > 0 && (outputs.length > 1 || outputs[0]?.mode === "table")) {
    const columns = outputs.map((parameter, i) => ({
      name: parameter.name ?? `column${i + 1}`,
      type: parameter.type,
    }));
    const only = outputs.length === 1 ? columns[0] : undefined;
    return { returns: only?.type ?? catalog("record"), columns };
  }
  if (outputs[0] !== undefined) return { returns: outputs[0].type, columns: null };
  return { returns: routine.returnType ?? UNDECIDED, columns: null };
}

/** What pg_catalog has of this name, read once per version. */
interface BuiltIn extends Candidate {
  readonly variadic: boolean;
  readonly defaults: number;
}

const functions = new Map<string, readonly BuiltIn[]>();
const operators = new Map<string, readonly Candidate[]>();

/** Answers about PostgreSQL's own functions and operators, which no statement changes. */
const settledCalls: Answers<Resolved> = new Map();
const settledOperators: Answers<ResolvedOperator> = new Map();

function builtInCandidates(
  context: Context,
  name: string,
  schema: string | undefined,
  count: number,
): readonly Candidate[] {
  const { postgresVersion } = context;
  const all = remembered(functions, `${postgresVersion} ${schema ?? ""} ${name}`, () =>
    catalogFunctions(name, postgresVersion, schema).map((each) => ({
      args: each.args.map(catalog),
      returns: catalog(each.returns),
      columns: each.columns?.map((column) => ({ name: column.name, type: catalog(column.type) })) ?? null,
      routine: null,
      variadic: each.variadic,
      defaults: each.defaults,
    })),
  );
  return all.flatMap((each) => {
    const args = fitted(each.args, each.variadic, each.defaults, count);
    return args === null ? [] : [{ ...each, args }];
  });
}

function builtInOperators(context: Context, name: string): readonly Candidate[] {
  const { postgresVersion } = context;
  return remembered(operators, `${postgresVersion} ${name}`, () =>
    catalogOperators(name, postgresVersion).map((operator) => ({
      args: [...(operator.left === null ? [] : [catalog(operator.left)]), catalog(operator.right)],
      returns: catalog(operator.result),
      columns: null,
      routine: null,
    })),
  );
}

export function resolveCall(
  context: Context,
  name: Name,
  args: readonly TypeRef[],
  variadic = false,
): Resolved | null {
  const routines = routinesNamed(context, name);
  if (routines.length > 0) return resolveAmong(context, routines, name, args, variadic);
  return askOnce(settledCalls, context, name, args, () => resolveAmong(context, [], name, args, variadic));
}

function resolveAmong(
  context: Context,
  routines: readonly Routine[],
  name: Name,
  args: readonly TypeRef[],
  variadic: boolean,
): Resolved | null {
  const qualifier = name.at(-2);
  const last = name.at(-1) ?? "";
  const own = userCandidates(routines, args.length);
  const candidates: Candidate[] = [...own];
  if (qualifier === undefined || qualifier === "pg_catalog" || qualifier === "information_schema") {
    candidates.push(...builtInCandidates(context, last, qualifier, args.length));
  }
  if (variadic) {
    // VARIADIC array: the parameter as declared.
    for (const routine of routines) {
      if (routine.inputTypes.length === args.length) {
        candidates.push({ args: routine.inputTypes, ...resultOf(routine), routine: routine.oid });
      }
    }
  }
  const chosen = choose(context, candidates, args);
  if (!context.assume && own.some((each) => each === chosen && each.ambiguous)) return null;
  if (chosen !== null)
    return { type: resultType(context, chosen, args), columns: chosen.columns, routine: chosen.routine };
  return null;
}

/** User-made operators of this name where the name is looked up. */
function operatorsNamed(context: Context, name: Name): readonly Operator[] {
  const last = name.at(-1) ?? "";
  const all = context.state.operators.by.name.all(last);
  if (all.length === 0) return all;
  const qualifier = name.at(-2);
  const schemas =
    qualifier === undefined
      ? searchSchemas(context).map(({ oid }) => oid)
      : context.state.schemas.by.name.all(qualifier).map(({ oid }) => oid);
  return all.filter((operator) => schemas.includes(operator.schema));
}

export interface ResolvedOperator {
  readonly type: TypeRef;
  /** A user-made operator; null: built in or not known. */
  readonly operator: Oid | null;
}

const UNDECIDED_OPERATOR: ResolvedOperator = { type: UNDECIDED, operator: null };

/** What an operator gives; null: there is none for these operands. */
export function resolveOperator(
  context: Context,
  name: Name,
  operands: readonly TypeRef[],
): ResolvedOperator | null {
  const last = name.at(-1) ?? "";
  const own = operatorsNamed(context, name);
  if (own.length > 0) return operatorAmong(context, own, last, operands);
  return askOnce(settledOperators, context, [last], operands, () =>
    operatorAmong(context, [], last, operands),
  );
}

function operatorAmong(
  context: Context,
  own: readonly Operator[],
  last: string,
  operands: readonly TypeRef[],
): ResolvedOperator | null {
  const [left, right] = operands.length === 1 ? [null, operands[0]] : operands;
  if (right === undefined) return UNDECIDED_OPERATOR;
  const candidates = builtInOperators(context, last).filter(
    (candidate) => candidate.args.length === operands.length,
  );
  for (const operator of own) {
    if ((operator.left === null) !== (left === null)) continue;
    const { routine } = operator;
    const returns = typeof routine === "number" ? context.state.routines.get(routine) : undefined;
    candidates.push({
      args: [...(operator.left === null ? [] : [operator.left]), operator.right],
      returns: returns === undefined ? UNDECIDED : resultOf(returns).returns,
      columns: null,
      routine: null,
      operator: operator.oid,
    });
  }
  let given = operands;
  if (left != null && isUnknown(left) !== isUnknown(right)) {
    // An unknown operand is first taken to be of the other's type.
    const known = isUnknown(left) ? right : left;
    const exact = candidates.find((candidate) => candidate.args.every((arg) => sameKind(arg, known)));
    if (exact !== undefined) return { type: exact.returns, operator: exact.operator ?? null };
    const base = baseType(context.state, known);
    given = isUnknown(left) ? [left, base] : [base, right];
  }
  const fits = (candidate: Candidate): boolean =>
    candidate.args.every((type, i) => castsImplicitly(context.state, given[i] ?? UNDECIDED, type));
  if (!candidates.some(fits)) return null;
  const chosen = choose(context, candidates, given);
  return chosen === null
    ? UNDECIDED_OPERATOR
    : { type: resultType(context, chosen, given), operator: chosen.operator ?? null };
}

function choose(
  context: Context,
  candidates: readonly Candidate[],
  args: readonly TypeRef[],
): Candidate | null {
  const { state } = context;
  const exact = candidates.find((candidate) =>
    candidate.args.every((type, i) => sameKind(type, args[i] ?? UNDECIDED)),
  );
  if (exact !== undefined) return exact;
  let left = candidates.filter((candidate) =>
    candidate.args.every((type, i) => castsImplicitly(state, args[i] ?? UNDECIDED, type)),
  );
  if (left.length <= 1) return left[0] ?? null;
  const given = args.map((arg) => baseType(state, arg));
  const best = (score: (candidate: Candidate) => number): void => {
    const scores = left.map(score);
    const top = Math.max(...scores);
    left = left.filter((_, i) => scores[i] === top);
  };
  const count = (candidate: Candidate, test: (type: TypeRef, arg: TypeRef) => boolean): number =>
    candidate.args.filter((type, i) => {
      const arg = given[i];
      return arg !== undefined && test(type, arg);
    }).length;
  best((candidate) => count(candidate, (type, arg) => !isUnknown(arg) && sameKind(type, arg)));
  if (left.length === 1) return left[0] ?? null;
  best((candidate) =>
    count(
      candidate,
      (type, arg) =>
        !isUnknown(arg) &&
        (sameKind(type, arg) || (category(state, type) === category(state, arg) && isPreferred(type))),
    ),
  );
  if (left.length === 1) return left[0] ?? null;
  given.forEach((arg, i) => {
    if (!isUnknown(arg)) return;
    const categories = left.map((candidate) => category(state, candidate.args[i] ?? UNDECIDED));
    const wanted = categories.includes("S")
      ? "S"
      : categories.every((each) => each === categories[0])
        ? categories[0]
        : null;
    if (wanted == null) return;
    const inside = left.filter((_, at) => categories[at] === wanted);
    const preferred = inside.filter((candidate) => isPreferred(candidate.args[i] ?? UNDECIDED));
    left = preferred.length > 0 ? preferred : inside;
  });
  if (left.length === 1) return left[0] ?? null;
  // Unknown arguments of the type that all known ones have.
  const known = given.filter((arg) => !isUnknown(arg));
  const [first] = known;
  if (first !== undefined && known.length < given.length && known.every((arg) => sameKind(arg, first))) {
    const same = left.filter((candidate) =>
      candidate.args.every((type) => castsImplicitly(state, first, type)),
    );
    if (same.length === 1) return same[0] ?? null;
  }
  const results = left.map((candidate) => candidate.returns);
  const [result] = results;
  // Several are left: what they give is known all the same when it is one type.
  if (result !== undefined && results.every((type) => sameKind(type, result)))
    return { args: left[0]?.args ?? [], columns: left[0]?.columns ?? null, returns: result, routine: null };
  return null;
}

/** Puts the argument types where the declared result is polymorphic. */
function resultType(context: Context, candidate: Candidate, args: readonly TypeRef[]): TypeRef {
  const wanted = polymorphicName(candidate.returns);
  if (wanted === null || wanted === "any") return candidate.returns;
  for (let i = 0; i < candidate.args.length; i++) {
    const declared = polymorphicName(candidate.args[i] ?? UNDECIDED);
    const given = args[i];
    if (declared === null || given === undefined || isUnknown(given)) continue;
    if (isUndecided(given)) return UNDECIDED;
    const base = withoutModifier(baseType(context.state, given));
    const element: TypeRef =
      declared.endsWith("array") && !declared.endsWith("nonarray") ? (elementOf(base) ?? base) : base;
    if (declared.endsWith("range") !== wanted.endsWith("range")) continue;
    return wanted.endsWith("array") && !wanted.endsWith("nonarray")
      ? { base: element.base, array: true }
      : element;
  }
  return wanted.endsWith("array") && !wanted.endsWith("nonarray") ? catalog("text[]") : catalog("text");
}
