import { existsSync, readdirSync } from "node:fs";
import { join, posix } from "node:path";
import { describe, expect, test } from "vitest";
import { RULES } from "../../rules/index.ts";
import { COMMAND_NAMES, optionEntries } from "../../src/cli/options.ts";
import { PRESET_NAMES } from "../../src/config/types.ts";
import { VERSION } from "../../src/text/version.ts";
import { importsOf, read, root, sources } from "./files.ts";

/** What code looks up without importing it: `require.resolve("name/file")`. */
const resolvedIn = (text: string): readonly string[] =>
  [...text.matchAll(/\brequire\.resolve\("([^"]+)"\)/g)].map(([, name = ""]) => name);

const manifest = JSON.parse(read("package.json"));

describe("package.json", () => {
  test("has the version that the tool tells, and the changelog begins with it", () => {
    expect(manifest.version).toBe(VERSION);
    expect(/^## (\S+)/m.exec(read("CHANGELOG.md"))?.[1]).toBe(VERSION);
    expect(JSON.parse(read("package-lock.json")).packages[""].version).toBe(VERSION);
  });

  test("publishes its schemas and the rules' pages", () => {
    expect(manifest.files).toEqual(expect.arrayContaining(["dist", "schema", "rules/**/*.md"]));
    for (const path of ["./schema/output.json", "./schema/config.json"]) {
      expect(manifest.exports[path]).toBe(path);
      expect(existsSync(join(root, path)), path).toBe(true);
    }
  });

  test("has no script that runs while a package is made from a clone: its output would be taken for the file's name", () => {
    const during = /^(?:prepare|(?:pre|post)pack|(?:pre|post)?install|prepublish.*)$/;
    expect(Object.keys(manifest.scripts).filter((name) => during.test(name))).toEqual([]);
  });

  test("pins the parser, whose inner interface is used", () => {
    expect(manifest.dependencies["libpg-query"]).toMatch(/^\d+\.\d+\.\d+$/);
  });

  test("lists what the code imports as dependencies, and nothing else", () => {
    const imported = new Set(
      [...sources("src"), ...sources("rules")]
        .flatMap(({ text }) => [...importsOf(text), ...resolvedIn(text)])
        .filter((name) => !/^(?:\.|node:)/.test(name))
        .map((name) =>
          name
            .split("/")
            .slice(0, name.startsWith("@") ? 2 : 1)
            .join("/"),
        ),
    );
    expect([...imported].sort()).toEqual(Object.keys(manifest.dependencies).sort());
  });

  test("the lock file names no host, and every package that an optional dependency may need elsewhere", () => {
    const { packages } = JSON.parse(read("package-lock.json"));
    const entries: [string, { resolved?: string; optionalDependencies?: Record<string, string> }][] =
      Object.entries(packages);
    expect(entries.filter(([, entry]) => entry.resolved !== undefined)).toEqual([]);
    const missing = entries.flatMap(([path, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies).filter(
        (name) =>
          packages[`node_modules/${name}`] === undefined &&
          packages[`${path}/node_modules/${name}`] === undefined,
      ),
    );
    expect(missing).toEqual([]);
  });
});

describe("README.md", () => {
  const readme = read("README.md");

  test("has the two commands on lines of their own", () => {
    const lines = readme.split("\n");
    expect(lines).toContain("npm ci && npx pgvet fixtures/projects/pgstack-todo");
    expect(lines).toContain("npm ci && npm test");
  });

  test("begins with a finding as it is printed", () => {
    const [, frame = ""] = /^```\n(critical[\s\S]*?)^```$/m.exec(readme) ?? [];
    expect(frame).not.toBe("");
    expect(read("fixtures/projects/broken-later/expected.txt")).toContain(
      frame.replaceAll("migrations/", "fixtures/projects/broken-later/"),
    );
  });

  test("links only to files and headings that exist, as do the pages in docs", () => {
    const slug = (heading: string) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, "")
        .replace(/\s/g, "-");
    const broken = ["README.md", ...readdirSync(join(root, "docs")).map((name) => `docs/${name}`)].flatMap(
      (page) =>
        [...read(page).matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)/g)].flatMap(
          ([link, to, anchor]) => {
            const target = to === undefined || to === "" ? page : posix.join(posix.dirname(page), to);
            if (!existsSync(join(root, target))) return [`${page}: ${link}`];
            if (anchor === undefined) return [];
            const headings = [...read(target).matchAll(/^#+ (.*)$/gm)].map(([, text = ""]) => slug(text));
            return headings.includes(anchor) ? [] : [`${page}: ${link}`];
          },
        ),
    );
    expect(broken).toEqual([]);
  });

  test("names every option, command, preset and configuration key", () => {
    const keys = Object.keys(JSON.parse(read("schema/config.json")).properties).filter(
      (key) => key !== "$schema",
    );
    const options = optionEntries("check").map(([name]) => `--${name}`);
    const named = (word: string) =>
      readme.includes(`\`${word}\``) || readme.includes(`\`${word} `) || readme.includes(`pgvet ${word}`);
    expect([...keys, ...options, ...COMMAND_NAMES, ...PRESET_NAMES].filter((word) => !named(word))).toEqual(
      [],
    );
  });
});

describe("CHANGELOG.md", () => {
  test("names every rule under the version that brought it", () => {
    const sections = read("CHANGELOG.md").split(/^## /m);
    const missing = RULES.filter(
      ({ id, since }) => !sections.some((text) => text.startsWith(since) && text.includes(`\`${id}\``)),
    );
    expect(missing.map(({ id }) => id)).toEqual([]);
  });
});

describe("generated files", () => {
  test("the rules' list has a line for every rule", () => {
    const list = read("rules/README.md");
    expect(
      RULES.filter(({ id }) => !list.includes(`[\`${id}\`](${id}/README.md)`)).map(({ id }) => id),
    ).toEqual([]);
  });
});
