/** The values of `pgvet catalog --format`. */
export const CATALOG_FORMATS = ["json", "table"] as const;
export type CatalogFormat = (typeof CATALOG_FORMATS)[number];
