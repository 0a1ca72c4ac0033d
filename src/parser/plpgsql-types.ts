import type { MappedText } from "../text/mapped-text.ts";
import { scanDeclarations } from "./plpgsql-declarations.ts";
import { isName, isToken, takeIdentifier } from "./plpgsql-tokens.ts";
import type { PlacedDeclaration } from "./plpgsql-tree.ts";
import { type Walk, walkOf } from "./plpgsql-walk.ts";

/** A type as far as parsing a body needs it. */
interface ParameterType {
  readonly name: readonly string[];
  readonly array: boolean;
  readonly of?: "type" | "rowtype";
  readonly setof?: boolean;
}

/** What a body needs of its routine. For a DO block: no parameters, no result. */
export interface Signature {
  readonly parameters: readonly {
    readonly name: string | null;
    readonly mode: "in" | "out" | "inout" | "variadic" | "table";
    readonly type: ParameterType;
  }[];
  readonly returns: ParameterType | null;
  readonly isProcedure: boolean;
}

/** One way to read a body whose types are not known here. */
export interface Reading {
  /** The body, with types replaced: line breaks stay where they were. */
  readonly text: string;
  /** How a parameter of an unknown type is read. */
  readonly unknown: (parameter: string) => Substitute;
}

type Substitute = "text" | "record";

/**
 * A type that is not built in is a row or a scalar: only the database knows. The parser takes it for a row, and refuses a
 * body that uses the variable as a scalar. So: as the body stands; then a row where its fields are used; then all alike.
 */
export function* readings(body: MappedText, signature: Signature): Generator<Reading> {
  yield { text: body.text, unknown: () => "record" };
  const walk = walkOf(body);
  const rows = namesBeforeDot(walk);
  walk.at = 0;
  const declarations = scanDeclarations(walk);
  const read = (choose: (name: string) => Substitute): Reading => ({
    text: replaceTypes(walk, declarations, choose),
    unknown: choose,
  });
  yield read((name) => (rows.has(name) ? "record" : "text"));
  if (declarations.length + signature.parameters.length === 0) return;
  yield read(() => "text");
  yield read(() => "record");
}

/** Names that stand before a dot: variables whose fields are used. */
function namesBeforeDot(walk: Walk): Set<string> {
  const names = new Set<string>();
  const { tokens } = walk;
  for (let i = 0; i < tokens.count; i++) {
    if (isName(tokens, i) && isToken(tokens, i + 1, ".") && !isToken(tokens, i - 1, ".")) {
      names.add(takeIdentifier({ tokens, at: i }));
    }
  }
  return names;
}

function replaceTypes(
  walk: Walk,
  declarations: readonly PlacedDeclaration[],
  choose: (name: string) => Substitute,
): string {
  const { bytes } = walk.tokens;
  const parts: string[] = [];
  let end = 0;
  for (const { name, type } of declarations) {
    if (type === null) continue;
    const { start } = type.within;
    const breaks = type.text.text.replace(/[^\n]+/g, "");
    parts.push(
      bytes.toString("utf8", end, start),
      substitute(type, () => choose(name)),
      breaks,
    );
    end = type.within.end;
  }
  parts.push(bytes.toString("utf8", end));
  return parts.join("");
}

const BUILT_IN = new Set(
  (
    "any anyarray anycompatible anycompatiblearray anyelement anyenum anynonarray anyrange bytea cidr citext date " +
    "inet json jsonb macaddr money name oid regclass regproc regprocedure regrole regtype text tsquery tsvector " +
    "uuid xid xml"
  ).split(" "),
);

/** A type with which the parser reads a variable as PostgreSQL would. `unknown` decides for types it cannot know. */
function substitute(
  type: {
    readonly name: readonly string[];
    readonly array: boolean;
    readonly of?: "type" | "rowtype" | null;
  },
  unknown: () => Substitute,
): string {
  const last = type.name.at(-1) ?? "";
  const builtIn =
    type.name.length === 1 ? BUILT_IN.has(last) : type.name[0] === "pg_catalog" && type.of == null;
  if (type.array) return "text[]";
  if (type.of === "rowtype") return "record";
  if (type.of === "type") return unknown();
  if (last === "refcursor" || last === "record") return last;
  return builtIn ? "text" : unknown();
}

/** A CREATE statement for the body, on one line up to it, so that the parser's line 1 is the body's. */
export function routineText(reading: Reading, signature: Signature, name: string): string {
  const typeOf = (parameter: Signature["parameters"][number]): string =>
    substitute(parameter.type, () => (parameter.name === null ? "text" : reading.unknown(parameter.name)));
  const declare = (parameter: Signature["parameters"][number]): string => {
    const mode = parameter.mode === "out" || parameter.mode === "inout" ? parameter.mode : "";
    const label = parameter.name === null ? "" : quoteIdentifier(parameter.name);
    return `${mode} ${label} ${typeOf(parameter)}`;
  };
  const columns = signature.parameters.filter((parameter) => parameter.mode === "table");
  const parameters = signature.parameters.filter((parameter) => parameter.mode !== "table").map(declare);
  const outs = signature.parameters.filter(({ mode }) => mode === "out" || mode === "inout").map(typeOf);
  const result = resultOf(signature.returns, outs);
  const returns = columns.length > 0 ? `RETURNS TABLE(${columns.map(declare)})` : result;
  const head = signature.isProcedure
    ? `CREATE PROCEDURE ${quoteIdentifier(name)}(${parameters})`
    : `CREATE FUNCTION ${quoteIdentifier(name)}(${parameters}) ${returns}`;
  const tag = freeTag(reading.text);
  return `${head} LANGUAGE plpgsql AS ${tag}${reading.text}${tag}`;
}

function resultOf(returns: Signature["returns"], outs: readonly string[]): string {
  const setof = returns?.setof === true ? "SETOF " : "";
  if (outs.length > 0) return setof === "" ? "" : `RETURNS SETOF ${outs.length === 1 ? outs[0] : "record"}`;
  if (returns === null) return "RETURNS void";
  const last = returns.name.at(-1) ?? "";
  const pseudo = last === "void" || last === "trigger" || last === "event_trigger";
  return `RETURNS ${setof}${pseudo && !returns.array ? last : substitute(returns, () => "text")}`;
}

function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A dollar quote that does not occur in the text, not even in part at its end. */
function freeTag(text: string): string {
  let number = 0;
  for (const match of text.matchAll(/\$pgvet_(\d{1,9})/g)) number = Math.max(number, Number(match[1]) + 1);
  return `$pgvet_${number}$`;
}
