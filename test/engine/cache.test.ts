import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { RULES } from "../../rules/index.ts";
import type { Cache } from "../../src/engine/cache.ts";
import { cacheFolder, folderCache } from "../../src/engine/cache.ts";
import { digest } from "../../src/engine/digest.ts";
import { lint } from "../../src/engine/lint.ts";

let work: string;
beforeEach(() => {
  work = realpathSync(mkdtempSync(join(tmpdir(), "pgvet-cache-")));
});
afterEach(() => rmSync(work, { recursive: true, force: true }));

describe("digest", () => {
  test("is the same for equal data, whatever the order of an object's keys", () => {
    const value = { a: [1, "x", null], b: new Map([["k", Buffer.from("y")]]) };
    const same = { b: new Map([["k", Buffer.from("y")]]), a: [1, "x", null] };
    expect(digest(value)).toBe(digest(same));
  });

  test.each([
    [
      ["ab", "c"],
      ["a", "bc"],
    ],
    [[1], ["1"]],
    [[null], ["null"]],
    [[["a"], "b"], [["a", "b"]]],
    [Buffer.from("a"), "a"],
    [
      new Map([
        ["a", 1],
        ["b", 2],
      ]),
      new Map([
        ["b", 2],
        ["a", 1],
      ]),
    ],
    [{ a: undefined }, {}],
  ])("is another for %j and %j", (one, other) => {
    expect(digest(one)).not.toBe(digest(other));
  });
});

describe("the folder", () => {
  test("gives back what was put there", () => {
    const cache = folderCache(join(work, "new", "folder"), "p");
    expect(cache.get("k1")).toBeNull();
    cache.set("k1", "text ä 東");
    expect(cache.get("k1")).toBe("text ä 東");
    expect(folderCache(join(work, "new", "folder"), "p").get("k1")).toBe("text ä 東");
    expect(cache.get("k2")).toBeNull();
  });

  /** A cache with one entry, and the entry's file. */
  function filled() {
    const folder = join(work, "cache");
    const cache = folderCache(folder, "p");
    cache.set("k", "text");
    const [name = ""] = readdirSync(folder);
    return { folder, file: join(folder, name), again: () => folderCache(folder, "p").get("k") };
  }

  test("holds nothing but finished entries", () => {
    const { folder } = filled();
    expect(readdirSync(folder)).toHaveLength(1);
  });

  test("a damaged entry is none", () => {
    const { file, again } = filled();
    const content = readFileSync(file, "utf8");
    for (const damaged of [content.slice(0, -1), `${content}x`, content.replace("text", "tExt"), ""]) {
      writeFileSync(file, damaged);
      expect(again()).toBeNull();
    }
    writeFileSync(file, content);
    expect(again()).toBe("text");
  });

  test.skipIf(process.platform === "win32")("what others can write to is not read", () => {
    const { folder, file, again } = filled();
    chmodSync(file, 0o622);
    expect(again()).toBeNull();
    chmodSync(file, 0o600);
    chmodSync(folder, 0o777);
    expect(again()).toBeNull();
    chmodSync(folder, 0o700);
    expect(again()).toBe("text");
  });

  test.skipIf(process.platform === "win32")("symbolic links are not followed", () => {
    const { folder, file, again } = filled();
    renameSync(file, join(work, "entry"));
    symlinkSync(join(work, "entry"), file);
    expect(again()).toBeNull();
    renameSync(folder, join(work, "elsewhere"));
    symlinkSync(join(work, "elsewhere"), folder);
    expect(again()).toBeNull();
  });

  test("one that cannot be made is an empty one", () => {
    writeFileSync(join(work, "file"), "");
    const cache = folderCache(join(work, "file", "cache"), "p");
    cache.set("k", "text");
    expect(cache.get("k")).toBeNull();
  });

  test("is the user's, never one in the project", () => {
    expect(cacheFolder({ HOME: "/home/u" }, "linux")).toBe("/home/u/.cache/pgvet");
    expect(cacheFolder({ HOME: "/home/u", XDG_CACHE_HOME: "/c" }, "linux")).toBe("/c/pgvet");
    expect(cacheFolder({ HOME: "/home/u", XDG_CACHE_HOME: "c" }, "linux")).toBe("/home/u/.cache/pgvet");
    expect(cacheFolder({ HOME: "/home/u", PGVET_CACHE_DIR: "/d" }, "linux")).toBe("/d");
    expect(cacheFolder({ HOME: "/Users/u" }, "darwin")).toBe("/Users/u/Library/Caches/pgvet");
    expect(cacheFolder({}, "linux")).toBeNull();
  });
});

