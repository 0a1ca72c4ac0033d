import type { Catalog } from "../catalog/catalog.ts";
import { schemaNames } from "../config/platform-files.ts";
import type { TrustModel } from "../config/types.ts";

/**
 * The trust model with what the SQL itself tells PostgREST, `ALTER ROLE authenticator SET pgrst.db_schemas` and `pgrst.db_anon_role`,
 * which win over its configuration file (https://docs.postgrest.org/en/stable/references/configuration.html, in-database
 * configuration). Schemas that pgvet's own configuration names stay.
 */
export function withStoredSettings(catalog: Catalog, trust: TrustModel): TrustModel {
  const exposed = stored(catalog, "pgrst.db_schemas").flatMap(schemaNames);
  const anonymous = stored(catalog, "pgrst.db_anon_role").filter((role) => role !== "");
  return {
    ...trust,
    untrusted: anonymous.length === 0 ? trust.untrusted : [...new Set([...trust.untrusted, ...anonymous])],
    ...(exposed.length === 0 || trust.exposureFrom === "configuration"
      ? {}
      : { exposedSchemas: [...new Set(exposed)], exposureFrom: "platform" }),
  };
}

/** What is stored of a setting for any role: which of them PostgREST logs in as is not known. */
function stored(catalog: Catalog, name: string): readonly string[] {
  return [...catalog.state.roleSettings.all()].flatMap(({ settings }) => {
    const setting = settings.get(name);
    return setting === undefined ? [] : [setting.values.join(", ")];
  });
}
