import { describe, expect, test } from "vitest";
import type { CallerCheck } from "../../src/templates/index.ts";
import { analyse, plpgsql } from "./helper.ts";

const RAISE = "RAISE EXCEPTION 'forbidden'";

function checksIn(statements: string, parameters = "p uuid", declare = ""): readonly CallerCheck[] {
  return analyse(plpgsql(parameters, `${declare} BEGIN ${statements} PERFORM work(); END`)).flow.callerChecks;
}

function only(checks: readonly CallerCheck[]): CallerCheck {
  const [check, ...more] = checks;
  if (check === undefined || more.length > 0) throw new Error(`${checks.length} checks`);
  return check;
}

describe("what a caller without identity meets", () => {
  test.each<[string, CallerCheck["whenNull"]]>([
    [`IF p <> auth.uid() THEN ${RAISE}; END IF;`, "passes"],
    [`IF auth.uid() != p THEN ${RAISE}; END IF;`, "passes"],
    [`IF NOT (p = auth.uid()) THEN ${RAISE}; END IF;`, "passes"],
    [`IF auth.role() NOT IN ('service_role', 'x') THEN ${RAISE}; END IF;`, "passes"],
    [`IF NOT (auth.jwt() ->> 'role' = 'admin') THEN ${RAISE}; END IF;`, "passes"],
    [
      `IF current_setting('request.jwt.claims', true)::jsonb ->> 'sub' <> p::text THEN ${RAISE}; END IF;`,
      "passes",
    ],
    [`IF current_setting('app.user', true) <> p::text THEN ${RAISE}; END IF;`, "passes"],
    [`IF p <> auth.uid() OR p = '00000000-0000-0000-0000-000000000000' THEN ${RAISE}; END IF;`, "passes"],
    [`IF p <> auth.uid() THEN RETURN; END IF;`, "passes"],
    [`IF p = auth.uid() THEN NULL; ELSE ${RAISE}; END IF;`, "refused"],
    [`IF (p = auth.uid()) IS NOT TRUE THEN ${RAISE}; END IF;`, "refused"],
    [`IF coalesce(p <> auth.uid(), true) THEN ${RAISE}; END IF;`, "refused"],
    [`IF NOT coalesce(p = auth.uid(), false) THEN ${RAISE}; END IF;`, "refused"],
    [`IF auth.uid() IS NULL OR p <> auth.uid() THEN ${RAISE}; END IF;`, "refused"],
    [`IF p IS DISTINCT FROM auth.uid() THEN ${RAISE}; END IF;`, "passes-both-null"],
    [`IF p IS NULL OR p IS DISTINCT FROM auth.uid() THEN ${RAISE}; END IF;`, "refused"],
    [`IF coalesce(auth.role(), '') <> 'service_role' THEN ${RAISE}; END IF;`, "refused"],
    [`IF auth.role() IS DISTINCT FROM 'service_role' THEN ${RAISE}; END IF;`, "refused"],
    [`IF session_user <> 'app' THEN ${RAISE}; END IF;`, "refused"],
    [`IF NOT EXISTS (SELECT 1 FROM m WHERE uid = auth.uid()) THEN ${RAISE}; END IF;`, "refused"],
    [`IF (SELECT count(*) FROM m WHERE uid = auth.uid()) = 0 THEN ${RAISE}; END IF;`, "refused"],
    [`IF (SELECT role FROM m WHERE uid = auth.uid()) <> 'admin' THEN ${RAISE}; END IF;`, "passes"],
    [`IF current_setting('app.user') <> p::text THEN ${RAISE}; END IF;`, "refused"],
    [`IF p = auth.uid() THEN PERFORM delete_it(p); END IF;`, "refused"],
  ])("%s", (statements, expected) => {
    expect(only(checksIn(statements)).whenNull).toBe(expected);
  });

  test("an earlier check of the identity itself counts", () => {
    const [first, second] = checksIn(
      `v := auth.uid(); IF v IS NULL THEN ${RAISE}; END IF; IF v <> p THEN ${RAISE}; END IF;`,
      "p uuid",
      "DECLARE v uuid;",
    );
    expect(first?.whenNull).toBe("refused");
    expect(second?.whenNull).toBe("refused");
  });

  test("a variable that holds the answer", () => {
    const declare = "DECLARE ok boolean := (auth.role() = 'admin');";
    expect(only(checksIn(`IF NOT ok THEN ${RAISE}; END IF;`, "p uuid", declare)).whenNull).toBe("passes");
    expect(only(checksIn(`IF ok THEN NULL; ELSE ${RAISE}; END IF;`, "p uuid", declare)).whenNull).toBe(
      "refused",
    );
  });

  test.each<[string, CallerCheck["whenNull"]]>([
    [
      "p IS NOT NULL AND p = ANY (coalesce(current_setting('jwt.claims.ids', true)::uuid[], '{}'))",
      "refused",
    ],
    ["p IS NOT NULL AND p = ANY (current_setting('jwt.claims.ids', true)::uuid[])", "passes"],
    ["auth.uid() IS NOT NULL AND coalesce(p = auth.uid(), false)", "refused"],
    ["auth.uid() IS NOT NULL AND p = auth.uid()", "refused"],
  ])("a variable that holds %s", (condition, expected) => {
    const declared = checksIn(
      `IF NOT ok THEN ${RAISE}; END IF;`,
      "p uuid",
      `DECLARE ok boolean := ${condition};`,
    );
    expect(only(declared).whenNull).toBe(expected);
    const given = checksIn(
      `ok := ${condition}; IF NOT ok THEN ${RAISE}; END IF;`,
      "p uuid",
      "DECLARE ok boolean;",
    );
    expect(only(given).whenNull).toBe(expected);
  });

  test("callers without identity are let through on purpose", () => {
    const check = only(checksIn(`IF auth.uid() IS NOT NULL AND auth.uid() <> p THEN ${RAISE}; END IF;`));
    expect(check).toMatchObject({ whenNull: "passes", nullWanted: true });
    expect(only(checksIn(`IF p <> auth.uid() THEN ${RAISE}; END IF;`)).nullWanted).toBe(false);
  });

  test("conditions that do not ask who calls are no checks", () => {
    expect(
      checksIn(`IF p IS NULL THEN ${RAISE}; END IF; IF now() > '2020-01-01' THEN RETURN; END IF;`),
    ).toEqual([]);
  });
});

