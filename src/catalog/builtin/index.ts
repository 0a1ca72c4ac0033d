/**
 * PostgreSQL's own objects in versions 14 to 18. Every accessor reads its file at first use only. `version` is a major
 * version; without one an accessor answers for any supported version.
 */
import { remembered } from "../remembered.ts";
import { builtinData, entriesOf, type Versions } from "./data.ts";

export { holdsIn, type Versions } from "./data.ts";
export {
  type CatalogCast,
  type CatalogFunction,
  type CatalogOperator,
  catalogCasts,
  catalogFunction,
  catalogFunctionNames,
  catalogFunctions,
  catalogOperators,
  functionLeakproof,
  functionSignature,
  isCatalogFunction,
  isCatalogOperator,
} from "./functions.ts";
export {
  type BuiltinGrant,
  builtinSchemas,
  type CatalogColumn,
  type CatalogRelation,
  type CatalogSchema,
  type CatalogType,
  catalogRelation,
  catalogRelationNames,
  catalogType,
  isCatalogRelation,
  isCatalogType,
} from "./relations.ts";
export { canonicalType, displayType } from "./type-display.ts";

/** Major versions the data covers. */
export const FIRST_VERSION = 14;
export const LAST_VERSION = 18;

export interface PredefinedRole {
  readonly name: string;
  /** Roles whose rights it has from the beginning. */
  readonly memberOf: readonly string[];
  readonly versions: Versions;
}

/** The `pg_…` roles of a new cluster: none may log in, all inherit. The bootstrap superuser is not among them. */
export function predefinedRoles(version?: number): readonly PredefinedRole[] {
  return [...builtinData("roles").keys()].flatMap((name) =>
    entriesOf("roles", name, version, (text, versions) => ({
      name,
      memberOf: text === "" ? [] : text.split(" "),
      versions,
    })),
  );
}

export interface SettingInfo {
  /** As PostgreSQL stores it: `search_path`, `DateStyle`. */
  readonly name: string;
  /** Who may set it: `user` everybody, `superuser` superusers and holders of SET, `sighup`/`postmaster` only the configuration. */
  readonly context:
    | "internal"
    | "postmaster"
    | "sighup"
    | "superuser-backend"
    | "backend"
    | "superuser"
    | "user";
  readonly type: "bool" | "integer" | "real" | "string" | "enum";
  /** Takes a list; `quoted`: of identifiers, each quoted on its own when stored. Several values for another setting are an error. */
  readonly list: false | "plain" | "quoted";
  readonly versions: Versions;
}

const contexts = [
  "internal",
  "postmaster",
  "sighup",
  "superuser-backend",
  "backend",
  "superuser",
  "user",
] as const;
const settingTypes = ["bool", "integer", "real", "string", "enum"] as const;

/** By version and name in lower case, those that there are. */
const knownSettings = new Map<number | undefined, Map<string, SettingInfo>>();

/** A setting of the core server, by name in any case; null for unknown ones and those of extensions (`a.b`). */
export function setting(name: string, version?: number): SettingInfo | null {
  const key = name.toLowerCase();
  const known = remembered(knownSettings, version, () => new Map<string, SettingInfo>());
  const found = known.get(key) ?? readSetting(key, version);
  if (found !== null) known.set(key, found);
  return found;
}

function readSetting(key: string, version: number | undefined): SettingInfo | null {
  const found = entriesOf("settings", key, version, (text, versions): SettingInfo | null => {
    const [contextName, typeName, ...rest] = text.split(" ");
    const context = contexts.find((each) => each === contextName);
    const type = settingTypes.find((each) => each === typeName);
    if (context === undefined || type === undefined) return null;
    const stored = rest.find((each) => each.toLowerCase() === key);
    const list = rest.includes("list-quoted") ? "quoted" : rest.includes("list") ? "plain" : false;
    return { name: stored ?? key, context, type, list, versions };
  });
  return found[0] ?? null;
}

/** The languages of a new database: `sql`, `plpgsql` trusted; `c`, `internal` not. Null for others. */
export function builtinLanguage(name: string): { readonly name: string; readonly trusted: boolean } | null {
  const found = entriesOf("languages", name, undefined, (text) => ({ name, trusted: text === "trusted" }));
  return found[0] ?? null;
}
