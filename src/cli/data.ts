import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { Rule } from "../rule/rule.ts";
import { shownPath } from "../text/paths.ts";
import type { SqlArguments } from "./args.ts";
import type { Io } from "./io.ts";

/** The rules there are. */
export async function loadRules(): Promise<readonly Rule[]> {
  return (await import("../../rules/index.ts")).RULES;
}

/** The documentation page of a rule, in Markdown. */
export async function loadPage(id: string): Promise<string> {
  // By the package's own name: pages are not beside the built files.
  const root = dirname(createRequire(import.meta.url).resolve("pgvet/package.json"));
  return readFile(join(root, "rules", id, "README.md"), "utf8");
}

/** The catalogs of the databases that the paths name, as plain data for JSON. */
export async function loadCatalog(args: SqlArguments, io: Io): Promise<unknown> {
  const [{ loadDatabases }, { catalogJson }, { sqlOptions }, rules] = await Promise.all([
    import("../engine/lint.ts"),
    import("../catalog/to-json.ts"),
    import("./commands/check.ts"),
    loadRules(),
  ]);
  const { databases } = await loadDatabases({ ...(await sqlOptions(args, io)), rules });
  return {
    version: 1,
    databases: databases.map(({ catalog, project }) => ({
      kind: project.database.kind,
      root: shownPath(project.database.root, io.cwd),
      preset: project.config.preset.name,
      catalog: catalogJson(catalog),
    })),
  };
}
