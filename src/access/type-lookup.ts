/** What the catalog knows about types, for following values: domains, enums, `%TYPE`, columns. */
import { isCatalogType } from "../catalog/builtin/index.ts";
import type { Catalog } from "../catalog/catalog.ts";
import type { Relation, TypeRef, UserType } from "../catalog/model.ts";
import type { Name, TypeName } from "../events/tree.ts";
import type { TypeLookup } from "../templates/index.ts";
import { isClosedDomain } from "./closed-domains.ts";

const DEPTH = 16;

/** Types by name under a search_path. */
export function createTypeLookup(catalog: Catalog, searchPath: readonly string[]): TypeLookup {
  const path = [...searchPath, ...(searchPath.includes("public") ? [] : ["public"])];
  const userType = (name: Name): UserType | undefined => {
    const last = name.at(-1) ?? "";
    const qualifier = name.at(-2);
    for (const schema of qualifier === undefined ? path : [qualifier]) {
      const found = catalog.schemaNamed(schema);
      const type = found === undefined ? undefined : catalog.state.types.by.member.first(found.oid, last);
      if (type !== undefined) return type;
    }
    return undefined;
  };
  const relation = (name: Name): Relation | undefined => catalog.resolveRelation(name, path);
  const columnOf = (table: Name, column: string): TypeRef | null =>
    relation(table)?.columns.find((candidate) => candidate.name === column)?.type ??
    userType(table)?.attributes.find((attribute) => attribute.name === column)?.type ??
    null;
  const named = (type: TypeRef, at: TypeName, depth: number): TypeName | "enum" | null => {
    if (typeof type.base === "string") {
      return type.base.startsWith("pg_catalog.")
        ? { name: type.base.split("."), array: type.array, span: at.span }
        : null;
    }
    const user = catalog.state.types.get(type.base);
    if (user === undefined || type.array || depth > DEPTH) return null;
    return ofUserType(user, at, depth);
  };
  const ofUserType = (user: UserType, at: TypeName, depth: number): TypeName | "enum" | null => {
    if (user.kind === "enum") return "enum";
    if (user.kind === "domain" && isClosedDomain(catalog.state, user)) return "enum";
    return user.kind === "domain" && user.baseType !== null ? named(user.baseType, at, depth + 1) : null;
  };
  const isUnseen = (name: Name): boolean =>
    !["pg_catalog", "information_schema"].includes(name.at(-2) ?? "") &&
    !(name.length === 1 && isCatalogType(name[0] ?? "")) &&
    relation(name) === undefined;
  return {
    resolve(type) {
      if (type.of === "rowtype") return null;
      if (type.of === "type") {
        const table = type.name.slice(0, -1);
        const column = columnOf(table, type.name.at(-1) ?? "");
        if (column !== null) return named(column, type, 0);
        return isUnseen(table) ? "unseen" : null;
      }
      const user = userType(type.name);
      if (user !== undefined) return ofUserType(user, type, 0);
      return isUnseen(type.name) ? "unseen" : null;
    },
    column(table, column) {
      const type = columnOf(table, column);
      if (type === null) return null;
      const at: TypeName = { name: [], array: false, span: { start: 0, end: 0 } };
      const found = named(type, at, 0);
      // An enum's labels are the author's own words.
      return found === "enum" ? { ...at, name: ["pg_catalog", "bool"] } : found;
    },
  };
}
