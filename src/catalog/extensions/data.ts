/**
 * What CREATE EXTENSION of known extensions makes: facts in the files of `extension-data`, each read when a project first creates the
 * extension. scripts/generate-extensions.mjs writes them.
 *
 * A name without a schema is in the schema that the extension is installed in. Types are named as in the builtin data; `.citext` is in the
 * extension's schema or belongs to an extension that it requires.
 */
import { readFileSync } from "node:fs";
import { parseGrants } from "../builtin/relations.ts";

/** The control file. */
export interface ExtensionControl {
  readonly superuser: boolean;
  /** Whoever may create in the database may install it; its objects are the bootstrap superuser's. */
  readonly trusted: boolean;
  readonly relocatable: boolean;
  /** The only schema that it can be installed in. */
  readonly schema: string | null;
  readonly requires: readonly string[];
}

export interface ExtensionGrant {
  /** null is PUBLIC. */
  readonly role: string | null;
  /** Letters as in aclitem: `r`, `X`, `U`. */
  readonly privileges: string;
}

export interface ExtensionSchema {
  readonly name: string;
  readonly grants: readonly ExtensionGrant[];
}

interface Attribute {
  readonly name: string;
  readonly type: string;
}

export interface ExtensionType {
  /** Within a schema, or with it: `cron.x`. */
  readonly name: string;
  readonly kind: "base" | "composite" | "domain" | "enum" | "range" | "multirange";
  /** Of a domain; of a range its subtype, of a multirange its range. */
  readonly base: string | null;
  readonly labels: readonly string[];
  readonly attributes: readonly Attribute[];
}

export interface ExtensionRelation {
  readonly name: string;
  readonly kind: "table" | "partitioned-table" | "view" | "materialized-view" | "sequence" | "foreign-table";
  readonly rowSecurity: boolean;
  readonly grants: readonly ExtensionGrant[];
  readonly columns: readonly (Attribute & { readonly grants: readonly ExtensionGrant[] })[];
}

export interface ExtensionFunction {
  readonly name: string;
  readonly kind: "function" | "aggregate" | "window" | "procedure";
  /** Input arguments; the name is empty where there is none. A VARIADIC argument stands last, as an array. */
  readonly args: readonly Attribute[];
  readonly variadic: boolean;
  /** How many of the last arguments have defaults. */
  readonly defaults: number;
  readonly returns: string;
  readonly returnsSet: boolean;
  /** Columns of a result that is a record with OUT arguments; null otherwise. */
  readonly columns: readonly Attribute[] | null;
  readonly volatility: "immutable" | "stable" | "volatile";
  readonly strict: boolean;
  readonly leakproof: boolean;
  readonly securityDefiner: boolean;
  /** The script takes EXECUTE from PUBLIC. */
  readonly revokedFromPublic: boolean;
  readonly grantedTo: readonly string[];
  readonly language: string;
  /** proconfig: `search_path=pg_catalog`. */
  readonly settings: readonly string[];
}

export interface ExtensionOperator {
  readonly name: string;
  /** null for a prefix operator. */
  readonly left: string | null;
  readonly right: string;
  readonly function: string;
}

export interface ExtensionCast {
  readonly source: string;
  readonly target: string;
  readonly context: "implicit" | "assignment" | "explicit";
  readonly method: "function" | "binary" | "inout";
  readonly function: string | null;
}

export interface ExtensionWrapper {
  readonly name: string;
  readonly handler: string | null;
  readonly validator: string | null;
}

export interface ExtensionEventTrigger {
  readonly name: string;
  readonly event: string;
  readonly function: string;
  readonly tags: readonly string[];
}

