/** Functions of extensions. */
import type { Span } from "../../text/span.ts";
import { mergeAcls } from "../acl.ts";
import { PUBLIC, type RoutineParameter, type Setting } from "../model.ts";
import { newObjectAcl } from "../object-acl.ts";
import { sameTypes } from "../same-type.ts";
import type { ExtensionFunction } from "./data.ts";
import { base, belongs, granted, type Installation, placed, taken, typeNamed } from "./installation.ts";

export function createFunction(at: Installation, data: ExtensionFunction): void {
  const { context, span, owner } = at;
  const { schema, name } = placed(at, data.name);
  const parameters = parametersOf(at, data);
  const inputTypes = parameters
    .filter(({ mode }) => mode !== "out" && mode !== "table")
    .map((parameter) => parameter.type);
  const existing = context.state.routines.by.member
    .all(schema, name)
    .find((routine) => sameTypes(routine.inputTypes, inputTypes));
  if (taken(at, existing, "function")) return;
  const fields = { ...base(at, name), ...(existing === undefined ? {} : { oid: existing.oid }) };
  const { place } = fields;
  const returnType = typeNamed(at, data.returns);
  const acl = newObjectAcl(context, "routine", owner, schema).filter(
    (item) => !data.revokedFromPublic || item.grantee !== PUBLIC,
  );
  const settings = data.settings.map((text): [string, Setting] => {
    const equals = text.indexOf("=");
    const setting = text.slice(0, equals);
    const values = text.slice(equals + 1).split(",");
    return [setting, { name: setting, values, change: "set", place }];
  });
  context.state.routines.put({
    ...fields,
    schema,
    kind: data.kind,
    owner,
    parameters,
    inputTypes,
    returns:
      data.kind === "procedure" ? null : { ...writtenType(data.returns, span), setof: data.returnsSet },
    returnType: data.kind === "procedure" ? null : returnType,
    returnsSet: data.returnsSet,
    returnsTrigger: data.returns === "trigger" || data.returns === "event_trigger" ? data.returns : null,
    language: data.language,
    securityDefiner: { value: data.securityDefiner, place },
    settings: new Map(settings),
    settingWriters: new Map(settings.map(([setting]) => [setting, place])),
    definition: null,
    definitionPlace: place,
    sessionPath: [],
    source: { kind: "none" },
    volatility: data.volatility,
    leakproof: { value: data.leakproof, place },
    strict: data.strict,
    acl: mergeAcls(
      mergeAcls(
        acl,
        granted(
          at,
          data.grantedTo.map((role) => ({ role, privileges: "X" })),
        ),
      ),
      existing?.acl ?? [],
    ),
  });
  belongs(at, fields.oid);
}

function writtenType(text: string, span: Span): RoutineParameter["written"]["type"] {
  const array = text.endsWith("[]");
  const name = (array ? text.slice(0, -2) : text).split(".").filter((part) => part !== "");
  return { name, array, span };
}

/** Input arguments, then the columns that the function gives. */
function parametersOf(at: Installation, data: ExtensionFunction): readonly RoutineParameter[] {
  const { span } = at;
  const first = data.args.length - data.defaults;
  const parameter = (
    mode: RoutineParameter["mode"],
    attribute: { readonly name: string; readonly type: string },
    optional: boolean,
  ): RoutineParameter => {
    const name = attribute.name === "" ? null : attribute.name;
    // What the default is nobody asks; that there is one says how many arguments a call needs.
    const value = optional ? ({ kind: "null", span } as const) : null;
    const written = { name, mode, type: writtenType(attribute.type, span), default: value, span };
    return { name, mode, type: typeNamed(at, attribute.type), written };
  };
  const inputs = data.args.map((argument, i) =>
    parameter(data.variadic && i === data.args.length - 1 ? "variadic" : "in", argument, i >= first),
  );
  // Of INOUT arguments the data says both: the inputs stand for themselves, the columns for the result.
  return [...inputs, ...(data.columns ?? []).map((column) => parameter("out", column, false))];
}
