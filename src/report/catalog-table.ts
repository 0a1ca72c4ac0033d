/** The catalog as a table for people: objects, who owns them, who can reach them and through what. */
import { type Access, createAccess } from "../access/access.ts";
import { type Holders, holdersOfAcl, holdersOfRelation, holdersOfRoutine } from "../access/holders.ts";
import type { AclObject } from "../catalog/acl.ts";
import { type Catalog, quoteIdentifier } from "../catalog/catalog.ts";
import { type Acl, type Oid, PUBLIC } from "../catalog/model.ts";
import { databaseOf } from "../catalog/store.ts";
import type { TrustModel } from "../config/types.ts";
import { safeText } from "../text/safe.ts";
import { stepText } from "./reach.ts";
import { tableLines } from "./table.ts";

export interface CatalogTableOptions {
  /** How the database's files were found, and where; paths as shown. */
  readonly kind: string;
  readonly root: string;
  readonly preset: string;
  /** The last file that was replayed; null: all were. */
  readonly after: string | null;
  /** Columns of the terminal; null when the output is none: then no line is broken. */
  readonly columns: number | null;
}

interface Row {
  readonly name: string;
  readonly kind: string;
  readonly owner: Oid;
  readonly holders: readonly Holders[];
}

const HEADER = ["OBJECT", "KIND", "OWNER", "REACHED BY", "WITH", "THROUGH"];

/**
 * A table of the project's objects, ending in a newline. Reached by: PUBLIC, untrusted and application roles; in schemas
 * also USAGE is needed, so a grant without it does not show. What nobody but admins reaches says so.
 */
export function catalogTable(catalog: Catalog, trust: TrustModel, options: CatalogTableOptions): string {
  const access = createAccess(catalog, trust);
  const after = options.after === null ? "" : ` after ${safeText(options.after)}`;
  const title = `${safeText(options.root)}${after} (${safeText(options.kind)}, preset ${options.preset})`;
  const rows = rowsOf(catalog, access).flatMap((row) => cellsOf(catalog, access, row));
  const body = rows.length === 0 ? ["no objects"] : tableLines([HEADER, ...rows], options.columns);
  return [title, "", ...body, ""].join("\n");
}

function cellsOf(catalog: Catalog, access: Access, row: Row): readonly (readonly string[])[] {
  const object = [safeText(row.name), row.kind, safeText(catalog.roleName(row.owner))];
  if (row.holders.length === 0) return [[...object, "-", "", ""]];
  return row.holders.map(({ roles, privileges, through }, i) => [
    ...(i === 0 ? object : ["", "", ""]),
    rolesText(catalog, access, roles),
    safeText(privileges.join(", ")),
    through.map(stepText).join(", "),
  ]);
}

/** `PUBLIC`, `anon, authenticated (untrusted)` */
function rolesText(catalog: Catalog, access: Access, roles: readonly Oid[]): string {
  const levels = new Map<string, string[]>();
  for (const role of roles) {
    const level = role === PUBLIC ? "" : ` (${access.trustOf(role)})`;
    const name = safeText(catalog.roleName(role));
    levels.set(level, [...(levels.get(level) ?? []), name]);
  }
  return [...levels].map(([level, names]) => `${names.join(", ")}${level}`).join(", ");
}

/** Kind by kind, each by name. */
function rowsOf(catalog: Catalog, access: Access): readonly Row[] {
  const { state } = catalog;
  const byAcl = (
    kind: AclObject,
    object: { readonly name: string; readonly owner: Oid; readonly acl: Acl },
  ): Row => ({
    name: quoteIdentifier(object.name),
    kind: kind.replaceAll("-", " "),
    owner: object.owner,
    holders: holdersOfAcl(catalog, access, kind, object.acl),
  });
  const own = <T extends { readonly prelude: boolean }>(rows: Iterable<T>): readonly T[] =>
    [...rows].filter((row) => !row.prelude);

  const relations = own(state.relations.all()).filter(
    ({ kind }) => kind !== "index" && kind !== "composite-type",
  );
  const routines = own(state.routines.all());
  const types = own(state.types.all());
  // A schema of the preset is of interest when the project puts something there.
  const used = new Set([...relations, ...routines, ...types].map(({ schema }) => schema));
  const database = databaseOf(state);

  return [
    database === undefined ? [] : [{ ...byAcl("database", database), name: "(the database)" }],
    [...state.schemas.all()]
      .filter((schema) => !schema.prelude || used.has(schema.oid))
      .map((schema) => byAcl("schema", schema)),
    relations
      .filter(({ kind }) => kind !== "sequence")
      .map((relation) => ({
        name: catalog.relationName(relation),
        kind: `${relation.kind.replaceAll("-", " ")}${relation.rowSecurity.value ? ", RLS" : ""}`,
        owner: relation.owner,
        holders: holdersOfRelation(catalog, access, relation),
      })),
    relations
      .filter(({ kind }) => kind === "sequence")
      .map((relation) => ({
        name: catalog.relationName(relation),
        kind: "sequence",
        owner: relation.owner,
        holders: holdersOfRelation(catalog, access, relation),
      })),
    routines.map((routine) => ({
      name: catalog.routineName(routine),
      kind: `${routine.kind}${routine.securityDefiner.value ? ", definer" : ""}`,
      owner: routine.owner,
      holders: holdersOfRoutine(catalog, access, routine),
    })),
    types.map((type) => ({
      name: catalog.typeName({ base: type.oid, array: false }),
      kind: `${type.kind} type`,
      owner: type.owner,
      holders: holdersOfAcl(catalog, access, "type", type.acl),
    })),
    own(state.foreignDataWrappers.all()).map((wrapper) => byAcl("foreign-data-wrapper", wrapper)),
    own(state.foreignServers.all()).map((server) => byAcl("foreign-server", server)),
    own(state.largeObjects.all()).map((object) => byAcl("large-object", object)),
    own(state.parameters.all()).map((parameter) => byAcl("parameter", parameter)),
    own(state.languages.all()).map((language) => byAcl("language", language)),
  ].flatMap((rows) => [...rows].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)));
}
