/** Where a routine begins: its parameters, NEW, OLD and TG_… . */
import type { Parameter } from "../events/event.ts";
import type { TypeName } from "../events/tree.ts";
import type { Span } from "../text/span.ts";
import type { Frame } from "./frame.ts";
import type { Context, Declared, Result, State } from "./state.ts";
import { coerce } from "./text.ts";
import { builtin, classify, type TypeLookup } from "./types.ts";
import { hole, holeValue, NULL_VALUE, type Origin, textValue, type Value } from "./value.ts";

export function topFrame(context: Context): Frame {
  const state: State = { values: new Map(), checks: new Map() };
  return { context, state, scope: null, language: "sql", rows: null, ctes: new Map(), placeholders: null };
}

const NOWHERE: Span = { start: 0, end: 0 };

export function routineFrame(
  input: {
    readonly parameters: readonly Pick<Parameter, "name" | "type" | "mode">[];
    readonly isTrigger: boolean;
  },
  language: "sql" | "plpgsql",
  context: Context,
): Frame {
  const frame = topFrame(context);
  const { values } = frame.state;
  const variables = new Map<string, Declared>();
  let inputs = 0;
  input.parameters.forEach((parameter, i) => {
    const { name, type, mode } = parameter;
    const takes = mode === "in" || mode === "inout" || mode === "variadic";
    if (takes) inputs++;
    const slot = parameterSlot(i);
    values.set(slot, takes ? parameterValue(name, inputs, type, context.lookup) : { ...NULL_VALUE, type });
    const declared: Declared = { slot, type, cursor: null };
    // PL/pgSQL counts all parameters, SQL only those that a call gives.
    if (language === "plpgsql") variables.set(`$${i + 1}`, declared);
    else if (takes) variables.set(`$${inputs}`, declared);
    if (name !== null) variables.set(name, declared);
  });
  if (language === "plpgsql") {
    declareSpecial(
      "found",
      holeValue(
        hole(NOWHERE, [constant()], { guard: "type", by: "boolean", type: builtin("bool", NOWHERE) }),
      ),
    );
    if (input.isTrigger) declareTriggerVariables(declareSpecial);
  }
  return { ...frame, language, scope: { outer: null, label: null, variables } };

  function declareSpecial(name: string, value: Value): void {
    const slot = `${name}!`;
    values.set(slot, value);
    variables.set(name, { slot, type: null, cursor: null });
  }
}

function parameterSlot(index: number): string {
  return `parameter ${index}`;
}

/** What the routine gives back by parameters. */
export function resultsOf(
  parameters: readonly Pick<Parameter, "name" | "type" | "mode">[],
): readonly Result[] {
  return parameters.flatMap(({ name, type, mode }, i) =>
    mode === "out" || mode === "inout" || mode === "table"
      ? [{ name: name ?? `column${i + 1}`, type, slot: parameterSlot(i), isColumn: mode === "table" }]
      : [],
  );
}

function constant(): Origin {
  return { kind: "constant", key: "constant", span: null, checks: [] };
}

function parameterValue(
  name: string | null,
  number: number,
  type: TypeName | null,
  lookup: TypeLookup | null,
): Value {
  const key = `parameter:${number}`;
  const origin: Origin = {
    kind: "parameter",
    name: name ?? `$${number}`,
    number,
    key,
    span: null,
    checks: [],
  };
  const plain = holeValue(hole(NOWHERE, [origin], { key }));
  if (type === null) return plain;
  const value = coerce({ value: plain, span: NOWHERE }, type, lookup);
  if (!type.array) return typed(value, type, lookup);
  const element = coerce(
    { value: holeValue(hole(NOWHERE, [origin], { key: `${key}[]` })), span: NOWHERE },
    { ...type, array: false },
    lookup,
  );
  return { ...value, elements: { list: null, any: typed(element, { ...type, array: false }, lookup) } };
}

/** Casts to text types leave a hole's type open; a parameter's is known. */
function typed(value: Value, type: TypeName, lookup: TypeLookup | null): Value {
  const [first] = value.pieces ?? [];
  if (first?.kind !== "hole" || classify(type, lookup) !== "text") return value;
  return { ...textValue([{ ...first, type }], type) };
}

const ROW_VARIABLES = ["new", "old", "tg_name", "tg_table_name", "tg_relname", "tg_table_schema"];
const FIXED_VARIABLES = ["tg_op", "tg_when", "tg_level", "tg_nargs", "tg_relid", "tg_event", "tg_tag"];

function declareTriggerVariables(declare: (name: string, value: Value) => void): void {
  for (const name of ROW_VARIABLES) declare(name, triggerValue(name));
  for (const name of FIXED_VARIABLES) {
    declare(name, holeValue(hole(NOWHERE, [constant()], { key: name, guard: "type", by: name })));
  }
  declare("tg_argv", { ...triggerValue("tg_argv"), elements: { list: null, any: triggerValue("tg_argv") } });
}

function triggerValue(variable: string): Value {
  const origin: Origin = {
    kind: "trigger-row",
    variable,
    field: null,
    key: variable,
    span: null,
    checks: [],
  };
  return holeValue(hole(NOWHERE, [origin], { key: variable }));
}
