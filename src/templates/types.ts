/** What a type's text can carry when it becomes part of SQL. */
import type { Name, TypeName } from "../events/tree.ts";
import type { Span } from "../text/span.ts";

/** What only the catalog knows about types; without it they count as unknown. */
export interface TypeLookup {
  /** The built-in type behind a domain, `%TYPE` or alias; `enum` for an enum type and a domain whose CHECK leaves no text that could be SQL; `unseen` for a type that no file creates; null when not known. */
  resolve(type: TypeName): TypeName | "enum" | "unseen" | null;
  /** The declared type of a table's column, or null. */
  column(relation: Name, column: string): TypeName | null;
}

/**
 * `safe` numbers, uuid, dates and the like: no quote, no letter that means anything; `identifier` reg* types, whose text
 * the server quotes as an identifier; `text` types whose cast changes nothing; `json`; `array` of anything but safe
 * types; `unseen` is created elsewhere: a variable of such a type that takes text is most often of a domain over text; `other`
 * may carry anything and is not text.
 */
export type TypeClass = "safe" | "identifier" | "text" | "json" | "array" | "record" | "unseen" | "other";

const SAFE = new Set(
  (
    "int2 int4 int8 smallint integer int bigint smallserial serial bigserial numeric decimal float4 float8 real " +
    "bool boolean uuid date time timetz timestamp timestamptz interval oid inet cidr macaddr macaddr8 xid xid8 cid " +
    "tid pg_lsn bit varbit void"
  ).split(" "),
);
const IDENTIFIER = new Set(
  "regclass regproc regprocedure regtype regnamespace regrole regoper regoperator regcollation regconfig regdictionary".split(
    " ",
  ),
);
const TEXT = new Set("text varchar bpchar char name unknown cstring citext".split(" "));
const JSON_TYPES = new Set(["json", "jsonb"]);

/** The name without `pg_catalog`, or null when the type is in another schema. */
export function builtinName(type: TypeName): string | null {
  if (type.of !== undefined) return null;
  const [first, second] = type.name;
  if (type.name.length === 1) return first ?? null;
  if (type.name.length === 2 && (first === "pg_catalog" || second === "citext")) return second ?? null;
  return null;
}

/** Classifies a type; `lookup` resolves what is not built in. */
export function classify(type: TypeName | null, lookup: TypeLookup | null): TypeClass {
  if (type === null) return "other";
  const name = builtinName(type);
  if (type.array) {
    return classify({ ...type, array: false }, lookup) === "safe" ? "safe" : "array";
  }
  if (name !== null) {
    if (SAFE.has(name)) return "safe";
    if (IDENTIFIER.has(name)) return "identifier";
    if (TEXT.has(name)) return "text";
    if (JSON_TYPES.has(name)) return "json";
    if (name === "record") return "record";
  }
  if (type.of === "rowtype") return "record";
  const resolved = lookup?.resolve(type) ?? null;
  if (resolved === "enum") return "safe";
  if (resolved === "unseen") return "unseen";
  if (resolved === null || (resolved.name.join(".") === type.name.join(".") && resolved.of === type.of))
    return "other";
  return classify(resolved, null);
}

/** A built-in type that the analysis itself names. */
export function builtin(name: string, span: Span, array = false): TypeName {
  return { name: ["pg_catalog", name], array, span };
}
