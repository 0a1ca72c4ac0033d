/** What a stranger's branch can hold beside SQL: none of it is waited for, none of it hides a file. */
import { spawnSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { loadProjects } from "../../src/project/load-projects.ts";
import { repository } from "./files.ts";

const sql = "select 1;\n";

async function found(root: string) {
  const { projects, problems } = await loadProjects(["."], { cwd: root, knownRules: null });
  return {
    files: projects.flatMap(({ database }) => database.files.map(({ path }) => path)),
    problems: problems.map(({ path, message }) => `${path}: ${message}`),
  };
}

function pipe(root: string, name: string): void {
  mkdirSync(join(root, name, ".."), { recursive: true });
  if (spawnSync("mkfifo", [join(root, name)]).status !== 0) throw new Error("no pipe");
}

describe.skipIf(process.platform === "win32")("pipes and devices", () => {
  test.each([
    ".gitignore",
    "a/.gitignore",
    "a.sql",
    "package.json",
    "supabase/config.toml",
    "sqitch.plan",
    "META.json",
    "Makefile",
  ])("a pipe named %s is passed by", async (name) => {
    const root = repository({ "good.sql": sql });
    pipe(root, name);
    expect(await found(root)).toEqual({ files: ["good.sql"], problems: [] });
  });

  test.each(["drizzle/meta/_journal.json", "x.control"])("a pipe named %s is told", async (name) => {
    const root = repository({ "good.sql": sql, "drizzle/0001_a.sql": sql, "x--1.0.sql": sql });
    pipe(root, name);
    const { files, problems } = await found(root);
    expect(problems).toEqual([`${name}: is not a file; not read`]);
    expect(files).toContain("good.sql");
  });

  test("a configuration that is a pipe ends the run", async () => {
    const root = repository({ "good.sql": sql });
    pipe(root, "pgvet.yaml");
    await expect(found(root)).rejects.toThrow("pgvet.yaml: is not a file");
  });

  test("links to what never ends", async () => {
    const root = repository({ "good.sql": sql });
    for (const name of [".gitignore", "package.json", "a.sql"]) symlinkSync("/dev/zero", join(root, name));
    expect(await found(root)).toEqual({ files: ["good.sql"], problems: [] });
  });
});

describe.skipIf(process.platform === "win32")("links", () => {
  test("in circles", async () => {
    const root = repository({ "good.sql": sql });
    symlinkSync("b.sql", join(root, "a.sql"));
    symlinkSync("a.sql", join(root, "b.sql"));
    for (const name of ["self.sql", "pgvet.yaml", ".gitignore", "migrations"])
      symlinkSync(name, join(root, name));
    symlinkSync(".", join(root, "again"));
    expect(await found(root)).toEqual({ files: ["good.sql"], problems: [] });
  });
});

describe("names and depth", () => {
  test.skipIf(process.platform !== "linux")("names that are no text are told", async () => {
    const root = repository({ "good.sql": sql });
    const bytes = (name: string) => Buffer.concat([Buffer.from(`${root}/`), Buffer.from(name, "latin1")]);
    writeFileSync(bytes("caf\xe9.sql"), sql);
    mkdirSync(bytes("d\xff"));
    writeFileSync(bytes("d\xff/a.sql"), sql);
    const { files, problems } = await found(root);
    expect(files).toContain("good.sql");
    expect(problems.map((problem) => problem.replace(/: ENOENT.*$/, ""))).toEqual([
      "d\ufffd: cannot be listed",
      "caf\ufffd.sql: cannot be read",
    ]);
  });

  test("directories without end", async () => {
    const root = repository({ "good.sql": sql, [`${"d/".repeat(900)}deep.sql`]: sql });
    const { files, problems } = await found(root);
    expect(files).toEqual(["good.sql"]);
    expect(problems).toEqual([`${"d/".repeat(40)}d: lies more than 40 directories deep; not searched`]);
  });
});

describe("patterns that take long", () => {
  test.each([
    ["too large a list", "x\n".repeat(200_000), ".gitignore: is larger than 256 KB; not followed"],
    ["too long a list", "x\n".repeat(3000), ".gitignore: has more than 2000 lines; not followed"],
    [
      "too many **",
      `good.sql\na/${"**/a/".repeat(9)}b\nc.sql\n`,
      ".gitignore: line 2 is too complex a pattern; not followed",
    ],
  ])("%s", async (_, text, problem) => {
    const deep = `${"a/".repeat(38)}y.sql`;
    const root = repository({ ".gitignore": text, "c.sql": sql, [deep]: sql, "z.sql": sql });
    const { files, problems } = await found(root);
    expect(problems).toEqual([problem]);
    expect(files).toContain("z.sql");
    expect(files).toContain(deep);
    expect(files.includes("c.sql")).toBe(!text.includes("c.sql"));
  });
});
