import type { Project } from "../project/types.ts";
import { didYouMean } from "../text/did-you-mean.ts";
import { shownPath } from "../text/paths.ts";
import { UsageError } from "../text/usage-error.ts";

/**
 * The projects that a file belongs to, without the files that come after it. `file` is absolute. Throws UsageError when
 * it belongs to none.
 */
export function projectsUntil(projects: readonly Project[], file: string, cwd: string): readonly Project[] {
  const found = projects.flatMap((project) => {
    const { database } = project;
    const at = database.files.findIndex((candidate) => candidate.file === file);
    return at < 0 ? [] : [{ ...project, database: { ...database, files: database.files.slice(0, at + 1) } }];
  });
  if (found.length > 0) return found;
  const shown = shownPath(file, cwd);
  const meant = didYouMean(
    shown,
    projects.flatMap(({ database }) => database.files.map(({ path }) => path)),
  );
  throw new UsageError(
    `${shown} is not one of the files that are replayed`,
    meant === null
      ? "pgvet catalog PATHS --at FILE: a file of what the paths name"
      : `did you mean ${meant}?`,
  );
}
