/** From named paths to replayed databases. */

import { loadParser } from "../parser/postgres.ts";
import { watched } from "../parser/watched.ts";
import type { Project } from "../project/types.ts";
import { type LoadOptions, loadChosen } from "./chosen-projects.ts";
import { type ReplayedDatabase, replayDatabase, sizeOf } from "./database.ts";
import type { ReportError } from "./report.ts";

/** A replayed database with the project it is built from. */
export type LoadedDatabase = ReplayedDatabase & { readonly project: Project };

/** Loads what the paths name, and replays each database. Throws UsageError for the user's mistakes. */
export async function loadDatabases(options: LoadOptions): Promise<{
  readonly databases: readonly LoadedDatabase[];
  readonly errors: readonly ReportError[];
}> {
  const { projects, errors } = await loadChosen(options);
  if (projects.length === 0) return { databases: [], errors };
  const parser = await loadParser();
  const databases = projects.map((project) => {
    const { database, config } = project;
    const replayed = watched(parser, sizeOf(database), (each) =>
      replayDatabase(database, config, each, options.progress),
    );
    return { ...replayed, project };
  });
  return { databases, errors };
}
