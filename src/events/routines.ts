import type {
  AlterFunctionStmt,
  CreateFunctionStmt,
  DefElem,
  DefineStmt,
  DoStmt,
  FunctionParameter,
  Node,
  ObjectWithArgs,
} from "@pgsql/types";
import { decodeLiteral } from "../parser/string-literal.ts";
import { sliceMapped } from "../text/mapped-text.ts";
import { fitted } from "../text/shared.ts";
import type { Span } from "../text/span.ts";
import {
  booleanArg,
  defElems,
  nameOf,
  type StatementText,
  sourceSpan,
  spanFrom,
  stringsOf,
  textArg,
  unplacedName,
} from "./ast.ts";
import type {
  EventOf,
  Parameter,
  ParameterMode,
  RoutineOptions,
  RoutineRef,
  RoutineSource,
  SettingChange,
} from "./event.ts";
import { settingChange } from "./settings.ts";
import { tokensOf } from "./statement-tokens.ts";
import type { Name, Statement, TypeName } from "./tree.ts";
import { expressionOf, statementOf, typeNameOf } from "./tree-from-ast.ts";

function modeOf(mode: FunctionParameter["mode"]): ParameterMode {
  switch (mode) {
    case "FUNC_PARAM_OUT":
      return "out";
    case "FUNC_PARAM_INOUT":
      return "inout";
    case "FUNC_PARAM_VARIADIC":
      return "variadic";
    case "FUNC_PARAM_TABLE":
      return "table";
    default:
      return "in";
  }
}

function parametersOf(nodes: readonly Node[] | undefined, statement: StatementText): readonly Parameter[] {
  const parameters: Parameter[] = [];
  for (const node of nodes ?? []) {
    if (!("FunctionParameter" in node)) continue;
    const parameter = node.FunctionParameter;
    parameters.push({
      name: parameter.name ?? null,
      mode: modeOf(parameter.mode),
      type: typeNameOf(parameter.argType ?? {}, statement.text),
      default: parameter.defexpr === undefined ? null : expressionOf(parameter.defexpr, statement.text),
      span: spanFrom(statement, parameter.location),
    });
  }
  return fitted(parameters);
}

/** A routine named by ALTER, DROP, GRANT, …: input types as the parser gives them (OUT left out). */
export function routineRef(object: ObjectWithArgs | undefined, statement: StatementText): RoutineRef {
  const name = stringsOf(object?.objname);
  const args: TypeName[] = [];
  for (const arg of object?.objargs ?? []) {
    if ("TypeName" in arg) args.push(typeNameOf(arg.TypeName, statement.text));
  }
  const { name: parts, span } = unplacedName(name, statement);
  const modes = (object?.objfuncargs ?? []).some(
    (arg) => "FunctionParameter" in arg && arg.FunctionParameter.mode !== "FUNC_PARAM_DEFAULT",
  );
  const types = object?.args_unspecified === true ? null : fitted(args);
  return modes ? { name: parts, span, args: types, modes } : { name: parts, span, args: types };
}

/** A routine, or any other object that has only a name. */
export function objectRef(node: Node | undefined, statement: StatementText): RoutineRef {
  if (node !== undefined && "ObjectWithArgs" in node) return routineRef(node.ObjectWithArgs, statement);
  const { name, span } = unplacedName(nameOf(node), statement);
  return { name, span, args: null };
}

function routineOptions(options: readonly DefElem[], statement: StatementText): RoutineOptions {
  const settings: SettingChange[] = [];
  const result: { -readonly [K in keyof RoutineOptions]: RoutineOptions[K] } = { settings };
  for (const option of options) {
    switch (option.defname) {
      case "security":
        result.security = { definer: booleanArg(option.arg), span: securitySpan(statement, option.location) };
        break;
      case "set":
        if (option.arg !== undefined && "VariableSetStmt" in option.arg) {
          settings.push(settingChange(option.arg.VariableSetStmt, statement, option.location));
        }
        break;
      case "volatility": {
        const value = textArg(option.arg);
        if (value === "immutable" || value === "stable" || value === "volatile") result.volatility = value;
        break;
      }
      case "leakproof": {
        const value = booleanArg(option.arg);
        result.leakproof = { value, span: spanFrom(statement, option.location, value ? 1 : 2) };
        break;
      }
      case "strict":
        result.strict = booleanArg(option.arg);
        break;
      case "parallel": {
        const value = textArg(option.arg);
        if (value !== null) result.parallel = value;
        break;
      }
      case "cost": {
        const value = textArg(option.arg);
        if (value !== null) result.cost = value;
        break;
      }
      case "window":
        result.window = booleanArg(option.arg);
        break;
      default:
        break;
    }
  }
  return result;
}

/** `[EXTERNAL] SECURITY {DEFINER|INVOKER}` from a byte offset of the statement. */
function securitySpan(statement: StatementText, location: number | undefined): Span {
  const tokens = tokensOf(statement.text);
  const external = tokens.at(tokens.indexAt(location ?? 0))?.text === "external";
  return spanFrom(statement, location, external ? 3 : 2);
}

