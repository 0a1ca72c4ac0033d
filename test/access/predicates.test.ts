import { beforeAll, describe, expect, it } from "vitest";
import {
  ANONYMOUS,
  ANYONE,
  alwaysTrue,
  alwaysTrueForAny,
  describeRow,
  identityColumns,
  implies,
  type Predicates,
  predicates,
  rowOfSomebodyElse,
  rowThatPasses,
  SIGNED_IN,
} from "../../src/access/predicates.ts";
import { replayDatabase } from "../../src/engine/database.ts";
import type { Expr } from "../../src/events/tree.ts";
import { loadParser, type PostgresParser } from "../../src/parser/postgres.ts";
import { configOf } from "../support/lint.ts";

let parser: PostgresParser;
beforeAll(async () => {
  parser = await loadParser();
});

/** The expression of a policy on a table that has the columns named. */
function expression(text: string): Expr {
  const sql = `CREATE TABLE t (id int, owner uuid, user_id uuid, status text, public boolean);
    CREATE POLICY p ON t USING (${text});`;
  const file = { file: "/t.sql", path: "t.sql", bytes: Buffer.from(sql), upHalf: null };
  const { catalog } = replayDatabase({ kind: "test", root: "/", files: [file] }, configOf(), parser);
  const [policy] = [...catalog.state.policies.all()];
  if (policy?.using == null) throw new Error(`not a condition: ${text}`);
  return policy.using.expr;
}

const verdict = (text: string, set: Predicates = predicates()) => {
  const node = set.of(expression(text));
  return {
    anyone: alwaysTrue(node, ANYONE),
    anonymous: alwaysTrueForAny(node, ANONYMOUS),
    signedIn: alwaysTrue(node, SIGNED_IN),
  };
};

describe("true for everybody", () => {
  it.each([
    "true",
    "1=1",
    "'a' = 'a'",
    "(select true)",
    "coalesce(true, false)",
    "owner = auth.uid() or true",
    "not false",
    "owner is null or owner is not null",
    "(status = 'a') is not unknown or status is null",
    "case when public then true else true end",
    "1 in (1, 2)",
    "2 between 1 and 3",
    "exists (select 1)",
    "'t'::boolean",
    "owner = auth.uid() or (owner = auth.uid()) is not true",
    "current_user is not null",
    "is_admin() or true",
    "is_admin() is not null or is_admin() is null",
  ])("%s", (text) => {
    expect(verdict(text)).toEqual({ anyone: "yes", anonymous: "yes", signedIn: "yes" });
  });

  it.each([
    "false",
    "owner = owner",
    "status = 'a' or status <> 'a'",
    "public",
    "public or not public",
    "owner = auth.uid()",
    "owner = auth.uid() or public",
    "id > 0",
    "id = 1 or id <> 1",
    "status in ('a', 'b')",
    "null",
    "2 between 3 and 1",
    "auth.jwt() ->> 'role' = 'service_role'",
    "coalesce(public, false)",
    "nullif(true, true)",
  ])("not %s", (text) => {
    const { anyone, anonymous, signedIn } = verdict(text);
    expect([anyone, anonymous, signedIn]).not.toContain("yes");
  });
});

describe("true for everybody who has signed in", () => {
  it.each([
    "auth.uid() is not null",
    "(select auth.uid()) is not null",
    "auth.role() = 'authenticated'",
    "auth.jwt() ->> 'role' = 'authenticated'",
    "(current_setting('request.jwt.claims', true)::json ->> 'sub') is not null",
    "coalesce(auth.uid() is not null, false)",
    "auth.role() in ('authenticated', 'service_role')",
    "auth.role() <> 'anon'",
    "auth.uid() = auth.uid()",
    "nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub' is not null",
    "owner = auth.uid() or auth.role() = 'authenticated'",
  ])("%s", (text) => {
    expect(verdict(text)).toEqual({
      anyone: expect.not.stringMatching("yes"),
      anonymous: "no",
      signedIn: "yes",
    });
  });

  it.each([
    "auth.jwt() -> 'app_metadata' ->> 'role' = 'admin'",
    "(auth.jwt() ->> 'org') is not null",
    "owner = auth.uid()",
    "auth.uid() is not null and owner = auth.uid()",
  ])("not %s", (text) => {
    expect(verdict(text).signedIn).not.toBe("yes");
  });
});

describe("true for anonymous clients", () => {
  it.each(["auth.uid() is null", "auth.role() = 'anon'", "auth.uid() is null or owner = auth.uid()"])(
    "%s",
    (text) => {
      expect(verdict(text)).toEqual({
        anyone: expect.not.stringMatching("yes"),
        anonymous: "yes",
        signedIn: "no",
      });
    },
  );
});

