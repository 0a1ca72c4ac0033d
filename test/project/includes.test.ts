import { describe, expect, test } from "vitest";
import { RULES } from "../../rules/index.ts";
import { lint } from "../../src/engine/lint.ts";
import { loadProjects } from "../../src/project/load-projects.ts";
import type { ProjectFile } from "../../src/project/types.ts";
import { repository } from "./files.ts";

/** Scripts as `path`, with what they include as `path(included …)`. */
function shape({ path, includes = [] }: ProjectFile): string {
  const files = includes.flatMap(({ file }) => (file === null ? [] : shape(file)));
  return files.length === 0 ? path : `${path}(${files.join(" ")})`;
}

async function databases(root: string, paths: readonly string[] = ["."]): Promise<readonly string[]> {
  const { projects } = await loadProjects(paths, { cwd: root, knownRules: null });
  return projects.map(({ database }) => database.files.map(shape).join(", "));
}

async function report(root: string) {
  const { findings, unknown, summary } = await lint({
    paths: ["."],
    cwd: root,
    rules: RULES,
    minSeverity: "low",
    failOn: "never",
  });
  return {
    findings: findings.map(({ rule, place }) => `${place.source.path}: ${rule}`),
    unknown: unknown.map(({ message }) => message),
    files: summary.files,
  };
}

describe("included files", () => {
  test("belong to the script that includes them, not to their own directory", async () => {
    const root = repository({
      "install.sql": "\\i schema.sql\n\\ir functions/f.sql\n",
      "schema.sql": "CREATE SCHEMA app;\n",
      "functions/f.sql": "SELECT 1;\n",
      "functions/unused.sql": "SELECT 1;\n",
    });
    expect(await databases(root)).toEqual([
      "install.sql(schema.sql functions/f.sql)",
      "functions/unused.sql",
    ]);
  });

  test("named alone are judged where they are included", async () => {
    const root = repository({
      "db/install.sql": "\\i schema.sql\n\\ir functions/all.sql\n",
      "db/other.sql": "SELECT 1;\n",
      "db/schema.sql": "CREATE SCHEMA app;\n",
      "db/functions/all.sql": "\\ir deep/f.sql\n",
      "db/functions/deep/f.sql": "SELECT 1;\n",
      "db/functions/deep/unused.sql": "SELECT 1;\n",
    });
    const whole = "db/install.sql(db/schema.sql db/functions/all.sql(db/functions/deep/f.sql)), db/other.sql";
    expect(await databases(root, ["db/functions/deep/f.sql"])).toEqual([whole]);
    expect(await databases(root, ["db/functions/deep/unused.sql"])).toEqual([
      "db/functions/deep/f.sql, db/functions/deep/unused.sql",
    ]);
  });

  test("are found from the script's directory, and \\i from directories above as well", async () => {
    const root = repository({
      "db/install.sql":
        "\\i db/tables/a.sql\n\\i tables/b.sql\n\\ir 'tables/c d.sql'\n\\ir db/tables/e.sql\n",
      "db/tables/a.sql": "SELECT 1;\n",
      "db/tables/b.sql": "SELECT 1;\n",
      "db/tables/c d.sql": "SELECT 1;\n",
      "db/tables/e.sql": "SELECT 1;\n",
    });
    expect(await databases(root)).toEqual([
      "db/install.sql(db/tables/a.sql db/tables/b.sql db/tables/c d.sql)",
      "db/tables/e.sql",
    ]);
  });

  test("are included once, also in a circle", async () => {
    const root = repository({
      "a.sql": "\\ir b.sql\n\\ir c.sql\n",
      "b.sql": "\\ir a.sql\n\\ir c.sql\n",
      "c.sql": "\\ir c.sql\nSELECT 1;\n",
      "d.sql": "\\ir c.sql\n",
    });
    expect(await databases(root)).toEqual(["a.sql(b.sql), d.sql(c.sql)"]);
    // Only a file that includes itself is told: it would never end.
    expect((await report(root)).unknown).toEqual(["included file is not followed: \\ir c.sql"]);
  });

  test("do not lead out of the project", async () => {
    const outside = repository({ "x.sql": "SELECT 1;\n" });
    const root = repository({
      "a.sql": `\\i ${outside}/x.sql\n\\ir ../${outside.split("/").at(-1)}/x.sql\n`,
    });
    expect(await databases(root)).toEqual(["a.sql"]);
    expect((await report(root)).unknown).toHaveLength(2);
  });

  test("run where they are included, in the same session, with positions of their own", async () => {
    const root = repository({
      "install.sql":
        "CREATE SCHEMA app;\nSET search_path = app;\nCREATE TABLE items (id int);\n\\ir f.sql\nREVOKE ALL ON FUNCTION app.f() FROM PUBLIC;\n",
      "f.sql":
        "-- runs as its owner\nCREATE FUNCTION f() RETURNS int LANGUAGE sql SECURITY DEFINER AS $$ SELECT id FROM items $$;\nGRANT USAGE ON SCHEMA app TO PUBLIC;\nGRANT EXECUTE ON FUNCTION app.f() TO backend;\n",
    });
    const { findings, unknown, files } = await report(root);
    expect(findings).toEqual(["f.sql: definer-search-path"]);
    expect(unknown).toEqual([]);
    expect(files).toBe(2);
  });

  test("that only look included are judged as scripts of their own", async () => {
    const root = repository({
      "install.sql": "/*\n\\ir secret.sql\n*/\nSELECT 1;\n",
      "secret.sql": "CREATE ROLE app LOGIN PASSWORD 'hunter2-hunter2';\n",
    });
    expect((await report(root)).findings).toEqual(["secret.sql: password-literal"]);
  });

  test("named by a variable stay unknown", async () => {
    const root = repository({
      "install.sql": "\\i :dir/schema.sql\nSELECT 1;\n",
      "schema.sql": "SELECT 1;\n",
    });
    expect((await report(root)).unknown).toEqual(["included file is not followed: \\i :dir/schema.sql"]);
  });
});
