/** What files of a platform beside the SQL say: `supabase/config.toml`, `postgrest.conf`. */

import { existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { isInside, shownPath } from "../text/paths.ts";
import { readFile } from "../text/read-file.ts";
import { ancestors } from "./locate.ts";
import type { PresetName } from "./types.ts";

export interface PlatformPlace {
  /** The project's top directory (absolute); nothing above it is looked at. */
  readonly root: string;
  /** The database's directory or file (absolute). */
  readonly database: string;
}

/** What a platform is told about the database; null: it is not told, and the preset counts. */
export interface PlatformSettings {
  /** The file, as shown. */
  readonly file: string;
  readonly exposedSchemas: readonly string[] | null;
  /** The role of requests without a token. */
  readonly anonymousRole: string | null;
  /** Major version. */
  readonly postgresVersion: number | null;
}

/** Directories from the database's own up to the project's top. */
export function directoriesAbove({ database, root }: PlatformPlace): readonly string[] {
  return isInside(database, root) ? ancestors(database, root) : [database, dirname(database)];
}

/** The nearest `supabase/config.toml` (absolute) at or above a database. */
export function supabaseConfigFile(place: PlatformPlace): string | null {
  for (const at of directoriesAbove(place)) {
    const file = basename(at) === "supabase" ? join(at, "config.toml") : join(at, "supabase", "config.toml");
    if (existsSync(file)) return file;
  }
  return null;
}

/** The nearest `postgrest.conf` (absolute) at or above a database. */
export function postgrestConfigFile(place: PlatformPlace): string | null {
  for (const at of directoriesAbove(place)) {
    const file = join(at, "postgrest.conf");
    if (existsSync(file)) return file;
  }
  return null;
}

/**
 * The settings that the platform's own file makes for a database under this preset; null: there is no such file, it cannot be
 * read, or it sets nothing that matters.
 */
export async function platformSettings(
  preset: PresetName,
  place: PlatformPlace,
  cwd: string,
): Promise<PlatformSettings | null> {
  switch (preset) {
    case "supabase":
      return fromFile(supabaseConfigFile(place), cwd, readSupabase);
    case "postgrest":
      return fromFile(postgrestConfigFile(place), cwd, readPostgrest);
    case "none":
    case "pgstack":
    case "pgtrickle":
    case "extension":
      return null;
  }
}

type Settings = Omit<PlatformSettings, "file">;

const LARGEST = 1 << 20;

async function fromFile(
  file: string | null,
  cwd: string,
  read: (text: string) => Promise<Settings> | Settings,
): Promise<PlatformSettings | null> {
  if (file === null) return null;
  try {
    const settings = await read(readFile(file, LARGEST).toString("utf8"));
    return Object.values(settings).every((value) => value === null)
      ? null
      : { ...settings, file: shownPath(file, cwd) };
  } catch {
    // The platform's own tools say what is wrong with it.
    return null;
  }
}

/** https://supabase.com/docs/guides/local-development/cli/config: `[api] schemas`, `[db] major_version`. */
async function readSupabase(text: string): Promise<Settings> {
  const { parse } = await import("smol-toml");
  const { api, db } = parse(text);
  const schemas = isTable(api) ? api["schemas"] : undefined;
  const version = isTable(db) ? db["major_version"] : undefined;
  return {
    exposedSchemas: Array.isArray(schemas) && schemas.every(isPlainName) ? schemas : null,
    anonymousRole: null,
    postgresVersion: typeof version === "number" && version >= 14 && version <= 18 ? version : null,
  };
}

/** https://docs.postgrest.org/en/stable/references/configuration.html; `db-schema` is what older versions call it. */
function readPostgrest(text: string): Settings {
  const value = (key: RegExp) => {
    const found = new RegExp(`^[ \\t]*(?:${key.source})[ \\t]*=[ \\t]*"([^"\\\\\\n]*)"`, "m").exec(text)?.[1];
    return found === undefined || found.includes("$(") ? null : found;
  };
  const role = value(/db-anon-role/);
  const schemas = value(/db-schemas?/);
  return {
    exposedSchemas: schemas === null ? null : schemaNames(schemas),
    anonymousRole: role === "" ? null : role,
    postgresVersion: null,
  };
}

/** The schemas in a setting `db-schemas` of PostgREST: names divided by commas. */
export function schemaNames(text: string): readonly string[] {
  return text
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
}

function isTable(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

/** `env(NAME)` stands for what is not in the file. */
function isPlainName(value: unknown): value is string {
  return typeof value === "string" && value !== "" && !value.startsWith("env(");
}
