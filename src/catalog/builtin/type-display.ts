/** PostgreSQL's two ways of naming its types: pg_type's `int4` and the SQL standard's `integer` (format_type). */

const DISPLAY: ReadonlyMap<string, string> = new Map([
  ["bool", "boolean"],
  ["char", '"char"'],
  ["int2", "smallint"],
  ["int4", "integer"],
  ["int8", "bigint"],
  ["float4", "real"],
  ["float8", "double precision"],
  ["bpchar", "character"],
  ["varchar", "character varying"],
  ["time", "time without time zone"],
  ["timetz", "time with time zone"],
  ["timestamp", "timestamp without time zone"],
  ["timestamptz", "timestamp with time zone"],
  ["varbit", "bit varying"],
  ["any", '"any"'],
]);

/** Further spellings that the grammar accepts for a pg_type name, apart from the display form. */
const SPELLINGS: readonly (readonly [string, string])[] = [
  ["int", "int4"],
  ["dec", "numeric"],
  ["decimal", "numeric"],
  ["float", "float8"],
  ["char varying", "varchar"],
  ["character", "bpchar"],
  ["nchar", "bpchar"],
  ["national character", "bpchar"],
  ["national char", "bpchar"],
  ["national character varying", "varchar"],
  ["national char varying", "varchar"],
];

const CANONICAL: ReadonlyMap<string, string> = new Map([
  ...[...DISPLAY].map(([name, display]) => [display, name] as const),
  ...SPELLINGS,
]);

/** A pg_catalog type as format_type shows it: `int4` → `integer`, `varchar[]` → `character varying[]`; other names unchanged. */
export function displayType(name: string): string {
  if (name.endsWith("[]")) return `${displayType(name.slice(0, -2))}[]`;
  return DISPLAY.get(name) ?? name;
}

/**
 * A type as somebody writes it, in lower case, to its pg_type name: `integer` → `int4`, `double precision[]` → `float8[]`.
 * Unquoted `char` is not handled: the grammar makes it `bpchar`, while `char` is also pg_type's name of the type `"char"`.
 */
export function canonicalType(written: string): string {
  if (written.endsWith("[]")) return `${canonicalType(written.slice(0, -2).trimEnd())}[]`;
  return CANONICAL.get(written) ?? written;
}
