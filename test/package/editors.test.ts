import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

/** What docs/editors.md gives to editors reads what pgvet prints. */
const root = fileURLToPath(new URL("../../", import.meta.url));
const page = readFileSync(new URL("../../docs/editors.md", import.meta.url), "utf8");

const args = ["dist/cli/pgvet.js", "--format", "concise", "--quiet", "fixtures/projects/broken-later"];
const lines = spawnSync(process.execPath, args, { cwd: root, encoding: "utf8" })
  .stdout.split("\n")
  .filter((line) => line !== "");

const first = {
  file: "fixtures/projects/broken-later/0002_reset.sql",
  line: "1",
  column: "33",
  code: "definer-search-path/unset",
};

test("the problem matcher of Visual Studio Code matches every line", () => {
  const [, json = ""] = /```json\n([\s\S]*?)```/.exec(page) ?? [];
  const { pattern } = JSON.parse(json).tasks[0].problemMatcher;
  const expression = new RegExp(pattern.regexp);
  expect(lines.filter((line) => !expression.test(line))).toEqual([]);
  const match = lines
    .map((line) => expression.exec(line))
    .find((found) => found?.[pattern.code] === first.code);
  const named = (key: "file" | "line" | "column") => match?.[pattern[key]];
  expect({ file: named("file"), line: named("line"), column: named("column") }).toEqual({
    file: first.file,
    line: first.line,
    column: first.column,
  });
});

test("Vim's errorformat is that of the output", () => {
  const [, errorformat = ""] = /errorformat=((?:\\ |\S)+)/.exec(page) ?? [];
  const [format = ""] = errorformat.replaceAll("\\ ", " ").split(",");
  expect(format).toBe("%f:%l:%c: %t%*[a-z]: %m");
  const parts: Record<string, string> = {
    "%f": "(.+)",
    "%l": "(\\d+)",
    "%c": "(\\d+)",
    "%t": "(.)",
    "%m": "(.+)",
  };
  const expression = new RegExp(
    `^${format.replace("%*[a-z]", "[a-z]+").replace(/%[flctm]/g, (part) => parts[part] ?? part)}$`,
  );
  expect(lines.filter((line) => !expression.test(line))).toEqual([]);
  const match = lines.map((line) => expression.exec(line)).find((found) => found?.[5]?.includes(first.code));
  expect(match?.slice(1, 5)).toEqual([first.file, first.line, first.column, "c"]);
});
