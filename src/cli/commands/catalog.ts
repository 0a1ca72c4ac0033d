import { resolve } from "node:path";
import { catalogJson } from "../../catalog/to-json.ts";
import type { LoadedDatabase, loadDatabases } from "../../engine/load-databases.ts";
import type { Rule } from "../../rule/rule.ts";
import { shownPath } from "../../text/paths.ts";
import { safeJson } from "../../text/safe.ts";
import type { CatalogArguments } from "../args.ts";
import type { Io } from "../io.ts";
import { sqlOptions, writeErrors } from "./check.ts";

/** Prints the replayed catalogs of what the paths name. Returns the exit code: 2 when anything could not be read, else 0. */
export async function printCatalog(
  args: CatalogArguments,
  io: Io,
  rules: readonly Rule[],
  load: typeof loadDatabases,
): Promise<number> {
  const { databases, errors } = await load({
    ...(await sqlOptions(args, io)),
    rules,
    until: args.at === null ? null : resolve(io.cwd, args.at),
  });
  io.stdout.write(await catalogText(databases, args, io));
  writeErrors(errors, io);
  return errors.length > 0 ? 2 : 0;
}

async function catalogText(
  databases: readonly LoadedDatabase[],
  args: CatalogArguments,
  io: Io,
): Promise<string> {
  switch (args.format) {
    case "json": {
      const text = JSON.stringify(
        {
          version: 1,
          databases: databases.map(({ catalog, project }) => ({
            ...described(project, io),
            catalog: catalogJson(catalog),
          })),
        },
        null,
        2,
      );
      return `${safeJson(text)}\n`;
    }
    case "table": {
      const { catalogTable } = await import("../../report/catalog-table.ts");
      return databases
        .map(({ catalog, project }) =>
          catalogTable(catalog, project.config.trust, {
            ...described(project, io),
            after: args.at === null ? null : (project.database.files.at(-1)?.path ?? null),
            columns: io.stdout.columns,
          }),
        )
        .join("\n");
    }
  }
}

function described({ database, config }: LoadedDatabase["project"], io: Io) {
  return { kind: database.kind, root: shownPath(database.root, io.cwd), preset: config.preset.name };
}