describe("what becomes of the refusal", () => {
  const guard = `IF p <> auth.uid() THEN ${RAISE}; END IF;`;
  const swallowed = (statements: string): boolean => only(checksIn(statements)).swallowedBy !== null;

  test.each([
    `BEGIN ${guard} EXCEPTION WHEN others THEN NULL; END;`,
    `BEGIN ${guard} EXCEPTION WHEN raise_exception THEN RAISE NOTICE 'x'; END;`,
    `BEGIN IF p <> auth.uid() THEN RAISE insufficient_privilege; END IF; EXCEPTION WHEN insufficient_privilege THEN NULL; END;`,
  ])("%s", (statements) => {
    expect(swallowed(statements)).toBe(true);
  });

  test.each([
    guard,
    `BEGIN ${guard} EXCEPTION WHEN others THEN RAISE; END;`,
    `BEGIN ${guard} EXCEPTION WHEN others THEN RETURN; END;`,
    `BEGIN ${guard} EXCEPTION WHEN unique_violation THEN NULL; END;`,
    `BEGIN PERFORM x(); EXCEPTION WHEN others THEN ${guard} END;`,
  ])("not: %s", (statements) => {
    expect(swallowed(statements)).toBe(false);
  });

  test("a handler that ends the routine swallows nothing that comes after", () => {
    const sql = plpgsql(
      "p uuid",
      `BEGIN ${guard} PERFORM work(); EXCEPTION WHEN others THEN RAISE NOTICE 'no'; END`,
    );
    expect(only(analyse(sql).flow.callerChecks).swallowedBy).toBeNull();
  });

  test("RAISE and RETURN are where the call is refused", () => {
    const sql = plpgsql(
      "p uuid",
      `BEGIN ${guard} IF auth.uid() IS NULL THEN RETURN; END IF; PERFORM work(); END`,
    );
    const { flow, text } = analyse(sql);
    expect(flow.callerChecks.map((check) => [check.refusal, text(check.refusedAt)])).toEqual([
      ["raise", RAISE],
      ["return", "RETURN"],
    ]);
  });
});

describe("tables that are read and changed", () => {
  test("columns, what they are compared with and what was checked before", () => {
    const { flow } = analyse(
      plpgsql(
        "p uuid, q text",
        `BEGIN UPDATE app.t SET name = q WHERE owner = p AND kind IN ('a');
          IF p IS DISTINCT FROM auth.uid() THEN ${RAISE}; END IF;
          DELETE FROM app.t USING app.m WHERE t.id = m.id AND m.owner = p;
          INSERT INTO app.log (who, what) VALUES (p, 'x'); END`,
      ),
    );
    const brief = flow.accesses.map((access) => ({
      command: access.command,
      relation: access.relation.join("."),
      compared: access.compared.map(({ column, origins }) => [column, origins.map((origin) => origin.kind)]),
      checked: access.checks.map((check) => check.kind),
      written: access.written.map(({ column, origins }) => [column, origins.map((origin) => origin.kind)]),
    }));
    expect(brief).toEqual([
      {
        command: "update",
        relation: "app.t",
        compared: [
          ["owner", ["parameter"]],
          ["kind", []],
        ],
        checked: [],
        written: [["name", ["parameter"]]],
      },
      {
        command: "delete",
        relation: "app.t",
        compared: [
          ["id", ["stored"]],
          ["id", ["stored"]],
          ["owner", ["parameter"]],
        ],
        checked: ["identity"],
        written: [],
      },
      expect.objectContaining({ command: "select", relation: "app.m" }),
      {
        command: "insert",
        relation: "app.log",
        compared: [],
        checked: ["identity"],
        written: [
          ["who", ["parameter"]],
          ["what", []],
        ],
      },
    ]);
  });
});
