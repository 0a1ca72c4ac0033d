/** Answers about names and the types that they are given, remembered. */
import type { Name } from "../../events/tree.ts";
import type { Context } from "../context.ts";
import type { TypeRef } from "../model.ts";
import { remembered } from "../remembered.ts";
import { UNDECIDED } from "./types.ts";

/** By major version. */
export type Answers<T> = Map<number, Step<T>>;

/** Where the parts of a name and then the types lead, one after the other: looking them up puts no text together. */
interface Step<T> {
  readonly names: Map<string, Step<T>>;
  readonly types: Map<TypeRef["base"], Step<T>>;
  readonly arrays: Map<TypeRef["base"], Step<T>>;
  /** undefined: not asked yet. */
  answer: T | null | undefined;
}

function firstStep<T>(): Step<T> {
  return { names: new Map(), types: new Map(), arrays: new Map(), answer: undefined };
}

/** Asks once what depends on nothing but the version, a name and the built-in types of the arguments. */
export function askOnce<T>(
  answers: Answers<T>,
  context: Context,
  name: Name,
  types: readonly TypeRef[],
  ask: () => T | null,
): T | null {
  if (context.state.casts.size > 0 || !types.every(isBuiltIn)) return ask();
  let step = remembered(answers, context.postgresVersion, firstStep<T>);
  for (const part of name) step = remembered(step.names, part, firstStep<T>);
  for (const { base, array } of types)
    step = remembered(array ? step.arrays : step.types, base, firstStep<T>);
  if (step.answer === undefined) step.answer = ask();
  return step.answer;
}

const isBuiltIn = ({ base }: TypeRef): boolean =>
  typeof base === "string" && (base.startsWith("pg_catalog.") || base === UNDECIDED.base);
