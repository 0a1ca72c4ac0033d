/** What PostgreSQL calls a type, by the other names that people write. */
const TYPES: ReadonlyMap<string, string> = new Map([
  ["int", "integer"],
  ["int4", "integer"],
  ["int8", "bigint"],
  ["int2", "smallint"],
  ["bool", "boolean"],
  ["float4", "real"],
  ["float8", "double precision"],
  ["float", "double precision"],
  ["decimal", "numeric"],
  ["varchar", "character varying"],
  ["char", "character"],
  ["bpchar", "character"],
  ["varbit", "bit varying"],
  ["timestamptz", "timestamp with time zone"],
  ["timestamp", "timestamp without time zone"],
  ["timetz", "time with time zone"],
  ["time", "time without time zone"],
]);

/** An object's identity in one spelling: `public.f(int, text)` and `public.f(integer,text)` are the same. */
export function objectName(written: string): string {
  const text = written.trim().replace(/\s+/g, " ");
  const [, name, types] = /^(.*?)\s*\((.*)\)$/s.exec(text) ?? [];
  if (name === undefined || types === undefined) return text;
  return `${name}(${types
    .split(",")
    .map((type) => typeName(type.trim()))
    .join(", ")})`;
}

function typeName(written: string): string {
  const [, base = written, array = ""] = /^(.*?)((?:\[\])*)$/s.exec(written) ?? [];
  return `${TYPES.get(base.toLowerCase()) ?? base}${array}`;
}
