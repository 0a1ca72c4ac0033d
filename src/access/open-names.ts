/** Which names in a body somebody else can give another meaning to, by creating an object in a schema of the path. */
import { routineUses } from "../catalog/bind/routine-code.ts";
import { isSettled } from "../catalog/bind/settled.ts";
import { isCatalogRelation, isCatalogType } from "../catalog/builtin/index.ts";
import type { Catalog } from "../catalog/catalog.ts";
import { lookupContext } from "../catalog/lookup.ts";
import type { Routine } from "../catalog/model.ts";
import type { Reference, UnqualifiedNames } from "../catalog/references.ts";
import type { Body } from "../events/tree.ts";
import { walkBody } from "../events/walk.ts";
import type { Access } from "./access.ts";

const ALIASED: ReadonlySet<string> = new Set(["", "pg_temp"]);

/**
 * Not among them: what an earlier schema of the path, PostgreSQL's own included, has and nothing later fits better. Null:
 * the names are not known. The caller's temporary objects are another matter.
 */
export function openNames(
  catalog: Catalog,
  access: Access,
  routine: Routine,
  body: Body,
  path: readonly string[],
  names: UnqualifiedNames | null,
): readonly Reference[] | null {
  if (names === null) return null;
  // Names in text that is executed are looked up in the same path, and are not looked at here.
  if (runsText(body)) return [...names.callable, ...names.temporary];
  const trusted = trustedSchemas(catalog, access, routine, path);
  const settled = settledUses(catalog, routine, body, path, trusted);
  return [
    ...names.callable.filter((reference) => !settled.has(keyOf(reference))),
    ...names.temporary.filter((reference) => !isFound(catalog, reference, trusted)),
  ];
}

function runsText(body: Body): boolean {
  let found = false;
  walkBody(body, {
    plpgsql(statement) {
      if ("dynamic" in statement && statement.dynamic !== null) found = true;
    },
  });
  return found;
}

/** What is searched before the first schema in which somebody else may create, or that somebody else may create. */
function trustedSchemas(
  catalog: Catalog,
  access: Access,
  routine: Routine,
  path: readonly string[],
): readonly string[] {
  const trusted = path.includes("pg_catalog") ? [] : ["pg_catalog"];
  for (const name of path) {
    if (ALIASED.has(name)) continue;
    const schema = catalog.schemaNamed(name);
    if (name !== "pg_catalog") {
      if (schema === undefined || schema.assumed) break;
      if (access.foreignCreators(schema, routine.owner).length > 0) break;
    }
    trusted.push(name);
  }
  return trusted;
}

function settledUses(
  catalog: Catalog,
  routine: Routine,
  body: Body,
  path: readonly string[],
  trusted: readonly string[],
): ReadonlySet<string> {
  const context = lookupContext(catalog.state, catalog.postgresVersion, routine.owner, path);
  const settled = new Map<string, boolean>();
  try {
    routineUses(context, routine, body, (use) => {
      const key = keyOf({ ...use, name: [use.name] });
      if (settled.get(key) !== false) settled.set(key, isSettled(context, use, trusted));
    });
  } catch (error) {
    // An expression nested deeper than the stack is not looked into.
    if (error instanceof RangeError) return new Set();
    throw error;
  }
  return new Set([...settled].flatMap(([key, yes]) => (yes ? [key] : [])));
}

const keyOf = ({ kind, name, span }: Pick<Reference, "kind" | "name" | "span">): string =>
  `${kind} ${span.start} ${span.end} ${name.join(".")}`;

function isFound(catalog: Catalog, { kind, name }: Reference, trusted: readonly string[]): boolean {
  const [written = ""] = name;
  const { relations, types } = catalog.state;
  return trusted.some((schema) => {
    const found = catalog.schemaNamed(schema);
    const own =
      found !== undefined &&
      [
        ...relations.by.member.all(found.oid, written),
        ...(kind === "type" ? types.by.member.all(found.oid, written) : []),
      ].some((object) => !("assumed" in object && object.assumed));
    if (own) return true;
    return schema === "pg_catalog" && (kind === "type" ? isCatalogType(written) : isCatalogRelation(written));
  });
}
