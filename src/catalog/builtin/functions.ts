/** Functions, operators and casts of pg_catalog and information_schema. Types are named as `displayType` takes them: `int4`, `text[]`. */
import { builtinData, entriesOf, type Versions } from "./data.ts";
import { displayType } from "./type-display.ts";

export interface CatalogFunction {
  /** Within its schema: `lower`. */
  readonly name: string;
  readonly kind: "function" | "aggregate" | "window" | "procedure";
  /** Input argument types (proargtypes), pg_type names: `["int4", "text[]"]`. A VARIADIC argument stands last, as an array or `any`. */
  readonly args: readonly string[];
  readonly variadic: boolean;
  /** How many of the last arguments have defaults. */
  readonly defaults: number;
  readonly returns: string;
  readonly returnsSet: boolean;
  /** Columns of a result that is a record with OUT arguments; null otherwise. */
  readonly columns: readonly { readonly name: string; readonly type: string }[] | null;
  readonly volatility: "immutable" | "stable" | "volatile";
  readonly strict: boolean;
  readonly leakproof: boolean;
  /** initdb takes EXECUTE from PUBLIC. */
  readonly revokedFromPublic: boolean;
  /** Predefined roles that have EXECUTE by name. */
  readonly grantedTo: readonly string[];
  readonly versions: Versions;
}

export interface CatalogOperator {
  readonly name: string;
  /** null for a prefix operator. */
  readonly left: string | null;
  readonly right: string;
  readonly result: string;
  readonly function: string;
  /** Its function is leakproof. */
  readonly leakproof: boolean;
  readonly versions: Versions;
}

export interface CatalogCast {
  readonly source: string;
  readonly target: string;
  readonly context: "implicit" | "assignment" | "explicit";
  /** null: binary-coercible, or through text input and output (`method`). */
  readonly function: string | null;
  readonly method: "function" | "binary" | "inout";
  readonly versions: Versions;
}

const FUNCTION = /^\((.*?)\)(\*?)(?:\{(.*)\}|(\S+)) ([awp]?)([isv])(!?)(L?)(V?)(?:d(\d+))?(R?)(?::(\S+))?$/;
const kinds = { a: "aggregate", w: "window", p: "procedure" } as const;
const volatilities = { i: "immutable", s: "stable", v: "volatile" } as const;
const contexts = { i: "implicit", a: "assignment", e: "explicit" } as const;
const methods = { f: "function", b: "binary", i: "inout" } as const;

const list = (text: string | undefined): readonly string[] => (text ? text.split(",") : []);

function pick<T>(choices: Readonly<Record<string, T>>, key: string | undefined): T | undefined {
  return key === undefined || !Object.hasOwn(choices, key) ? undefined : choices[key];
}

/** All overloads of a function of pg_catalog; of information_schema with `schema`. In any version when none is given. */
export function catalogFunctions(
  name: string,
  version?: number,
  schema = "pg_catalog",
): readonly CatalogFunction[] {
  return entriesOf("functions", keyOf(name, schema), version, (text, versions) =>
    parseFunction(name, text, versions),
  );
}

/** Whether pg_catalog has a function of that name, in any version when none is given. */
export function isCatalogFunction(name: string, version?: number): boolean {
  return version === undefined
    ? builtinData("functions").has(name)
    : catalogFunctions(name, version).length > 0;
}

/** The overload with exactly these argument types (pg_type names, input arguments only). */
export function catalogFunction(
  name: string,
  args: readonly string[],
  version?: number,
): CatalogFunction | null {
  const signature = args.join(",");
  return catalogFunctions(name, version).find((each) => each.args.join(",") === signature) ?? null;
}

/** Whether the overload with these argument types is leakproof; without types: whether every overload is. False when there is none. */
export function functionLeakproof(name: string, args?: readonly string[], version?: number): boolean {
  if (args !== undefined) return catalogFunction(name, args, version)?.leakproof ?? false;
  const overloads = catalogFunctions(name, version);
  return overloads.length > 0 && overloads.every((each) => each.leakproof);
}

/** Names of all functions of pg_catalog (and `information_schema.` ones), sorted. */
export function catalogFunctionNames(): Iterable<string> {
  return builtinData("functions").keys();
}

/** As in pg_proc's regprocedure text: `lower(text)`, `substring(text, integer)`. */
export function functionSignature(entry: CatalogFunction): string {
  return `${entry.name}(${entry.args.map(displayType).join(", ")})`;
}

export function catalogOperators(name: string, version?: number): readonly CatalogOperator[] {
  return entriesOf("operators", name, version, (text, versions) => {
    const match = /^\((.*),(.*)\)(\S+) (\S+)( L)?$/.exec(text);
    if (match === null) return null;
    const [, left = "", right = "", result = "", procedure = "", leakproof] = match;
    return {
      name,
      left: left || null,
      right,
      result,
      function: procedure,
      leakproof: leakproof !== undefined,
      versions,
    };
  });
}

export function isCatalogOperator(name: string): boolean {
  return builtinData("operators").has(name);
}

/** Casts from a type that initdb creates. Casts to and from text through input/output, which need no entry, are not among them. */
export function catalogCasts(source: string, version?: number): readonly CatalogCast[] {
  return entriesOf("casts", source, version, (text, versions) => {
    const [target = "", contextKey, methodKey, procedure] = text.split(" ");
    const context = pick(contexts, contextKey);
    const method = pick(methods, methodKey);
    if (context === undefined || method === undefined) return null;
    return { source, target, context, method, function: procedure ?? null, versions };
  });
}

function keyOf(name: string, schema: string): string {
  return schema === "pg_catalog" ? name : `${schema}.${name}`;
}

function parseFunction(name: string, text: string, versions: Versions): CatalogFunction | null {
  const match = FUNCTION.exec(text);
  if (match === null) return null;
  const [
    ,
    args,
    set,
    columns,
    result,
    kind,
    volatility,
    strict,
    leakproof,
    variadic,
    defaults,
    revoked,
    grantees,
  ] = match;
  return {
    name,
    kind: pick(kinds, kind) ?? "function",
    args: list(args),
    variadic: variadic === "V",
    defaults: Number(defaults ?? 0),
    returns: result ?? "record",
    returnsSet: set === "*",
    columns: columns === undefined ? null : list(columns).map(parseColumn),
    volatility: pick(volatilities, volatility) ?? "volatile",
    strict: strict === "!",
    leakproof: leakproof === "L",
    revokedFromPublic: revoked === "R",
    grantedTo: list(grantees),
    versions,
  };
}

function parseColumn(text: string): { name: string; type: string } {
  const at = text.lastIndexOf(" ");
  return { name: text.slice(0, Math.max(at, 0)), type: text.slice(at + 1) };
}
