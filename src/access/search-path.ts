/** Whether the search_path of a SECURITY DEFINER routine is safe for the names its body uses. */
import { isCatalogRelation, isCatalogType } from "../catalog/builtin/index.ts";
import { type Catalog, quoteIdentifier } from "../catalog/catalog.ts";
import type { Routine, Setting } from "../catalog/model.ts";
import type { Reference, UnqualifiedNames } from "../catalog/references.ts";
import type { Severity } from "../config/severity.ts";
import type { Body } from "../events/tree.ts";
import type { Place } from "../text/source.ts";
import type { Span } from "../text/span.ts";
import type { Access } from "./access.ts";
import type { Reach } from "./chain.ts";
import { openNames } from "./open-names.ts";

export interface PathProblem {
  readonly variant:
    | "unset"
    | "from-current"
    | "no-pg-temp"
    | "empty"
    | "writable-schema"
    | "pg-temp-not-last"
    | "quoted-list"
    | "dollar-user"
    | "missing-schema"
    | "set-in-body";
  readonly place: Place;
  readonly label: string;
  /** Continues "SECURITY DEFINER function f() …". */
  readonly message: string;
  /** Names in the body that the problem concerns. */
  readonly names: readonly { readonly span: Span; readonly text: string }[];
  /** Other than the variant's worst case. */
  readonly severity: Severity | null;
  /** No name in the body is looked up in a way the problem concerns. */
  readonly harmless: boolean;
  /** Who of the reach can make use of it; null: all. */
  readonly attackers: ((reach: Reach) => boolean) | null;
  /** Schemas that a safe path would keep. */
  readonly keep: readonly string[];
}

const SAFE_PATH = ["pg_catalog"];

/** `names`: what the body looks up unqualified; null when the language's code cannot be read. */
export function judgeSearchPath(
  catalog: Catalog,
  access: Access,
  routine: Routine,
  body: Body,
  names: UnqualifiedNames | null,
): PathProblem | null {
  const setting = catalog.searchPath(routine);
  if (setting === undefined) return withoutSetting(routine, names);
  if (setting.change === "current" && isPlainPath(setting.values)) {
    return {
      ...problem(setting),
      variant: "from-current",
      label: "the path of whoever deployed it",
      message: `keeps the search_path of the session that created it: ${pathText(setting.values)}`,
      names: list(names, (name) => `${name} can be a temporary object of the caller's`),
      harmless: names !== null && names.temporary.length === 0,
      attackers: temporaryMakers(catalog, access),
    };
  }
  return withSetting(catalog, access, routine, body, setting, names);
}

function isPlainPath(values: readonly string[]): boolean {
  return !values.includes("pg_temp");
}

function pathText(values: readonly string[]): string {
  return values.length === 0 ? "''" : values.map(quoteIdentifier).join(", ");
}

function problem(setting: Setting): Pick<PathProblem, "place" | "severity" | "attackers" | "keep"> {
  return { place: setting.place, severity: null, attackers: null, keep: SAFE_PATH };
}

function list(
  names: UnqualifiedNames | null,
  say: (name: string) => string,
): readonly { readonly span: Span; readonly text: string }[] {
  return (names?.temporary ?? []).map((reference) => ({
    span: reference.span,
    text: say(reference.name.join(".")),
  }));
}

/**
 * Whether all that a temporary object can stand in for are built-in types and catalogs: behind an API it takes another way
 * to send SQL, and nothing else is amiss.
 */
function onlyBuiltIn(names: UnqualifiedNames | null): boolean {
  const builtIn = names?.temporary.every(({ kind, name: [first = ""] }) =>
    kind === "type" ? isCatalogType(first) : isCatalogRelation(first),
  );
  return builtIn === true;
}

/** Whoever cannot make temporary objects cannot put one in the way. */
function temporaryMakers(catalog: Catalog, access: Access): (reach: Reach) => boolean {
  return ({ role }) => {
    const oid = role === "PUBLIC" ? 0 : catalog.roleNamed(role)?.oid;
    return oid === undefined || access.canMakeTemporary(oid);
  };
}

function withoutSetting(routine: Routine, names: UnqualifiedNames | null): PathProblem {
  const writer = routine.settingWriters.get("search_path");
  const place = writer ?? routine.securityDefiner.place;
  const common = { severity: null, attackers: null, keep: SAFE_PATH, place } as const;
  if (names !== null && names.setsPath !== null) {
    return {
      ...common,
      variant: "set-in-body",
      place: { source: routine.definitionPlace.source, span: names.setsPath },
      label: "too late: names before and in DECLARE are resolved already",
      message: "sets search_path inside its body, where the caller's path still decides",
      names: [],
      harmless: false,
    };
  }
  const all = names === null ? [] : [...names.temporary, ...names.callable];
  return {
    ...common,
    variant: "unset",
    label:
      writer === undefined ? "no SET search_path with it" : "the pinned search_path is gone from here on",
    message: "runs with the search_path of its caller",
    names: firstOfEach(all).map((reference) => ({
      span: reference.span,
      text: `${reference.name.join(".")} is looked up in the caller's search_path`,
    })),
    harmless: names !== null && all.length === 0,
  };
}

/** Where a name stands first: the same words at each of its places would say nothing more. */
function firstOfEach<T extends { readonly name: readonly string[] }>(references: readonly T[]): readonly T[] {
  return [...new Map(references.toReversed().map((one) => [one.name.join("."), one])).values()].reverse();
}

