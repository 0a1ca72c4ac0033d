/** docs/adoption.md, replayed: its files are written, its commands run, and what they print is compared. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { repository } from "../project/files.ts";
import { pgvet } from "../support/program.ts";

const page = readFileSync(new URL("../../docs/adoption.md", import.meta.url), "utf8");

/** A block with what its commands print now; blocks that are files are written. */
function replayed(cwd: string, block: string, info: string, body: string): string {
  const [, path] = /^\w+ file=(\S+)$/.exec(info) ?? [];
  if (path !== undefined) {
    mkdirSync(dirname(join(cwd, path)), { recursive: true });
    writeFileSync(join(cwd, path), body);
  }
  if (info !== "console") return block;
  const commands = [...body.matchAll(/^\$ npx pgvet ?(.*)$/gm)];
  const printed = commands.map(([line, args = ""]) => {
    const { code, out, err } = pgvet(args === "" ? [] : args.split(" "), { cwd });
    return `${line}\n${out}${err}${code === 0 ? "" : `(exit code ${code})\n`}`;
  });
  return `\`\`\`console\n${printed.join("")}\`\`\``;
}

test("its commands print what the page says", { timeout: 120_000 }, async () => {
  const cwd = repository({});
  const now = page.replace(/^```([^\n]*)\n([\s\S]*?)^```$/gm, (block, info: string, body: string) =>
    replayed(cwd, block, info, body),
  );
  expect(now.split("$ npx pgvet")).toHaveLength(9);
  await expect(now).toMatchFileSnapshot("../../docs/adoption.md");
});
