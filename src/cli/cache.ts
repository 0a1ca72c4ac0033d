import { existsSync, readFileSync } from "node:fs";
import type { Cache } from "../engine/cache.ts";
import type { Io } from "./io.ts";

/** The cache of this very build; null when it has no name, as while it is being worked on, or there is no folder for it. */
export async function openCache({ env }: Io): Promise<Cache | null> {
  // Written beside the bundled command: a name made of all of its files.
  const build = new URL("./build-name", import.meta.url);
  if (!existsSync(build)) return null;
  const { cacheFolder, folderCache } = await import("../engine/cache.ts");
  const folder = cacheFolder(env);
  return folder === null ? null : folderCache(folder, readFileSync(build, "utf8"));
}
