/** Routines, types and what does not hang on relations, put together from the rows of the catalogs. */
import { byKey, chosen, grouped, type IsMember, known, type Names, owned, quoted } from "./dump-names.ts";
import type { BuiltinRow, BuiltinRows, DependRow, DumpRows } from "./dump-sql.ts";
import type {
  CastDump,
  Dump,
  FunctionDump,
  OwnedDump,
  PublicationDump,
  PublishedTable,
  TypeDump,
} from "./dump-types.ts";

const ROUTINE = { f: "function", p: "procedure", a: "aggregate", w: "window" } as const;
const VOLATILITY = { i: "immutable", s: "stable", v: "volatile" } as const;
const TYPE = { b: "base", c: "composite", d: "domain", e: "enum", r: "range" } as const;
const CONTEXT = { i: "implicit", a: "assignment", e: "explicit" } as const;

type Dependencies = Pick<DumpRows, "dependencies">;

/** The constructors of a range type come and go with it and belong to it. */
export function constructors({ dependencies }: Dependencies): ReadonlySet<number> {
  return parts(dependencies, "pg_proc");
}

/** Objects of that catalog that are a part of another one. */
function parts(dependencies: readonly DependRow[], catalog: string): ReadonlySet<number> {
  return new Set(
    dependencies.filter((row) => row.kind === "i" && row.catalog === catalog).map(({ oid }) => oid),
  );
}

export function functionsOf(rows: DumpRows, names: Names, isMember: IsMember): Dump["functions"] {
  const isPart = constructors(rows);
  const languages = new Map(rows.languages.map(({ oid, name }) => [oid, quoted(name)]));
  return byKey(
    rows.functions
      .filter(({ oid }) => !isMember("pg_proc", oid) && !isPart.has(oid))
      .map((row): [string, FunctionDump] => [
        names.routine(row),
        {
          kind: chosen(ROUTINE, row.kind),
          ...owned(names, row),
          language: known(languages, row.language, "language"),
          securityDefiner: row.securityDefiner,
          settings: [...row.settings].sort(),
          volatility: chosen(VOLATILITY, row.volatility),
          leakproof: row.leakproof,
          strict: row.strict,
          arguments: row.arguments,
          returns: row.returns,
          source: row.source,
          atomicBody: row.atomicBody,
        },
      ]),
  );
}

/** Not array, multirange and row types. */
export function isShownType(
  rows: Pick<DumpRows, "types" | "relations">,
): (row: DumpRows["types"][number]) => boolean {
  const arrays = new Set(rows.types.map(({ array }) => array));
  const composite = new Set(rows.relations.filter(({ kind }) => kind === "c").map(({ oid }) => oid));
  return (row) =>
    row.kind !== "m" && !arrays.has(row.oid) && (row.relation === 0 || composite.has(row.relation));
}

export function typesOf(rows: DumpRows, names: Names, isMember: IsMember): Dump["types"] {
  const ranges = new Map(rows.ranges.map(({ oid, subtype }) => [oid, subtype]));
  const labels = grouped(rows.labels, ({ type }) => type);
  const columns = grouped(rows.columns, ({ relation }) => relation);
  const isShown = isShownType(rows);
  return byKey(
    rows.types
      .filter((row) => isShown(row) && !isMember("pg_type", row.oid))
      .map((row): [string, TypeDump] => [
        names.inSchema(row),
        {
          kind: row.defined ? chosen(TYPE, row.kind) : "shell",
          ...owned(names, row),
          baseType: row.baseType ?? ranges.get(row.oid) ?? null,
          labels: (labels.get(row.oid) ?? []).map(({ label }) => label),
          attributes: (columns.get(row.relation) ?? []).map(({ name, type }) => `${quoted(name)} ${type}`),
          notNull: row.notNull,
          default: row.default,
        },
      ]),
  );
}

export function castsOf(rows: DumpRows, names: Names, isMember: IsMember): Dump["casts"] {
  // The cast of a range type to its multirange comes and goes with it and belongs to it.
  const ofRanges = parts(rows.dependencies, "pg_cast");
  return byKey(
    rows.casts
      .filter(({ oid }) => !isMember("pg_cast", oid) && !ofRanges.has(oid))
      .map((row): [string, CastDump] => [
        `(${row.source} AS ${row.target})`,
        {
          context: chosen(CONTEXT, row.context),
          function: row.function === null ? null : names.routine(row.function),
        },
      ]),
  );
}

export function publicationsOf(rows: DumpRows, names: Names): Dump["publications"] {
  const relations = new Map(rows.relations.map((row) => [row.oid, names.inSchema(row)]));
  const columns = grouped(rows.columns, ({ relation }) => relation);
  const tableOf = (row: DumpRows["publishedTables"][number]): PublishedTable => ({
    name: known(relations, row.relation, "relation"),
    columns:
      row.columns === null
        ? null
        : (columns.get(row.relation) ?? [])
            .filter(({ number }) => row.columns?.includes(number))
            .map(({ name }) => quoted(name)),
    where: row.where,
  });
  return byKey(
    rows.publications.map((row): [string, PublicationDump] => [
      quoted(row.name),
      {
        owner: names.role(row.owner),
        allTables: row.allTables,
        publishes: (["insert", "update", "delete", "truncate"] as const).filter((action) => row[action]),
        viaRoot: row.viaRoot,
        schemas: rows.publishedSchemas
          .filter(({ publication }) => publication === row.oid)
          .map(({ schema }) => names.schema(schema))
          .sort(),
        tables: rows.publishedTables
          .filter(({ publication }) => publication === row.oid)
          .map(tableOf)
          .sort((a, b) => (a.name < b.name ? -1 : 1)),
      },
    ]),
  );
}

/** With a note whether it is now as an object without an ACL is. */
export type BuiltinDump = OwnedDump & { readonly plain: boolean };

const SUPERUSER = 10;

export function builtinsOf(rows: BuiltinRows, names: Names): readonly (readonly [string, BuiltinDump])[] {
  const name = (row: BuiltinRow): string => {
    if (row.column !== null) return `${names.inSchema(row)}.${quoted(row.column)}`;
    return row.args === null ? names.inSchema(row) : names.routine({ ...row, args: row.args });
  };
  return (["relation", "column", "function", "type"] as const).flatMap((kind) =>
    rows[kind].map((row): [string, BuiltinDump] => {
      const acl = names.acl(row.acl ?? []);
      const initial = names.acl(row.initial ?? []);
      return [
        `${kind} ${name(row)}`,
        {
          owner: names.role(row.owner),
          acl,
          plain: row.owner === SUPERUSER && acl.join("\n") === initial.join("\n"),
        },
      ];
    }),
  );
}