describe("a run with a cache", () => {
  /** Counts what is found in it. */
  function counted(cache: Cache) {
    const counts = { found: 0, kept: 0 };
    const counting: Cache = {
      ...cache,
      get(key) {
        const text = cache.get(key);
        if (text !== null) counts.found++;
        return text;
      },
      set(key, text) {
        counts.kept++;
        cache.set(key, text);
      },
    };
    return { counts, counting };
  }

  function project(files: Readonly<Record<string, string>>) {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(join(work, "db"), { recursive: true });
      writeFileSync(join(work, path), text);
    }
  }

  const FILES = {
    "pgvet.json": JSON.stringify({
      untrusted: ["web"],
      ignore: [
        { rule: "definer-search-path", object: "public.g()", reason: "checked" },
        { rule: "definer-search-path", object: "public.h()", reason: "checked", until: "2020-01-01" },
      ],
    }),
    "db/1.sql": `
CREATE ROLE web;
CREATE FUNCTION f() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1';
CREATE FUNCTION g() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1';
CREATE FUNCTION h() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1';
CREATE TABLE t (id int); GRANT ALL ON t TO web;
SELECT FROM WHERE;`,
    "db/2.sql": `
-- pgvet-ignore definer-search-path: there are no arguments
CREATE FUNCTION i() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1';
DROP TABLE not_there;
DO $$ BEGIN EXECUTE current_setting('x'); END $$;`,
  };

  async function run(cache: Cache | null, paths = ["db"]) {
    return lint({ cwd: work, paths, rules: RULES, minSeverity: "info", failOn: null, cache });
  }

  test("gives the same report, of all files and of one", async () => {
    project(FILES);
    const { counting, counts } = counted(folderCache(join(work, "cache"), "p"));
    const without = await run(null);
    expect(without.findings.length).toBeGreaterThan(3);
    expect(without.setAside).toHaveLength(2);
    expect(without.unknown.length).toBeGreaterThan(0);
    expect(await run(counting)).toEqual(without);
    expect(counts).toEqual({ found: 0, kept: 1 });
    expect(await run(counting)).toEqual(without);
    expect(counts).toEqual({ found: 1, kept: 1 });
    expect(await run(counting, ["db/2.sql"])).toEqual(await run(null, ["db/2.sql"]));
    expect(counts).toEqual({ found: 2, kept: 1 });
  });

  test.each([
    ["a file", { "db/2.sql": `${FILES["db/2.sql"]}\nSELECT 1;` }],
    ["a file's name", { "db/3.sql": "" }],
    ["the configuration", { "pgvet.json": '{ "untrusted": ["web", "app"] }' }],
    [
      "the order of the same files",
      { "pgvet.json": FILES["pgvet.json"].replace("{", '{"files":["db/2.sql","db/1.sql"],') },
    ],
  ])("is not misled when %s changes", async (_, change) => {
    project(FILES);
    const { counting, counts } = counted(folderCache(join(work, "cache"), "p"));
    await run(counting);
    project(change);
    expect(await run(counting)).toEqual(await run(null));
    expect(counts.found).toBe(0);
  });

  test("keeps nothing of one in which a rule broke", async () => {
    project({ "db/1.sql": FILES["db/1.sql"] });
    const { counting, counts } = counted(folderCache(join(work, "cache"), "p"));
    const [first] = RULES;
    if (first === undefined) throw new Error("no rules");
    const broken = {
      ...first,
      check: () => {
        throw new Error("broken");
      },
    };
    const { findings } = await lint({
      cwd: work,
      paths: ["db"],
      rules: [broken],
      minSeverity: "info",
      failOn: null,
      cache: counting,
    });
    expect(findings.map(({ rule }) => rule)).toContain("internal-error");
    expect(counts.kept).toBe(0);
  });

  test("another program finds nothing", async () => {
    project(FILES);
    await run(folderCache(join(work, "cache"), "p"));
    const { counting, counts } = counted(folderCache(join(work, "cache"), "q"));
    await run(counting);
    expect(counts.found).toBe(0);
  });
});
