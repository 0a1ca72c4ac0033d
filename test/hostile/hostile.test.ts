/**
 * Inputs that are damaged, huge or malicious: each ends with findings or errors for itself, and hides no other file's. Smaller than
 * they can get, so that all of them fit into a test run; `npm run hostile` takes them whole and writes bench/HOSTILE.md.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";
import { FORMATS } from "../../src/report/report.ts";
import { parseXml } from "../support/xml.ts";
import type { HostileInput } from "./input.ts";
import { hostileInputs } from "./inputs.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const size = Number(process.env["HOSTILE_SIZE"] ?? 0.02);
const results = process.env["HOSTILE_RESULTS"];
const rows: string[] = [];
/** What each input is meant to keep to, in seconds and megabytes. */
const BOUNDS = { elapsed: 5, megabytes: 500 };
const beyond: string[] = [];

const GOOD =
  "CREATE FUNCTION good() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT count(*)::int FROM good_table';\n";

test.each(hostileInputs(size).map((input) => [input.name, input] as const))(
  "%s",
  { timeout: 120_000 },
  (name, input) => {
    const { status, signal, stdout, stderr, measured } = lintBesideGood(input);
    if (results !== undefined) {
      const { elapsed, processor, megabytes } = measured ?? NOT_MEASURED;
      rows.push(
        `| ${name} | ${elapsed.toFixed(1)} s | ${processor.toFixed(1)} s | ${megabytes.toFixed(0)} MB |`,
      );
      if (!(elapsed <= BOUNDS.elapsed && megabytes <= BOUNDS.megabytes)) beyond.push(name);
    }
    expect({ signal, stderr: stderr.includes("internal error") ? stderr : "" }).toEqual({
      signal: null,
      stderr: "",
    });
    const report: { findings: { rule: string; path: string }[]; errors: unknown[] } = JSON.parse(stdout);
    const rules = (path: RegExp) => [
      ...new Set(report.findings.filter((finding) => path.test(finding.path)).map(({ rule }) => rule)),
    ];
    expect(rules(/zz_good\.sql$/)).toContain("definer-search-path");
    expect(rules(/./)).not.toContain("internal-error");
    if (input.rule !== null) expect(rules(/hostile\.sql$/)).toContain(input.rule);
    expect(status).toBe(report.errors.length > 0 ? 2 : 1);
  },
);

afterAll(() => {
  if (results === undefined) return;
  const kept =
    beyond.length === 0
      ? "all of them kept to that"
      : `those above are ${beyond.map((name) => `“${name}”`).join(", ")}`;
  const head = `# Hostile input

Each beside a file with one finding, which must still be reported; the whole command as JSON: time by the clock, processor time (of all
threads) and peak memory of the process. Written by \`npm run hostile\` (Node ${process.version}, ${process.platform}, load average at the end ${loadavg()[0]?.toFixed(1)}). Meant
are at most ${BOUNDS.elapsed} s and ${BOUNDS.megabytes} MB; of ${rows.length} inputs ${kept}.

| input | time | processor | memory |
| --- | ---: | ---: | ---: |
`;
  writeFileSync(results, `${head}${rows.join("\n")}\n`);
});

interface Measured {
  /** Seconds by the clock, and of processor time. */
  readonly elapsed: number;
  readonly processor: number;
  readonly megabytes: number;
}

/** The process was ended before it could tell. */
const NOT_MEASURED: Measured = { elapsed: Number.NaN, processor: Number.NaN, megabytes: Number.NaN };

function lintBesideGood(input: HostileInput) {
  const directory = mkdtempSync(join(tmpdir(), "pgvet-hostile-"));
  try {
    for (const [name, content] of Object.entries(input.files()))
      writeFileSync(join(directory, name), content);
    writeFileSync(join(directory, "zz_good.sql"), GOOD);
    const { status, signal, stdout, stderr, output } = spawnSync(
      process.execPath,
      [
        "--max-old-space-size=500",
        "--import",
        join(root, "test/hostile/measure.mjs"),
        join(root, "dist/cli/pgvet.js"),
        "--no-cache",
        "--format",
        "json",
        "--preset",
        "none",
        ".",
      ],
      {
        cwd: directory,
        encoding: "utf8",
        timeout: 100_000,
        maxBuffer: 1 << 30,
        stdio: ["ignore", "pipe", "pipe", "pipe"],
      },
    );
    const measured: Measured | null = output[3] ? JSON.parse(output[3]) : null;
    return { status, signal, stdout, stderr, measured };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** What acts on a terminal, hides or reorders text; line breaks are looked at apart. */
const UNSAFE = /[\0-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/u;

test("names and paths of other worlds stay inert in every format", { timeout: 120_000 }, () => {
  const directory = mkdtempSync(join(tmpdir(), "pgvet-hostile-"));
  try {
    for (const [name, content] of Object.entries(
      hostileInputs(1)
        .find(({ name }) => name === "names of other worlds")
        ?.files() ?? {},
    ))
      for (const path of [
        name,
        "::error::x.sql",
        "a\n::error::b\x1b[31m\u202e.sql",
        "<&\"'>.sql",
        "--help.sql",
      ])
        writeFileSync(join(directory, path), content);
    for (const format of FORMATS) {
      const { stdout, stderr, status } = spawnSync(
        process.execPath,
        [join(root, "dist/cli/pgvet.js"), "--no-cache", "--preset", "none", "--format", format, "."],
        { cwd: directory, encoding: "utf8", maxBuffer: 1 << 30, env: { PATH: process.env["PATH"] } },
      );
      expect({ format, status }).toEqual({ format, status: 1 });
      expect({ format, unsafe: UNSAFE.exec(stdout + stderr)?.[0] }).toEqual({ format, unsafe: undefined });
      const commands = stdout.split("\n").filter((line) => /^\s*::(?!: )|##\[|##vso\[/.test(line));
      // Those of the format itself are complete: no name ends one and begins another.
      for (const line of commands)
        expect({ format, line }).toEqual({
          format,
          line:
            format === "github"
              ? expect.stringMatching(/^::(?:error|warning|notice) (?:file=[^:,]+,[^:]*|title=pgvet)::/)
              : "none",
        });
      if (["json", "sarif", "gitlab", "rdjson"].includes(format))
        expect(() => JSON.parse(stdout)).not.toThrow();
      if (["junit", "checkstyle"].includes(format)) expect(() => parseXml(stdout)).not.toThrow();
    }
  } finally {
    rmSync(directory, { recursive: true });
  }
});
