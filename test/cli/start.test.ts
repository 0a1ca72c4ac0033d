import { spawnSync } from "node:child_process";
import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { codeCacheFolder } from "../../src/cli/code-cache.ts";
import { allHelp } from "../../src/cli/help.ts";
import { COMMAND_NAMES } from "../../src/cli/options.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
let work: string;
let cli: string;

beforeAll(() => {
  work = realpathSync(mkdtempSync(join(tmpdir(), "pgvet-start-")));
  cli = join(work, "dist", "cli");
  cpSync(join(root, "dist", "cli"), cli, { recursive: true });
  symlinkSync(join(root, "node_modules"), join(work, "node_modules"));
});
afterAll(() => rmSync(work, { recursive: true, force: true }));

function pgvet(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(cli, "pgvet.js"), ...args], {
    cwd: root,
    encoding: "utf8",
  });
  return { status, stdout, stderr };
}

const check = () => pgvet("--no-cache", "fixtures/projects/pgstack-todo");

describe("compiled code beside the command", () => {
  test("is made by the build for the Node that runs it, the rules among it", () => {
    expect(readdirSync(codeCacheFolder(cli)).filter((name) => name.startsWith("rules-"))).toHaveLength(1);
  });

  test.each([
    ["is cut off", (bytes: Buffer) => bytes.subarray(0, bytes.length / 2)],
    ["is empty", () => Buffer.alloc(0)],
    ["is no compiled code", () => Buffer.from("process.exit(7)")],
  ])("that %s is not used", (_, damage) => {
    const expected = check();
    expect(expected.status).toBe(1);
    const folder = codeCacheFolder(cli);
    for (const name of readdirSync(folder)) {
      const before = readFileSync(join(folder, name));
      writeFileSync(join(folder, name), damage(before));
    }
    expect(check()).toEqual(expected);
  });

  test("is not needed", () => {
    const expected = check();
    rmSync(codeCacheFolder(cli), { recursive: true });
    expect(check()).toEqual(expected);
  });
});

test.each(["", ...COMMAND_NAMES])(
  "the help of command '%s' that the build prepared is what is written now",
  async (name) => {
    const command = COMMAND_NAMES.find((each) => each === name) ?? null;
    const { stdout } = pgvet(...(command === null ? [] : [command]), "--help");
    expect(stdout).toBe((await allHelp())[name]);
  },
);
