import { readFileSync } from "node:fs";
import type { Source } from "../text/source.ts";
import type { Preset, PresetName, TrustModel } from "./types.ts";

interface Platform {
  readonly trust: Omit<TrustModel, "byConvention" | "exposureFrom">;
  readonly byConvention?: true;
  readonly searchPath: readonly string[];
  /** `presets/<name>.sql` states what the platform provides. */
  readonly sql: boolean;
}

const PLAIN_PATH = ["$user", "public"];
/** Nobody is named; whoever connects sends SQL. */
const PLAIN_TRUST = { untrusted: [], admins: [], exposedSchemas: [], directSql: true };

const PLATFORMS: Readonly<Record<PresetName, Platform>> = {
  none: {
    trust: PLAIN_TRUST,
    searchPath: PLAIN_PATH,
    sql: false,
  },
  supabase: {
    trust: {
      untrusted: ["anon", "authenticated"],
      admins: [
        "postgres",
        "service_role",
        "supabase_admin",
        "supabase_auth_admin",
        "supabase_storage_admin",
        "supabase_realtime_admin",
        "supabase_functions_admin",
        "supabase_replication_admin",
        "supabase_read_only_user",
        "dashboard_user",
        "pgbouncer",
      ],
      exposedSchemas: ["public", "graphql_public"],
      directSql: false,
    },
    searchPath: ["$user", "public", "extensions"],
    sql: true,
  },
  postgrest: {
    trust: {
      untrusted: ["anon", "web_anon", "authenticated"],
      admins: ["postgres"],
      exposedSchemas: ["public", "api"],
      directSql: false,
    },
    byConvention: true,
    searchPath: PLAIN_PATH,
    sql: true,
  },
  pgstack: {
    trust: {
      untrusted: ["anon", "authenticated"],
      admins: ["postgres", "service_role", "pgstack_admin"],
      exposedSchemas: ["public"],
      directSql: false,
    },
    searchPath: PLAIN_PATH,
    sql: true,
  },
  pgtrickle: {
    // The author roles of the extension's guide may run SQL as its owner: they are trusted as much as an owner is.
    trust: {
      untrusted: [],
      admins: ["postgres", "pgtrickle_admin", "st_author", "st_owner"],
      exposedSchemas: [],
      directSql: false,
    },
    searchPath: PLAIN_PATH,
    sql: true,
  },
  extension: {
    trust: PLAIN_TRUST,
    // `@extschema@` as the parser sees it; CREATE EXTENSION puts it first.
    searchPath: ["_extschema_", "pg_temp"],
    sql: true,
  },
};

const loaded = new Map<PresetName, Preset>();

/** A preset with its prelude read from the package. */
export function loadPreset(name: PresetName): Preset {
  const known = loaded.get(name);
  if (known !== undefined) return known;
  const { trust: named, byConvention = false, searchPath, sql } = PLATFORMS[name];
  const trust: TrustModel = { ...named, byConvention, exposureFrom: "preset" };
  const prelude: Source[] = sql
    ? [{ path: `<preset ${name}>`, bytes: readFileSync(new URL(`./presets/${name}.sql`, import.meta.url)) }]
    : [];
  const preset: Preset = { name, prelude, trust, searchPath };
  loaded.set(name, preset);
  return preset;
}
