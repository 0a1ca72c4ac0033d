/** Which of several routines of one name a call can mean. */
import type { Catalog } from "../catalog/catalog.ts";
import type { Routine } from "../catalog/model.ts";
import type { Call } from "../events/tree.ts";
import type { SimpleType, TypeReader } from "./argument-types.ts";

/** Whether a routine can take as many arguments as the call has, and by the names it gives them. */
export function takes(routine: Routine, call: { readonly args?: Call["args"] }): boolean {
  const { args } = call;
  if (args === undefined) return true;
  const inputs = routine.parameters.filter(({ mode }) => mode !== "out" && mode !== "table");
  const variadic = inputs.at(-1)?.mode === "variadic";
  if (args.length > inputs.length && !variadic) return false;
  const names = args.flatMap((arg) => (arg.name === null ? [] : [arg.name]));
  if (!names.every((name) => inputs.some((input) => input.name === name))) return false;
  const needed = inputs.filter(({ written, mode }) => written.default === null && mode !== "variadic").length;
  return args.length >= needed;
}

/** The routines that a call can mean, as far as the types of its arguments are known; `types` is asked only when there are several. */
export function meant(
  catalog: Catalog,
  candidates: readonly Routine[],
  call: Call,
  types: () => TypeReader,
): readonly Routine[] {
  const fitting = candidates.filter((routine) => takes(routine, call));
  const { args } = call;
  if (fitting.length < 2 || args.some(({ name }) => name !== null)) return fitting;
  const { typeOf } = types();
  const given = args.map(({ value }) => typeOf(value));
  const signatures = fitting.map((routine) => routine.inputTypes.map(catalog.typeName));
  return fitting.filter((_, i) => {
    const signature = signatures[i] ?? [];
    return !signatures.some((other) => outdoes(other, signature, given));
  });
}

/** Whether PostgreSQL takes the first signature rather than the second, of whatever type the arguments are that are not known. */
function outdoes(
  one: readonly SimpleType[],
  other: readonly SimpleType[],
  given: readonly (SimpleType | null)[],
): boolean {
  if (one.length !== given.length || other.length !== given.length) return false;
  let better = false;
  for (let i = 0; i < given.length; i++) {
    if (one[i] === other[i]) continue;
    if (!isType(given[i] ?? null, one[i] ?? "")) return false;
    better = true;
  }
  return better;
}

function isType(given: SimpleType | null, wanted: SimpleType): boolean {
  return given !== null && (given === wanted || given === wanted.replace(/^.*\./, ""));
}
