import type { Cache } from "../engine/cache.ts";
import { prepared } from "./data.ts";
import type { Io } from "./io.ts";

/** The cache of this very build; null when it has no name, as while it is being worked on, or there is no folder for it. */
export async function openCache({ env }: Io): Promise<Cache | null> {
  const build = prepared("build-name");
  if (build === null) return null;
  const { cacheFolder, folderCache } = await import("../engine/cache.ts");
  const folder = cacheFolder(env);
  return folder === null ? null : folderCache(folder, build);
}