export interface ExtensionData {
  readonly control: ExtensionControl;
  readonly schemas: readonly ExtensionSchema[];
  readonly languages: readonly { readonly name: string; readonly trusted: boolean }[];
  readonly types: readonly ExtensionType[];
  readonly relations: readonly ExtensionRelation[];
  readonly functions: readonly ExtensionFunction[];
  readonly operators: readonly ExtensionOperator[];
  readonly casts: readonly ExtensionCast[];
  readonly wrappers: readonly ExtensionWrapper[];
  readonly eventTriggers: readonly ExtensionEventTrigger[];
}

const known = new Map<string, ExtensionData | null>();

/** What is known of an extension; null: nothing is. Throws only if the package is damaged. */
export function extensionData(name: string): ExtensionData | null {
  let data = known.get(name);
  if (data === undefined) {
    data = read(name);
    known.set(name, data);
  }
  return data;
}

function read(name: string): ExtensionData | null {
  // The name comes from a project's SQL: nothing that leads out of the directory.
  if (!/^[a-z0-9_][a-z0-9_-]*$/.test(name)) return null;
  let text: string;
  try {
    text = readFileSync(new URL(`./extension-data/${name}.json`, import.meta.url), "utf8");
  } catch {
    return null;
  }
  const file: unknown = JSON.parse(text);
  if (!isRecord(file)) throw new Error(`${name}.json is damaged`);
  const {
    control,
    schemas,
    languages,
    types,
    relations,
    functions,
    operators,
    casts,
    wrappers,
    eventTriggers,
  } = file;
  if (!isRecord(control)) throw new Error(`${name}.json is damaged`);
  return {
    control: controlOf(control),
    schemas: texts(schemas).map(([schema, [grants = ""]]) => ({ name: schema, grants: grantsOf(grants) })),
    languages: texts(languages).map(([language, [trusted]]) => ({
      name: language,
      trusted: trusted === "trusted",
    })),
    types: texts(types).map(typeOf),
    relations: texts(relations).map(relationOf),
    functions: overloads(functions, functionOf),
    operators: overloads(operators, operatorOf),
    casts: overloads(casts, castOf),
    wrappers: texts(wrappers).map(([wrapper, [functions = ""]]) => {
      const [handler = null, validator = null] = functions
        .split(" ")
        .map((each) => (each === "-" ? null : each));
      return { name: wrapper, handler, validator };
    }),
    eventTriggers: texts(eventTriggers).map(([trigger, [words = ""]]) => {
      const [event = "", routine = "", ...tags] = words.split(" ");
      return { name: trigger, event, function: routine, tags: listOf(tags.join(" ")) };
    }),
  };
}

function controlOf(control: Readonly<Record<string, unknown>>): ExtensionControl {
  const { superuser, trusted, relocatable, schema, requires } = control;
  return {
    superuser: superuser === true,
    trusted: trusted === true,
    relocatable: relocatable === true,
    schema: typeof schema === "string" ? schema : null,
    requires: stringsOf(requires),
  };
}

/** `c`, `d text`, `e`, then attributes of a composite type or labels of an enum. */
function typeOf([name, [head = "", ...rest]]: Texts): ExtensionType {
  const [letter = "", base] = head.split(" ");
  const kind = pick(TYPE_KINDS, letter) ?? "base";
  return {
    name,
    kind,
    base: base ?? null,
    labels: kind === "enum" ? rest : [],
    attributes: kind === "composite" ? rest.map(attributeOf) : [],
  };
}

/** `r`, `rR` with row-level security, then ` grants`; columns as `name type[ grants]`. */
function relationOf([name, [head = "", ...columns]]: Texts): ExtensionRelation {
  const [letters = "", grants = ""] = head.split(" ");
  return {
    name,
    kind: pick(RELATION_KINDS, letters.slice(0, 1)) ?? "table",
    rowSecurity: letters.includes("R"),
    grants: grantsOf(grants),
    columns: columns.map((column) => {
      const [column_ = "", type = "", columnGrants = ""] = column.split(" ");
      return { name: column_, type, grants: grantsOf(columnGrants) };
    }),
  };
}

