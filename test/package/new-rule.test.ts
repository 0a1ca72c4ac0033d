import { spawnSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));
const work = mkdtempSync(join(tmpdir(), "pgvet-new-rule-"));
afterAll(() => rmSync(work, { recursive: true, force: true }));
mkdirSync(join(work, "rules/view-bypasses-rls"), { recursive: true });
cpSync(join(root, "rules/view-bypasses-rls"), join(work, "rules/view-bypasses-rls"), { recursive: true });

function newRule(...args: string[]) {
  const script = join(root, "scripts/new-rule.mjs");
  return spawnSync(process.execPath, [script, "--root", work, ...args], { encoding: "utf8" });
}

test("a new rule compiles, and its page has the headings of every other page", () => {
  const { status, stdout, stderr } = newRule("view-tells-secrets");
  expect(stderr).toBe("");
  expect(status).toBe(0);
  expect(stdout).toContain("rules/view-tells-secrets/rule.ts");
  const headings = (id: string) =>
    readFileSync(join(work, "rules", id, "README.md"), "utf8")
      .match(/^#+ .*$/gm)
      ?.slice(1);
  expect(headings("view-tells-secrets")).toEqual(headings("view-bypasses-rls"));

  for (const name of ["src", "node_modules", "package.json", "tsconfig.json"])
    symlinkSync(join(root, name), join(work, name));
  const files = ["rules/view-tells-secrets/rule.ts"];
  writeFileSync(
    join(work, "one.json"),
    JSON.stringify({ extends: "./tsconfig.json", files, include: ["src/**/*.d.ts"] }),
  );
  const compiler = join(root, "node_modules/typescript/bin/tsc");
  const tsc = spawnSync(
    process.execPath,
    [compiler, "--noEmit", "-p", "one.json", "--noUnusedLocals", "false"],
    {
      cwd: work,
      encoding: "utf8",
    },
  );
  expect(tsc.stdout).toBe("");
});

test.each([
  [[], "give one id"],
  [["views"], "is no id"],
  [["View-Leak"], "is no id"],
  [["no-leaks"], "without"],
  [["view-bypasses-rls"], "is there already"],
])("%j is refused", (args, message) => {
  const before = readdirSync(join(work, "rules"));
  const { status, stderr } = newRule(...args);
  expect(stderr).toContain(message);
  expect(status).toBe(2);
  expect(readdirSync(join(work, "rules"))).toEqual(before);
});
