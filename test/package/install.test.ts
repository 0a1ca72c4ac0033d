import { execFile, spawnSync } from "node:child_process";
import {
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";

/** What pre-commit does with a hook of `language: node`, step by step, on a clone without anything built. */

const root = fileURLToPath(new URL("../../", import.meta.url));
const run = promisify(execFile);
const minute = 60_000;

let work: string;
let clone: string;
let packOutput: string;
let installed: string;

beforeAll(async () => {
  work = realpathSync(mkdtempSync(join(tmpdir(), "pgvet-pre-commit-")));
  clone = join(work, "clone");
  installed = join(work, "environment");
  copyTree(root, clone);
  const env: NodeJS.ProcessEnv = { ...process.env, npm_config_prefix: installed };
  for (const name of Object.keys(env)) {
    // What the npm that runs these tests tells its scripts is not there when pre-commit calls npm.
    if (/^npm_(package|lifecycle|command|config_local_prefix|execpath|node_execpath)/.test(name))
      delete env[name];
  }
  const npm = (...args: string[]) => run("npm", args, { cwd: clone, env });
  await npm(
    "install",
    "--include=dev",
    "--include=prod",
    "--ignore-prepublish",
    "--no-progress",
    "--no-save",
  );
  packOutput = (await npm("pack")).stdout;
  await npm("install", "-g", join(clone, packOutput.trim()));
}, 2 * minute);

afterAll(() => rmSync(work, { recursive: true, force: true }), 2 * minute);

/** The tracked files and those that soon may be, as a clone has them; a plain copy where there is no git. */
function copyTree(from: string, to: string): void {
  const listed = spawnSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
    cwd: from,
    encoding: "utf8",
  });
  if (listed.status !== 0) {
    const left = new Set(["node_modules", "dist", ".git"].map((name) => join(from, name)));
    cpSync(from, to, { recursive: true, filter: (path) => !left.has(path) });
    return;
  }
  for (const path of listed.stdout.split("\0")) {
    if (path === "") continue;
    mkdirSync(dirname(join(to, path)), { recursive: true });
    try {
      copyFileSync(join(from, path), join(to, path));
    } catch {
      // Deleted and not committed yet.
    }
  }
}

/** The steps of action.yml with inputs, as a runner of GitHub executes them. */
describe("the GitHub action", () => {
  const action = parse(readFileSync(join(root, "action.yml"), "utf8"));
  const [install, check] = action.runs.steps;
  const runStep = (inputs: { paths: string; args: string; "working-directory": string }) => {
    const fill = (text: string) =>
      text.replace(/\$\{\{ (\w+)\.([\w-]+) \}\}/g, (_, where: string, name: string) => {
        if (where === "github" && name === "action_path") return clone;
        if (where === "inputs") return Object.entries(inputs).find(([key]) => key === name)?.[1] ?? "";
        throw new Error(`unknown expression: ${where}.${name}`);
      });
    const env = Object.fromEntries(
      Object.entries<string>(check.env).map(([name, value]) => [name, fill(value)]),
    );
    return spawnSync("bash", ["--noprofile", "--norc", "-eo", "pipefail", "-c", check.run], {
      cwd: join(root, fill(check["working-directory"])),
      env: { ...process.env, ...env },
      encoding: "utf8",
    });
  };

  test("installs from its own lock file what its second step runs", () => {
    expect(install.run).toMatch(/^npm ci( --no-\w+)*$/);
    expect(install["working-directory"]).toMatch(/^\$\{\{ github\.action_path \}\}$/);
    expect(readFileSync(join(clone, "dist/cli/pgvet.js"), "utf8")).toContain("#!");
  });

  test("gives each line of its inputs as one argument, and none of them to the shell", () => {
    const inputs = {
      paths: "pgstack-todo\n\nno such $(touch hacked) file.sql\n",
      args: "--format=concise\n--no-error-on-unmatched\n",
      "working-directory": "fixtures/projects",
    };
    const { status, stdout, stderr } = runStep(inputs);
    expect(stdout).toContain("0002_footgun.sql:2:1: critical:");
    expect(stderr).not.toContain("hacked: not found");
    expect(status).toBe(1);
    const safe = { ...inputs, paths: "pgstack-todo-safe\n" };
    expect(runStep(safe).status).toBe(0);
    expect(check.run).not.toContain("${{");
  });
});

describe("pre-commit", () => {
  test("npm pack prints the name of the package and nothing else", () => {
    expect(packOutput).toMatch(/^pgvet-\d+\.\d+\.\d+\S*\.tgz\n$/);
  });

  test("the hook reports a file with a finding and passes one without", async () => {
    const [hook] = parse(readFileSync(join(clone, ".pre-commit-hooks.yaml"), "utf8"));
    expect(hook).toMatchObject({ id: "pgvet", language: "node", require_serial: true });
    const entry = (path: string) =>
      spawnSync(join(installed, "bin", hook.entry), [path], {
        cwd: join(root, "fixtures/projects"),
        encoding: "utf8",
      });
    const bad = entry("pgstack-todo/0002_footgun.sql");
    expect(bad.stdout).toContain("pgr-subscribe-granted");
    expect(bad.status).toBe(1);
    const good = entry("pgstack-todo-safe/0001_todos.sql");
    expect(good.stdout + good.stderr).not.toContain("error");
    expect(good.status).toBe(0);
  });

  test("the package explains its rules and carries its schemas", () => {
    const command = join(installed, "bin/pgvet");
    const page = spawnSync(command, ["explain", "pgr-subscribe-granted"], { cwd: work, encoding: "utf8" });
    expect(page.stderr).toBe("");
    expect(page.stdout).toContain("## How to fix");
    const packed = join(installed, "lib/node_modules/pgvet");
    for (const schema of ["output.json", "config.json"]) {
      expect(JSON.parse(readFileSync(join(packed, "schema", schema), "utf8"))).toHaveProperty("title");
    }
  });

  test("the package's types compile for whoever imports them", () => {
    const consumer = join(work, "consumer");
    mkdirSync(join(consumer, "node_modules"), { recursive: true });
    cpSync(join(installed, "lib/node_modules/pgvet"), join(consumer, "node_modules/pgvet"), {
      recursive: true,
    });
    const program = `import { defineRule, lint, type Report } from "pgvet";
export const report: Promise<Report> = lint({ paths: ["."] });
export const rule = defineRule({
  title: "t", severity: "low", category: "grants", cwe: [], since: "1", variants: { v: "x" }, why: "w",
  check: (context) => { for (const view of context.catalog.relations()) context.unknown({ ...view.place }, view.name); },
});
// @ts-expect-error severities are checked
defineRule({ ...rule, severity: "none" });
`;
    writeFileSync(join(consumer, "index.mts"), program);
    const tsc = spawnSync(
      process.execPath,
      [
        join(clone, "node_modules/typescript/bin/tsc"),
        "--noEmit",
        "--strict",
        "--module",
        "nodenext",
        "--target",
        "es2023",
        "--typeRoots",
        join(clone, "node_modules/@types"),
        "--types",
        "node",
        "index.mts",
      ],
      { cwd: consumer, encoding: "utf8" },
    );
    expect(tsc.stdout).toBe("");
  });
});
