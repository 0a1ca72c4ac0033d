import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));
const fixtures = new URL("../../fixtures/", import.meta.url);
const cases = ["projects", "hostile"].flatMap((group) =>
  readdirSync(new URL(group, fixtures))
    .sort()
    .map((name) => `${group}/${name}`),
);

/** expected.txt: `$ pgvet arguments`, standard output, `exit code N`; standard error is not part of it. */
function transcript(text: string): {
  readonly args: readonly string[];
  readonly output: string;
  readonly code: number;
} {
  const match = /^\$ pgvet (.*)\n([\s\S]*)exit code (\d)\n$/.exec(text);
  if (match === null) throw new Error("not a transcript");
  const [, args = "", output = "", code = ""] = match;
  return { args: args.split(" "), output, code: Number(code) };
}

describe.each(cases)("fixtures/%s", (name) => {
  it("prints what expected.txt says", () => {
    const expected = transcript(readFileSync(new URL(`${name}/expected.txt`, fixtures), "utf8"));
    const run = spawnSync(process.execPath, ["dist/cli/pgvet.js", ...expected.args], {
      cwd: root,
      encoding: "utf8",
      env: { PATH: process.env["PATH"], NO_COLOR: "1" },
    });
    expect(run.stderr).toBe("");
    expect(run.stdout).toBe(expected.output);
    expect(run.status).toBe(expected.code);
  });
});
