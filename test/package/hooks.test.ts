/** The recipes of docs/hooks.md in a repository of their own: the commit of a weakness fails, the commit of its repair passes. */
import { execFileSync, spawnSync } from "node:child_process";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));
const page = readFileSync(join(root, "docs/hooks.md"), "utf8");
const minute = 60_000;

const BAD = "CREATE TABLE secret (a int);\nGRANT ALL ON secret TO PUBLIC;\n";
const GOOD = "CREATE TABLE secret (a int);\n";

/** What stands in the fence of a section. */
function recipe(section: string): string {
  const [, text] =
    new RegExp(`^## ${section}$[\\s\\S]*?^\`\`\`\\w+\n([\\s\\S]*?)^\`\`\`$`, "m").exec(page) ?? [];
  if (text === undefined) throw new Error(`no recipe: ${section}`);
  return text;
}

const work = realpathSync(mkdtempSync(join(tmpdir(), "pgvet-hooks-")));
const tools = join(work, "tools");

beforeAll(() => {
  mkdirSync(tools);
  writeFileSync(join(tools, "package.json"), "{}");
  // Their install scripts would set hooks of their own.
  execFileSync(
    "npm",
    ["install", "--ignore-scripts", "husky@9.1.7", "lint-staged@16.1.2", "lefthook@1.11.14"],
    {
      cwd: tools,
      stdio: "ignore",
    },
  );
  symlinkSync(root, join(tools, "node_modules/pgvet"));
  symlinkSync(join(root, "dist/cli/pgvet.js"), join(tools, "node_modules/.bin/pgvet"));
}, 3 * minute);

afterAll(() => rmSync(work, { recursive: true, force: true }));

function repository(name: string, files: Readonly<Record<string, string>>) {
  const directory = join(work, name);
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_CONFIG_SYSTEM: "/dev/null",
    PATH: `${join(directory, "node_modules/.bin")}:${process.env["PATH"]}`,
  };
  // Without it lefthook and husky stay away, as they do in CI.
  for (const key of Object.keys(env))
    if (/^(CI|GITHUB_|GITLAB_|GIT_DIR|GIT_INDEX|GIT_WORK)/.test(key)) delete env[key];
  const run = (command: string, ...args: string[]) =>
    spawnSync(command, args, { cwd: directory, env, encoding: "utf8" });
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
  };
  mkdirSync(directory);
  symlinkSync(join(tools, "node_modules"), join(directory, "node_modules"));
  write("package.json", "{}");
  write(".gitignore", "node_modules\n");
  for (const [path, text] of Object.entries(files)) write(path, text);
  run("git", "init", "-q", "-b", "main");
  run("git", "config", "user.email", "somebody@example.com");
  run("git", "config", "user.name", "Somebody");
  return { directory, run, write };
}

type Repository = ReturnType<typeof repository>;

function expectHook({ run, write }: Repository): void {
  write("migrations/1_first.sql", GOOD);
  run("git", "add", "-A");
  expect(run("git", "commit", "-qm", "first").stderr).not.toContain("rls-disabled");
  expect(run("git", "log", "--oneline").stdout.split("\n")).toHaveLength(2);

  write("migrations/2_second.sql", BAD.replaceAll("secret", "other"));
  run("git", "add", "-A");
  const refused = run("git", "commit", "-qm", "second");
  expect(refused.stdout + refused.stderr).toContain("migrations/2_second.sql");
  expect(refused.status).not.toBe(0);
  expect(run("git", "log", "--oneline").stdout.split("\n")).toHaveLength(2);

  write("migrations/2_second.sql", GOOD.replaceAll("secret", "other"));
  run("git", "add", "-A");
  expect(run("git", "commit", "-qm", "second").status).toBe(0);
  expect(run("git", "log", "--oneline").stdout.split("\n")).toHaveLength(3);
}

describe("a commit", { timeout: 2 * minute }, () => {
  test("with a hook of git's own", () => {
    const project = repository("git", {});
    const hook = join(project.directory, ".git/hooks/pre-commit");
    mkdirSync(dirname(hook), { recursive: true });
    writeFileSync(hook, recipe("Git alone"));
    chmodSync(hook, 0o755);
    expectHook(project);
  });

  test("with husky", () => {
    const project = repository("husky", { ".husky/pre-commit": recipe("husky") });
    expect(project.run("npx", "--no-install", "husky").status).toBe(0);
    expectHook(project);
  });

  test("with lefthook", () => {
    const project = repository("lefthook", { "lefthook.yml": recipe("lefthook") });
    expect(project.run("npx", "--no-install", "lefthook", "install").status).toBe(0);
    expectHook(project);
  });

  test("with lint-staged", () => {
    const project = repository("lint-staged", { "package.json": recipe("lint-staged") });
    const hook = join(project.directory, ".git/hooks/pre-commit");
    mkdirSync(dirname(hook), { recursive: true });
    writeFileSync(hook, "#!/bin/sh\nexec npx --no-install lint-staged\n");
    chmodSync(hook, 0o755);
    expectHook(project);
  });

  test("looks at the index, not at the work tree", () => {
    const project = repository("index", { "migrations/1_first.sql": GOOD });
    const hook = join(project.directory, ".git/hooks/pre-commit");
    mkdirSync(dirname(hook), { recursive: true });
    writeFileSync(hook, recipe("Git alone"));
    chmodSync(hook, 0o755);
    project.run("git", "add", "-A");
    project.write("migrations/1_first.sql", BAD);
    expect(project.run("git", "commit", "-qm", "only what is staged").status).toBe(0);
    project.run("git", "add", "-A");
    project.write("migrations/1_first.sql", GOOD);
    expect(project.run("git", "commit", "-qm", "what is staged is bad").status).not.toBe(0);
  });
});
