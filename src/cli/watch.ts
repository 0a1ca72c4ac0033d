import { type FSWatcher, watch } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { isInside } from "../text/paths.ts";
import { statOf } from "../text/read-file.ts";
import type { Io } from "./io.ts";

/** Editors write a file in several steps. Milliseconds. */
const SETTLE = 150;

export interface WatchOptions {
  /** What was named on the command line. */
  readonly paths: readonly string[];
  /** Files that the run itself writes, absolute. */
  readonly outputs: readonly string[];
  /** Files that a run reads, absolute. */
  files(): Promise<readonly string[]>;
}

/** Checks again whenever something changes beside the files that were read. Ends with the process. */
export async function watchFiles(io: Io, options: WatchOptions, run: () => Promise<unknown>): Promise<never> {
  for (;;) {
    // Watched before it is read: a change in between is not missed.
    const directories = directoriesOf(await options.files(), options.paths, io.cwd);
    const changed = change(directories, new Set(options.outputs));
    await run();
    io.stderr.write("pgvet: watching; Ctrl+C ends it\n");
    await changed;
  }
}

/** Directories of files, and those between them and what was named: a new directory appears there. */
function directoriesOf(files: readonly string[], paths: readonly string[], cwd: string): ReadonlySet<string> {
  const named = paths.map((path) => {
    const absolute = resolve(cwd, path);
    return statOf(absolute)?.isDirectory() === true ? absolute : dirname(absolute);
  });
  const found = new Set(named);
  for (const file of files) {
    for (let at = dirname(file); !found.has(at); at = dirname(at)) {
      found.add(at);
      if (!named.some((top) => at !== top && isInside(at, top))) break;
    }
  }
  return found;
}

/** Until something in these directories has changed, and stays for a moment. */
function change(directories: ReadonlySet<string>, outputs: ReadonlySet<string>): Promise<void> {
  return new Promise((done) => {
    let timer: NodeJS.Timeout | null = null;
    const watchers: FSWatcher[] = [];
    const finish = (): void => {
      for (const watcher of watchers) watcher.close();
      done();
    };
    for (const directory of directories) {
      try {
        const watcher = watch(directory, (_, name) => {
          if (name !== null && (outputs.has(join(directory, name)) || name === ".git")) return;
          if (timer !== null) clearTimeout(timer);
          timer = setTimeout(finish, SETTLE);
        });
        // A directory that is taken away is a change, of which its parent tells.
        watcher.on("error", () => {});
        watchers.push(watcher);
      } catch {
        // Gone between the run and now: the run after the next change finds out.
      }
    }
  });
}