const FUNCTION =
  /^\((.*?)\)(\*?)(?:\{(.*)\}|(\S+)) ([awp]?)([isv])(!?)(L?)(V?)(?:d(\d+))?(R?)(?::(\S+))?( definer)?((?: \S+)*)$/;

function functionOf(name: string, text: string): ExtensionFunction | null {
  const match = FUNCTION.exec(text);
  if (match === null) return null;
  const [, args, set, columns, result, kind, volatility, strict, leakproof, variadic] = match;
  const [defaults, revoked, grantees, definer, rest = ""] = match.slice(10);
  const words = rest.split(" ").filter((word) => word !== "");
  return {
    name,
    kind: pick(FUNCTION_KINDS, kind) ?? "function",
    args: listOf(args).map(attributeOf),
    variadic: variadic === "V",
    defaults: Number(defaults ?? 0),
    returns: result ?? "record",
    returnsSet: set === "*",
    columns: columns === undefined ? null : listOf(columns).map(attributeOf),
    volatility: pick(VOLATILITIES, volatility) ?? "volatile",
    strict: strict === "!",
    leakproof: leakproof === "L",
    securityDefiner: definer !== undefined,
    revokedFromPublic: revoked === "R",
    grantedTo: listOf(grantees),
    language: words.find((word) => !word.includes("=")) ?? (kind === "a" ? "internal" : "c"),
    settings: words.filter((word) => word.includes("=")),
  };
}

function operatorOf(name: string, text: string): ExtensionOperator | null {
  const match = /^\((.*),(.*)\)\S+ (\S+)$/.exec(text);
  if (match === null) return null;
  const [, left = "", right = "", routine = ""] = match;
  return { name, left: left || null, right, function: routine };
}

function castOf(source: string, text: string): ExtensionCast | null {
  const [target = "", contextLetter, methodLetter, routine] = text.split(" ");
  const context = pick(CAST_CONTEXTS, contextLetter);
  const method = pick(CAST_METHODS, methodLetter);
  if (context === undefined || method === undefined) return null;
  return { source, target, context, method, function: routine ?? null };
}

const TYPE_KINDS = {
  b: "base",
  c: "composite",
  d: "domain",
  e: "enum",
  r: "range",
  m: "multirange",
} as const;
const RELATION_KINDS = {
  r: "table",
  p: "partitioned-table",
  v: "view",
  m: "materialized-view",
  S: "sequence",
  f: "foreign-table",
} as const;
const FUNCTION_KINDS = { a: "aggregate", w: "window", p: "procedure" } as const;
const VOLATILITIES = { i: "immutable", s: "stable", v: "volatile" } as const;
const CAST_CONTEXTS = { i: "implicit", a: "assignment", e: "explicit" } as const;
const CAST_METHODS = { f: "function", b: "binary", i: "inout" } as const;

type Texts = readonly [name: string, texts: readonly string[]];

function texts(section: unknown): readonly Texts[] {
  return isRecord(section)
    ? Object.entries(section).map(([name, list]) => [name, stringsOf(list)] as const)
    : [];
}

function overloads<T>(section: unknown, parse: (name: string, text: string) => T | null): readonly T[] {
  return texts(section).flatMap(([name, list]) =>
    list.map((text) => parse(name, text)).filter((each) => each !== null),
  );
}

/** `name type` or `type`. */
function attributeOf(text: string): Attribute {
  const at = text.lastIndexOf(" ");
  return { name: text.slice(0, Math.max(at, 0)), type: text.slice(at + 1) };
}

function grantsOf(text: string): readonly ExtensionGrant[] {
  return text === "" ? [] : parseGrants(text);
}

const listOf = (text: string | undefined): readonly string[] => (text ? text.split(",") : []);

function pick<T>(choices: Readonly<Record<string, T>>, key: string | undefined): T | undefined {
  return key === undefined || !Object.hasOwn(choices, key) ? undefined : choices[key];
}

function stringsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === "string") : [];
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
