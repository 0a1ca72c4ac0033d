import { describe, expect, test } from "vitest";
import {
  builtinLanguage,
  builtinSchemas,
  canonicalType,
  catalogCasts,
  catalogFunction,
  catalogFunctions,
  catalogOperators,
  catalogRelation,
  catalogType,
  displayType,
  functionLeakproof,
  functionSignature,
  isCatalogFunction,
  isCatalogRelation,
  isCatalogType,
  predefinedRoles,
  setting,
} from "../../src/catalog/builtin/index.ts";

describe("functions", () => {
  test("overloads have argument types without OUT arguments", () => {
    expect(catalogFunctions("lower", 18).map(functionSignature)).toEqual([
      "lower(anymultirange)",
      "lower(anyrange)",
      "lower(text)",
    ]);
    const each = catalogFunction("json_each", ["json"]);
    expect(each?.returnsSet).toBe(true);
    expect(each?.columns).toEqual([
      { name: "key", type: "text" },
      { name: "value", type: "json" },
    ]);
  });

  test("VARIADIC and defaults", () => {
    expect(catalogFunction("format", ["text", "any"])?.variadic).toBe(true);
    expect(catalogFunction("format", ["text"])?.variadic).toBe(false);
    expect(catalogFunctions("make_interval")[0]?.defaults).toBe(7);
  });

  test("functions that initdb takes from PUBLIC", () => {
    expect(catalogFunctions("pg_read_file").every((each) => each.revokedFromPublic)).toBe(true);
    expect(catalogFunctions("pg_ls_logdir")[0]?.grantedTo).toEqual(["pg_monitor"]);
    expect(catalogFunction("lower", ["text"])?.revokedFromPublic).toBe(false);
  });

  test("versions", () => {
    expect(isCatalogFunction("any_value")).toBe(true);
    expect(isCatalogFunction("any_value", 15)).toBe(false);
    expect(catalogFunction("pg_read_file", ["text", "bool"])?.versions).toEqual({ since: 16, until: null });
    expect(isCatalogFunction("no_such_function")).toBe(false);
    expect(isCatalogFunction("constructor")).toBe(false);
  });

  test("leakproof by overload", () => {
    expect(functionLeakproof("texteq", ["text", "text"])).toBe(true);
    expect(functionLeakproof("upper", ["text"])).toBe(false);
    expect(functionLeakproof("upper")).toBe(false);
    expect(functionLeakproof("no_such_function")).toBe(false);
  });

  test("aggregates and window functions", () => {
    expect(catalogFunction("count", [])?.kind).toBe("aggregate");
    expect(catalogFunction("row_number", [])?.kind).toBe("window");
    expect(catalogFunction("now", [])?.volatility).toBe("stable");
  });
});

test("operators, prefix ones too", () => {
  expect(catalogOperators("=").find((each) => each.left === "text" && each.right === "text")?.leakproof).toBe(
    true,
  );
  expect(catalogOperators("~").find((each) => each.left === "text")?.leakproof).toBe(false);
  expect(catalogOperators("-").some((each) => each.left === null && each.right === "int4")).toBe(true);
  // The comma inside of an operator's argument list is not confused with the operator.
  expect(catalogOperators("||").find((each) => each.left === "text" && each.right === "text")?.function).toBe(
    "textcat",
  );
});

test("casts", () => {
  const toVarchar = catalogCasts("text").find((each) => each.target === "varchar");
  expect(toVarchar).toMatchObject({ context: "implicit", method: "binary", function: null });
  expect(catalogCasts("int8").find((each) => each.target === "int4")?.context).toBe("assignment");
});

test("relations with columns and grants", () => {
  expect(isCatalogRelation("pg_class")).toBe(true);
  expect(isCatalogRelation("tables")).toBe(false);
  expect(catalogRelation("tables", 18, "information_schema")?.kind).toBe("view");
  expect(catalogRelation("pg_class")?.grants).toEqual([{ role: null, privileges: "r" }]);
  expect(catalogRelation("pg_authid")?.grants).toEqual([]);
  const subscription = catalogRelation("pg_subscription", 18);
  const grantsOf = (name: string) => subscription?.columns.find((each) => each.name === name)?.grants;
  expect(grantsOf("subname")).toEqual([{ role: null, privileges: "r" }]);
  expect(grantsOf("subconninfo")).toEqual([]);
  expect(catalogRelation("pg_subscription", 15)?.columns.map((each) => each.name)).not.toContain(
    "subrunasowner",
  );
  expect(isCatalogRelation("pg_stat_io", 15)).toBe(false);
  expect(isCatalogRelation("pg_stat_io", 16)).toBe(true);
});

test("types by pg_type name", () => {
  expect(catalogType("int4")).toMatchObject({
    oid: 23,
    kind: "base",
    category: "N",
    preferred: false,
    arrayOid: 1007,
  });
  expect(catalogType("int4range")?.subtype).toBe("int4");
  expect(catalogType("point")?.element).toBe("float8");
  expect(catalogType("char", 14)?.category).toBe("S");
  expect(catalogType("char", 15)?.category).toBe("Z");
  expect(catalogType("integer")).toBeNull();
  expect(isCatalogType("_text")).toBe(true);
  expect(isCatalogType("pg_class")).toBe(true);
  expect(isCatalogType("_anyelement")).toBe(false);
});

test("display and canonical names of types", () => {
  expect(displayType("int4")).toBe("integer");
  expect(displayType("timestamptz[]")).toBe("timestamp with time zone[]");
  expect(displayType("text")).toBe("text");
  expect(canonicalType("double precision")).toBe("float8");
  expect(canonicalType("character varying []")).toBe("varchar[]");
  expect(canonicalType("app.mood")).toBe("app.mood");
});

test("predefined roles and their memberships", () => {
  const names = predefinedRoles(15).map((each) => each.name);
  expect(names).toContain("pg_checkpoint");
  expect(names).not.toContain("pg_maintain");
  expect(predefinedRoles().find((each) => each.name === "pg_monitor")?.memberOf).toContain(
    "pg_read_all_stats",
  );
});

test("settings in any case, with stored name, context and list form", () => {
  expect(setting("SEARCH_PATH")).toMatchObject({ name: "search_path", context: "user", list: "quoted" });
  expect(setting("datestyle")).toMatchObject({ name: "DateStyle", list: "plain" });
  expect(setting("log_statement")?.context).toBe("superuser");
  expect(setting("shared_preload_libraries")?.context).toBe("postmaster");
  expect(setting("work_mem")?.list).toBe(false);
  expect(setting("app.user_id")).toBeNull();
});

test("languages and schemas", () => {
  expect(builtinLanguage("plpgsql")?.trusted).toBe(true);
  expect(builtinLanguage("c")?.trusted).toBe(false);
  expect(builtinLanguage("plpython3u")).toBeNull();
  const owner = (version: number) => builtinSchemas(version).find((each) => each.name === "public");
  expect(owner(14)).toMatchObject({ owner: "postgres", grants: [{ role: null, privileges: "CU" }] });
  expect(owner(18)).toMatchObject({ owner: "pg_database_owner", grants: [{ role: null, privileges: "U" }] });
});
