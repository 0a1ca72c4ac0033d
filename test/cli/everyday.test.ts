/** --statistics, --watch and completion of the built program. */
import { spawn, spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { repository } from "../project/files.ts";
import { pgvet } from "../support/program.ts";

const GRANT = "GRANT CREATE ON SCHEMA public TO PUBLIC;\n";
const WIDE = "CREATE SCHEMA s;\nGRANT CREATE ON SCHEMA s TO PUBLIC;\n";

describe("--statistics", () => {
  test("counts by rule and severity, the most frequent first", () => {
    const cwd = repository({ "a/1.sql": `${GRANT}${WIDE}`, "b/1.sql": GRANT, "b/2.sql": "SELEC 1;\n" });
    const run = pgvet(["--statistics", "--format", "concise"], { cwd });
    expect(run.code).toBe(1);
    expect(run.out).toMatch(/^\d {2}\w+ +grant-schema-create\/public\n(?:.*\n)*1 {2}high {6}parse-error\n$/);
    expect(run.err).toContain("Checked 3 files");
  });

  test("in pretty with the summary, and with nothing to count", () => {
    expect(pgvet(["--statistics"], { cwd: repository({ "1.sql": GRANT }) }).out).toMatch(
      /^1 {2}critical {2}grant-schema-create\/public\n\n1 finding: /,
    );
    expect(pgvet(["--statistics"], { cwd: repository({ "1.sql": "SELECT 1;\n" }) }).out).toMatch(
      /^No findings\n/,
    );
  });
});

describe("--watch", () => {
  test("checks again when a file changes, appears or is broken, until it is ended", {
    timeout: 60_000,
  }, async () => {
    const cwd = repository({ "db/1.sql": "SELECT 1;\n" });
    const program = fileURLToPath(new URL("../../dist/cli/pgvet.js", import.meta.url));
    const child = spawn(
      process.execPath,
      [program, "--watch", "--format", "concise", "--format", "json=db/out.json", "db"],
      {
        cwd,
        env: { PATH: process.env["PATH"] },
      },
    );
    let out = "";
    let runs = 0;
    let wake = (): void => {};
    child.stdout.on("data", (data) => {
      out += data;
    });
    child.stderr.on("data", (data) => {
      runs += String(data).split("watching; Ctrl+C ends it").length - 1;
      wake();
    });
    const finished = async (count: number): Promise<void> => {
      while (runs < count) {
        await new Promise<void>((done) => {
          wake = done;
        });
      }
    };
    try {
      await finished(1);
      expect(out).toBe("");
      writeFileSync(join(cwd, "db/1.sql"), GRANT);
      await finished(2);
      expect(out).toMatch(/^db\/1\.sql:1:1: [^\n]*\n$/);
      out = "";
      writeFileSync(join(cwd, "db/2.sql"), WIDE);
      await finished(3);
      expect(out).toMatch(/^db\/1\.sql:1:1: [^\n]*\ndb\/2\.sql:2:1: [^\n]*\n$/);
      writeFileSync(join(cwd, "db/pgvet.json"), "{");
      await finished(4);
      out = "";
      writeFileSync(join(cwd, "db/pgvet.json"), '{"rules": {"grant-schema-create": "off"}}');
      await finished(5);
      expect(out).toBe("");
      // What it writes itself is no reason to check again.
      await new Promise((done) => setTimeout(done, 600));
      expect(runs).toBe(5);
    } finally {
      child.kill();
    }
  });
});

describe("completion", () => {
  const cwd = repository({ "schema.sql": "SELECT 1;\n" });
  const script = pgvet(["completion", "bash"], { cwd }).out;

  /** What bash offers for the last word of a line. */
  function offered(...words: string[]): readonly string[] {
    const line = words.map((word) => `'${word}'`).join(" ");
    const { stdout, stderr } = spawnSync(
      "bash",
      [
        "--norc",
        "-c",
        `${script}\nCOMP_WORDS=(pgvet ${line}); COMP_CWORD=${words.length}; _pgvet; printf '%s\\n' "\${COMPREPLY[@]}"`,
      ],
      { cwd, encoding: "utf8", env: { PATH: process.env["PATH"] } },
    );
    expect(stderr).toBe("");
    return stdout.split("\n").filter((word) => word !== "");
  }

  test.each([
    [["ba"], ["baseline"]],
    [["sch"], ["schema.sql"]],
    [["--form"], ["--format"]],
    [["--format", "s"], ["sarif"]],
    [["catalog", "--format", "t"], ["table"]],
    [
      ["baseline", "--pr"],
      ["--preset", "--prune"],
    ],
    [["explain", "grant-schema-"], ["grant-schema-create"]],
    [["--fail-on", "h"], ["high"]],
    [["completion", "b"], ["bash"]],
    [["catalog", "--statis"], []],
  ])("bash offers for %j: %j", (words, expected) => {
    expect(offered(...words)).toEqual(expected);
  });

  test("zsh and fish", () => {
    expect(pgvet(["completion", "zsh"], { cwd }).out).toBe(
      `autoload -U +X bashcompinit && bashcompinit\n${script}`,
    );
    const fish = pgvet(["completion", "fish"], { cwd }).out;
    for (const line of fish.trimEnd().split("\n"))
      expect(line).toMatch(/^complete -c pgvet -n (?:'[^']*'|\w+) /);
    expect(fish).toContain("-l fail-on -xa 'info low medium high critical never'");
  });
});
