/** Routines of the project that its files call: what their code does to the catalog is replayed. */
import { describe, expect, it } from "vitest";
import { lintText } from "../support/lint.ts";

const TABLES = ["a", "b", "c"].map((name) => `CREATE TABLE public.${name} (id int, owner uuid);`).join("\n");

const PROTECT = `CREATE SCHEMA admin;
CREATE FUNCTION admin.protect(t regclass, policy text DEFAULT 'own') RETURNS void LANGUAGE plpgsql AS $$
DECLARE s text; n text;
BEGIN
  SELECT ns.nspname, c.relname INTO s, n FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace ns ON c.relnamespace = ns.oid WHERE c.oid = t;
  EXECUTE format('ALTER TABLE %I.%I ENABLE ROW LEVEL SECURITY', s, n);
  EXECUTE format('CREATE POLICY %I ON %I.%I TO authenticated USING (owner = auth.uid())', policy, s, n);
END $$;`;

/** Tables that lie open, and what is not known. */
async function open(calls: string, setup = PROTECT): Promise<readonly string[]> {
  const report = await lintText(`${TABLES}\n${setup}\n${calls}`, { preset: "supabase" });
  return [
    ...report.findings.filter(({ rule }) => rule === "rls-disabled").map(({ object }) => object ?? ""),
    ...report.unknown.map(({ message }) => message),
  ];
}

describe("routines that statements call", () => {
  it("do what their code does, to what the arguments say", async () => {
    expect(await open("")).toEqual(["public.a", "public.b", "public.c"]);
    expect(await open("SELECT admin.protect('public.a');")).toEqual(["public.b", "public.c"]);
    expect(await open("SELECT * FROM admin.protect(policy => 'x', t => 'b'::regclass);")).toEqual([
      "public.a",
      "public.c",
    ]);
    expect(await open("DO $$ BEGIN PERFORM admin.protect('public.c'); END $$;")).toEqual([
      "public.a",
      "public.b",
    ]);
  });

  it("run once for each row of a query of the system catalogs", async () => {
    const query =
      "SELECT admin.protect(oid::regclass) FROM pg_class WHERE relname IN ('a', 'c') AND relkind = 'r';";
    expect(await open(query)).toEqual(["public.b"]);
  });

  it("call others, and procedures", async () => {
    const all = `${PROTECT}
CREATE PROCEDURE admin.all_of_them(VARIADIC names text[]) LANGUAGE plpgsql AS $$ BEGIN
  PERFORM admin.protect('public.a'); PERFORM admin.protect('public.b');
END $$;`;
    expect(await open("CALL admin.all_of_them('a', 'b');", all)).toEqual(["public.c"]);
  });

  it("that call themselves end", async () => {
    const recursive = `CREATE SCHEMA admin; CREATE FUNCTION admin.f(n int) RETURNS void LANGUAGE plpgsql AS $$ BEGIN
  EXECUTE 'ALTER TABLE public.a ENABLE ROW LEVEL SECURITY'; PERFORM admin.f(n - 1); END $$;`;
    expect(await open("SELECT admin.f(3);", recursive)).toEqual(["public.b", "public.c"]);
  });

  it("say what is not known, but not of what the catalog does not hold", async () => {
    const f = (code: string) =>
      `CREATE SCHEMA admin; CREATE FUNCTION admin.f(n text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN ${code} END $$;`;
    const rows = "SELECT admin.f(owner::text) FROM public.a;";
    const tables = ["public.a", "public.b", "public.c"];
    expect(await open(rows, f("EXECUTE format('ALTER TABLE %I ADD x int', n);"))).toEqual([
      ...tables,
      "EXECUTE in f: its text is not known",
    ]);
    expect(await open(rows, f("EXECUTE format('DELETE FROM %I', n);"))).toEqual(tables);
  });

  it("are found wherever they are called in any case", async () => {
    const text = PROTECT.replace("RETURNS void", "RETURNS boolean").replace("END $", "RETURN true; END $");
    const code = (statements: string) => open(`DO $$ DECLARE ok boolean; BEGIN ${statements} END $$;`, text);
    const others = ["public.b", "public.c"];
    const called = "admin.protect('public.a')";
    expect(await code(`ok := ${called};`)).toEqual(others);
    expect(await code(`IF NOT ${called} THEN RAISE NOTICE 'no'; END IF;`)).toEqual(others);
    expect(await code(`SELECT ${called} INTO ok;`)).toEqual(others);
    expect(await code(`ok := (SELECT ${called});`)).toEqual(others);
    expect(await code("EXECUTE 'SELECT admin.protect($1)' INTO ok USING 'public.a'::regclass;")).toEqual(
      others,
    );
    expect(await code(`ok := CASE WHEN now() > '2026-01-01' THEN ${called} END;`)).toEqual([
      "public.a",
      ...others,
    ]);
    expect(await open(`WITH x AS (SELECT ${called}) SELECT * FROM x;`, text)).toEqual(others);
    const joined =
      "SELECT * FROM pg_class c CROSS JOIN LATERAL admin.protect(c.oid::regclass) WHERE c.relname = 'a';";
    expect(await open(joined, text)).toEqual(others);
  });

  it("may be written in SQL", async () => {
    const wrapped = (code: string) => `${PROTECT}
CREATE FUNCTION admin.wrapper(t text) RETURNS void LANGUAGE sql AS $$ ${code} $$;`;
    const call = "SELECT admin.wrapper('public.a');";
    const others = ["public.b", "public.c"];
    expect(await open(call, wrapped("SELECT admin.protect(t::regclass)"))).toEqual(others);
    const ddl = "ALTER TABLE public.a ENABLE ROW LEVEL SECURITY";
    expect(await open(call, wrapped(ddl))).toEqual(others);
    expect(await open(call, wrapped("SELECT upper(t)"))).toEqual(["public.a", ...others]);
  });

  it("of one name are told apart by the types of their arguments", async () => {
    const two = `${PROTECT}
CREATE FUNCTION admin.f(n int) RETURNS void LANGUAGE plpgsql AS $$ BEGIN PERFORM admin.protect('public.a'); END $$;
CREATE FUNCTION admin.f(t text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN PERFORM admin.protect('public.b'); END $$;`;
    expect(await open("SELECT admin.f(1);", two)).toEqual(["public.b", "public.c"]);
    expect(await open("SELECT admin.f('x');", two)).toEqual(["public.a", "public.c"]);
    expect(await open("SELECT admin.f(owner) FROM public.a;", two)).toEqual([
      "public.a",
      "public.b",
      "public.c",
      "which f is called depends on types that are not known",
    ]);
  });

  it("that only a routine could call do nothing", async () => {
    const unused = `${PROTECT}
CREATE FUNCTION admin.never() RETURNS void LANGUAGE plpgsql AS $$ BEGIN PERFORM admin.protect('public.a'); END $$;`;
    expect(await open("", unused)).toEqual(["public.a", "public.b", "public.c"]);
  });
});
