import { posix } from "node:path";
import { describe, expect, test } from "vitest";
import { importsOf, sources } from "./files.ts";

/** From what every room may use to what uses every room: an import goes to the same room or to one further left. */
const ROOMS: readonly string[] = [
  "text",
  "config",
  "project",
  "parser",
  "events",
  "catalog",
  "templates",
  "access",
  "rule",
  "engine",
  "report",
  "lsp",
  "cli",
];

/** Who knows which rules there are. */
const KNOW_THE_INDEX = /^src\/(?:cli|lsp)\/|^src\/index\.ts$/;

const INDEX = "rules/index.ts";

/** Why a file may not import another one; null: it may. Paths from the repository's root. */
function objection(from: string, to: string): string | null {
  if (to === INDEX) return KNOW_THE_INDEX.test(from) ? null : "does not know which rules there are";
  const [top, room = ""] = to.split("/");
  if (from === INDEX) return null;
  if (from.startsWith("rules/")) {
    if (top === "rules") return posix.dirname(to) === posix.dirname(from) ? null : "is another rule";
    return rank(room) <= rank("rule") ? null : `rules do not know ${room}`;
  }
  if (top !== "src") return "lies outside of src";
  if (from === "src/index.ts") return null;
  const own = from.split("/")[1] ?? "";
  return rank(room) <= rank(own) ? null : `${own} does not know ${room}`;
}

/** Files outside of any room are above all of them. */
function rank(room: string): number {
  const index = ROOMS.indexOf(room);
  return index === -1 ? ROOMS.length : index;
}

const files = [...sources("src"), ...sources("rules")];

describe("direction of imports", () => {
  test("is told right from wrong", () => {
    expect(objection("src/events/a.ts", "src/text/b.ts")).toBeNull();
    expect(objection("src/text/a.ts", "src/events/b.ts")).not.toBeNull();
    expect(objection("src/access/a.ts", "src/rule/b.ts")).not.toBeNull();
    expect(objection("src/engine/a.ts", "src/index.ts")).not.toBeNull();
    expect(objection("src/engine/a.ts", INDEX)).not.toBeNull();
    expect(objection("src/cli/a.ts", INDEX)).toBeNull();
    expect(objection("src/cli/a.ts", "rules/x/rule.ts")).not.toBeNull();
    expect(objection("rules/x/rule.ts", "src/rule/b.ts")).toBeNull();
    expect(objection("rules/x/rule.ts", "src/engine/b.ts")).not.toBeNull();
    expect(objection("rules/x/rule.ts", "rules/y/rule.ts")).not.toBeNull();
  });

  test("imports of every form are seen", () => {
    const text = `import a from "./a.ts";\nimport {\n  b,\n} from "./b.ts";\nexport * from "./c.ts";\nimport "./d.ts";\nconst e = await import("./e.ts");\nexport type { F } from "./f.ts";\n`;
    expect([...importsOf(text)].sort()).toEqual(["a", "b", "c", "d", "e", "f"].map((name) => `./${name}.ts`));
  });

  test("holds in src and rules", () => {
    const wrong = files.flatMap(({ path, text }) =>
      importsOf(text)
        .filter((name) => name.startsWith("."))
        .map((name) => posix.join(posix.dirname(path), name))
        // Data files are asked for like modules and have no direction.
        .filter((to) => to.endsWith(".ts"))
        .flatMap((to) => {
          const why = objection(path, to);
          return why === null ? [] : [`${path} imports ${to}: ${why}`];
        }),
    );
    expect(wrong).toEqual([]);
  });

  test("every folder of src is a room", () => {
    const folders = files.flatMap(({ path }) => /^src\/([^/]+)\//.exec(path)?.[1] ?? []);
    expect([...new Set(folders)].filter((folder) => !ROOMS.includes(folder))).toEqual([]);
  });
});

describe("start-up", () => {
  /** Libraries that cost more to load than a small run takes. */
  const HEAVY = ["yargs", "fast-glob", "ignore", "yaml", "libpg-query", "picocolors"];

  test("heavy libraries are only imported when they are needed", () => {
    const eager = files.flatMap(({ path, text }) => {
      const names = [...text.matchAll(/^import (?!type\b)[^;"']*?\bfrom\s*["']([^"'.][^"']*)["']/gm)];
      return names
        .filter(([, name = ""]) => HEAVY.some((heavy) => name === heavy || name.startsWith(`${heavy}/`)))
        .map(([, name]) => `${path} imports ${name}`);
    });
    expect(eager).toEqual([]);
  });
});