describe("not true for everybody: rows of a table decide", () => {
  it.each([
    "exists (select 1 from members m where m.uid = auth.uid())",
    "exists (select 1 from members m where m.uid = (select auth.uid()) and m.role = 'admin')",
    "exists (select 1 from members m join teams t on t.id = m.team where m.team_id = t.id and m.uid = t_id and uid = auth.uid())",
    "exists (select 1 from members m where m.team_id = t.id)",
    "id in (select team from members where uid = auth.uid())",
    "id = any (select team from members where uid = auth.uid())",
    "(select role from members where uid = auth.uid()) = 'admin'",
    "id in (select id from teams where owner in (select owner from members where uid = auth.uid()))",
    "exists (select 1 from members m where m.uid = auth.uid() or (select role from members where uid = auth.uid()) = 'admin')",
    "case when id is null then false else exists (select 1 from members m where m.uid = auth.uid()) end",
    "not exists (select 1 from banned b where b.uid = auth.uid())",
    "owner = auth.uid() or exists (select 1 from members m where m.uid = auth.uid())",
  ])("%s", (text) => {
    expect(verdict(text)).toEqual({ anyone: "no", anonymous: "no", signedIn: "no" });
  });
});

describe("undecided", () => {
  it.each([
    "is_admin()",
    "owner = auth.uid() or is_admin()",
    "exists (select 1 from members m)",
    "exists (select 1 from members m where m.active)",
    "exists (select 1 from members m where m.uid = m.id)",
    "exists (select 1 from generate_series(1, 3) m where m.m = auth.uid())",
    "exists (select 1 from members m where m.uid = auth.uid() or m.id > 0)",
    "exists (select 1 from members m where m.uid = auth.uid()) or is_admin()",
    "not exists (select 1 from members m where m.active)",
  ])("%s", (text) => {
    expect(verdict(text).signedIn).toBe("undecided");
  });
  it("too many columns", () => {
    const many = Array.from({ length: 14 }, (_, i) => `c${i} = 'x${i}'`).join(" or ");
    expect(verdict(many).anyone).toBe("undecided");
  });
});

describe("NOT NULL columns", () => {
  it("are never NULL", () => {
    const set = predicates({
      isNotNull: (column) => column === "owner",
      inline: () => null,
      decides: () => false,
    });
    expect(verdict("owner = owner", set).anyone).toBe("yes");
  });
});

describe("identity", () => {
  const columns = (text: string): readonly string[] =>
    identityColumns(predicates().of(expression(text))).map(({ column }) => column);

  it("is the column that equals the session value in every row", () => {
    expect(columns("owner = auth.uid()")).toEqual(["owner"]);
    expect(columns("(select auth.uid()) = owner and status = 'draft'")).toEqual(["owner"]);
    expect(columns("owner::text = auth.jwt() ->> 'sub'")).toEqual(["owner"]);
    expect(columns("owner in (auth.uid())")).toEqual(["owner"]);
  });

  it("is none where other rows pass too", () => {
    expect(columns("owner = auth.uid() or public")).toEqual([]);
    expect(columns("owner <> auth.uid()")).toEqual([]);
    expect(columns("owner = auth.uid() or is_admin()")).toEqual([]);
    expect(columns("owner is not distinct from auth.uid()")).toEqual([]);
  });

  it("shows somebody else's row that another condition lets pass", () => {
    const set = predicates();
    const [own] = identityColumns(set.of(expression("owner = auth.uid()")));
    if (own === undefined) throw new Error("no identity");
    const other = (text: string): string | null => {
      const row = rowOfSomebodyElse(set.of(expression(text)), own);
      return row === null ? null : describeRow(row);
    };
    expect(other("true")).toBe("any row");
    expect(other("status = 'published'")).toBe("status = 'published'");
    expect(other("owner = auth.uid() or public")).toBe("any other owner, public = true");
    expect(other("owner = auth.uid() and public")).toBeNull();
    expect(other("user_id = auth.uid() and owner = user_id")).toBeNull();
    expect(other("is_admin()")).toBeNull();
  });
});

describe("conditions compared", () => {
  it("one implies the other", () => {
    const set = predicates();
    const of = (text: string) => set.of(expression(text));
    expect(implies(of("owner = auth.uid() and public"), of("owner = auth.uid()"), ANYONE)).toBe("yes");
    expect(implies(of("owner = auth.uid()"), of("owner = auth.uid() and public"), ANYONE)).toBe("no");
    expect(implies(of("is_member(id) and public"), of("is_member(id)"), ANYONE)).toBe("yes");
  });

  it("rows with a NULL owner pass only where NULL matches NULL", () => {
    const [anonymous] = ANONYMOUS;
    if (anonymous === undefined) throw new Error("no session");
    const row = (text: string): string | null => {
      const set = predicates();
      const expr = expression(text);
      const found = rowThatPasses(set.of(expr), [set.strict(expr)], anonymous, new Map([["owner", null]]));
      return found == null ? null : describeRow(found);
    };
    expect(row("owner is not distinct from auth.uid()")).toBe("owner NULL");
    expect(
      row(
        "coalesce(owner, '00000000-0000-0000-0000-000000000000') = coalesce(auth.uid(), '00000000-0000-0000-0000-000000000000')",
      ),
    ).toBe("owner NULL");
    expect(row("owner = auth.uid()")).toBeNull();
    expect(row("owner = auth.uid() or owner is null")).toBeNull();
    expect(row("coalesce(owner = auth.uid(), false)")).toBeNull();
  });
});