function withSetting(
  catalog: Catalog,
  access: Access,
  routine: Routine,
  body: Body,
  setting: Setting,
  names: UnqualifiedNames | null,
): PathProblem | null {
  const { values } = setting;
  const common = problem(setting);
  const first = values[0] ?? "";
  const harmless = names !== null && names.temporary.length === 0;
  const owner = routine.owner;
  const privileged = access.trustOf(owner) === "admin";
  // A temporary domain in place of a type runs its CHECK as the owner; a temporary table only lies.
  const severity: Severity | null = names === null || (names.types.length > 0 && privileged) ? null : "high";
  const temporary = {
    names: list(names, (name) => `${name} can be a temporary object of the caller's`),
    attackers: temporaryMakers(catalog, access),
    harmless,
  };

  if (values.length === 1 && first.includes(",")) {
    const keep = first
      .split(",")
      .map((part) => part.trim().replaceAll('"', ""))
      .filter((part) => part !== "pg_temp");
    return {
      ...common,
      ...temporary,
      keep,
      variant: "quoted-list",
      label: "one schema with a comma in its name",
      message: `has a search_path of one schema named "${first}", which does not exist`,
    };
  }

  const schemas = values.filter((value) => value !== "" && value !== "pg_temp");
  const keep = schemas.filter((value) => value !== "$user");
  const openHere = (): readonly Reference[] | null =>
    openNames(catalog, access, routine, body, values, names);
  let writable: PathProblem | null = null;
  for (const name of keep) {
    const schema = catalog.schemaNamed(name);
    if (schema === undefined || schema.assumed || name === "pg_catalog") continue;
    const creator = access.foreignCreators(schema, owner)[0];
    if (creator === undefined) continue;
    const at = creator.held.steps.find((step) => step.place !== null);
    const open = openHere();
    writable = {
      ...common,
      keep: SAFE_PATH,
      variant: "writable-schema",
      label: `${catalog.roleName(creator.role)} may create objects in ${name}`,
      message: `looks names up in schema ${name}, where ${catalog.roleName(creator.role)} may create objects${at === undefined ? "" : ` (${at.text})`}`,
      names: (open ?? []).map((reference) => ({
        span: reference.span,
        text: `a better match in ${name} would be taken`,
      })),
      harmless: open !== null && open.length === 0,
    };
    break;
  }
  if (writable !== null && !writable.harmless) return writable;

  const temp = values.indexOf("pg_temp");
  if (temp >= 0 && temp < values.length - 1) {
    if (writable !== null && harmless) return writable;
    return {
      ...common,
      ...temporary,
      keep: keep.length === 0 ? SAFE_PATH : keep,
      variant: "pg-temp-not-last",
      label: "pg_temp comes before other schemas",
      message: "searches the caller's temporary objects before other schemas",
    };
  }
  if (temp < 0) {
    if (writable !== null && harmless) return writable;
    const empty = schemas.length === 0;
    const farOff = onlyBuiltIn(names) && !access.trust.directSql;
    return {
      ...common,
      ...temporary,
      // The empty path is what platforms behind an API advise.
      severity: !farOff ? severity : empty ? "info" : "low",
      keep: keep.length === 0 ? SAFE_PATH : keep,
      variant: empty ? "empty" : "no-pg-temp",
      label: "pg_temp is not listed, so it comes first",
      message: empty
        ? "has an empty search_path, under which pg_temp is still searched first for relations and types"
        : `has search_path ${pathText(values)}, before which pg_temp is searched for relations and types`,
    };
  }
  return writable ?? unsureSchemas(catalog, access, routine, setting, openHere);
}

/** "$user" and schemas that nothing creates: dangerous for whoever may create schemas in the database. */
function unsureSchemas(
  catalog: Catalog,
  access: Access,
  routine: Routine,
  setting: Setting,
  openHere: () => readonly Reference[] | null,
): PathProblem | null {
  const creators = access.databaseCreators();
  const common = {
    ...problem(setting),
    names: [],
    attackers: null,
  };
  const isHarmless = (): boolean => creators.length === 0 || openHere()?.length === 0;
  const keep = setting.values.filter((value) => value !== "$user" && value !== "pg_temp" && value !== "");
  if (setting.values.includes("$user")) {
    const own = catalog.schemaNamed(catalog.roleName(routine.owner));
    if (own === undefined || !access.hasRightsOf(routine.owner, own.owner)) {
      return {
        ...common,
        keep,
        variant: "dollar-user",
        harmless: isHarmless(),
        label: `"$user" is a schema named ${catalog.roleName(routine.owner)}`,
        message: `looks names up in a schema named like its owner, ${catalog.roleName(routine.owner)}, which does not exist`,
      };
    }
  }
  const missing = setting.values.find((value) => {
    if (["", "$user", "pg_temp", "pg_catalog", "public"].includes(value)) return false;
    const schema = catalog.schemaNamed(value);
    return schema === undefined || schema.assumed;
  });
  if (missing === undefined) return null;
  return {
    ...common,
    keep: keep.filter((value) => value !== missing),
    variant: "missing-schema",
    harmless: isHarmless(),
    label: `nothing creates schema ${missing}`,
    message: `looks names up in schema ${missing}, which nothing in the files seen creates`,
  };
}