/** The string constant after the word AS: text and span of the code. */
function textSource(as: DefElem | undefined, statement: StatementText): RoutineSource {
  const tokens = tokensOf(statement.text);
  const from = as?.location ?? 0;
  for (let i = tokens.indexAt(from); i < tokens.count; i++) {
    const token = tokens.at(i);
    if (token?.kind !== "string") continue;
    // '…' newline '…' is one literal; a second string after a comma is a C symbol.
    let last = token;
    for (let next = tokens.at(++i); next?.kind === "string"; next = tokens.at(++i)) last = next;
    const raw = sliceMapped(statement.text, { start: token.start, end: last.end });
    const text = decodeLiteral(raw);
    if (text === null) break;
    return { kind: "text", text, span: sourceSpan(statement, { start: token.start, end: last.end }) };
  }
  return { kind: "none" };
}

function atomicSource(body: Node, statement: StatementText): RoutineSource {
  const statements: Statement[] = [];
  const visit = (node: Node): void => {
    if ("List" in node) for (const item of node.List.items ?? []) visit(item);
    else statements.push(statementOf(node, statement.text));
  };
  visit(body);
  return { kind: "atomic", statements, span: statement.span };
}

export function createRoutine(node: CreateFunctionStmt, statement: StatementText): EventOf<"create-routine"> {
  const options = defElems(node.options);
  const language = options.find((option) => option.defname === "language");
  const as = options.find((option) => option.defname === "as");
  const languageName = textArg(language?.arg)?.toLowerCase() ?? null;
  const isBinary = languageName === "c" || languageName === "internal";
  let source: RoutineSource = { kind: "none" };
  if (node.sql_body !== undefined) source = atomicSource(node.sql_body, statement);
  else if (as !== undefined && !isBinary) source = textSource(as, statement);
  else if (as?.arg !== undefined) {
    const symbol = "List" in as.arg ? stringsOf(as.arg.List.items) : [];
    source = {
      kind: "none",
      symbol: symbol[languageName === "c" ? 1 : 0] ?? stringsOf(node.funcname).at(-1) ?? "",
    };
  }
  return {
    kind: "create-routine",
    span: statement.span,
    routineKind: node.is_procedure === true ? "procedure" : "function",
    name: unplacedName(stringsOf(node.funcname), statement),
    orReplace: node.replace === true,
    parameters: parametersOf(node.parameters, statement),
    returns: node.returnType === undefined ? null : typeNameOf(node.returnType, statement.text),
    language: languageName ?? (node.sql_body === undefined ? null : "sql"),
    languageSpan: language === undefined ? null : spanFrom(statement, language.location, 2),
    options: routineOptions(options, statement),
    source,
  };
}

export function alterRoutine(node: AlterFunctionStmt, statement: StatementText): EventOf<"alter-routine"> {
  const kind =
    node.objtype === "OBJECT_PROCEDURE"
      ? "procedure"
      : node.objtype === "OBJECT_ROUTINE"
        ? "routine"
        : "function";
  return {
    kind: "alter-routine",
    span: statement.span,
    routineKind: kind,
    routine: routineRef(node.func, statement),
    options: routineOptions(defElems(node.actions), statement),
  };
}

/** CREATE AGGREGATE: arguments come as a list of parameters (and a count for ORDER BY ones). */
export function createAggregate(node: DefineStmt, statement: StatementText): EventOf<"create-aggregate"> {
  const args = node.args?.[0];
  const options = defElems(node.definition);
  const base = options.find((option) => option.defname === "basetype")?.arg;
  let parameters = parametersOf(args !== undefined && "List" in args ? args.List.items : [], statement);
  if (
    node.oldstyle === true &&
    base !== undefined &&
    "TypeName" in base &&
    nameOf(base).at(-1)?.toLowerCase() !== "any"
  ) {
    const type = typeNameOf(base.TypeName, statement.text);
    parameters = [{ name: null, mode: "in", type, default: null, span: type.span }];
  }
  const arg = (name: string): Node | undefined =>
    options.find((option) => option.defname?.toLowerCase() === name)?.arg;
  const state: Name = nameOf(arg("sfunc") ?? arg("sfunc1"));
  const final: Name = nameOf(arg("finalfunc"));
  const stateType = arg("stype") ?? arg("stype1");
  const direct = node.args?.[1];
  return {
    kind: "create-aggregate",
    span: statement.span,
    name: unplacedName(stringsOf(node.defnames), statement),
    orReplace: node.replace === true,
    parameters,
    directArguments: direct !== undefined && "Integer" in direct ? (direct.Integer.ival ?? 0) : -1,
    stateFunction: state.length === 0 ? null : state,
    stateType:
      stateType !== undefined && "TypeName" in stateType
        ? typeNameOf(stateType.TypeName, statement.text)
        : null,
    finalFunction: final.length === 0 ? null : final,
  };
}

export function doBlock(node: DoStmt, statement: StatementText): EventOf<"do"> {
  const options = defElems(node.args);
  const language = options.find((option) => option.defname === "language");
  const as = options.find((option) => option.defname === "as");
  return {
    kind: "do",
    span: statement.span,
    language: textArg(language?.arg)?.toLowerCase() ?? "plpgsql",
    source: textSource(as, statement),
    block: null,
  };
}
