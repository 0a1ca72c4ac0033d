/** The system catalogs and information_schema by name. */
import type { SystemCatalog } from "./catalog-rows.ts";
import { INFORMATION_SCHEMA } from "./information-schema.ts";
import { PG_CATALOG } from "./pg-catalog.ts";

const SCHEMAS: ReadonlyMap<string, ReadonlyMap<string, SystemCatalog>> = new Map([
  ["pg_catalog", new Map(Object.entries(PG_CATALOG))],
  ["information_schema", new Map(Object.entries(INFORMATION_SCHEMA))],
]);

/** The catalog of that name; null when it is not one that is known here. A name without a schema is taken for one of pg_catalog. */
export function systemCatalog(name: readonly string[]): SystemCatalog | null {
  return SCHEMAS.get(name.at(-2) ?? "pg_catalog")?.get(name.at(-1) ?? "") ?? null;
}
