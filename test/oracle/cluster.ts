/** PGlite on a saved data directory: creating a cluster takes seconds, opening a saved one a fraction of that. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { type Extensions, PGlite } from "@electric-sql/pglite";

/** Opens a copy of a new cluster, in memory. `extensions` are the contrib modules that it can create. */
export async function openCluster(extensions: Extensions = {}): Promise<PGlite> {
  // PGlite starts with search_path = public; a server with PostgreSQL's own default, to which RESET must lead back.
  // And it lets superusers change system catalogs (-O), which no server does.
  const startParams = PGlite.defaultStartParams
    .filter((each) => each !== "-O")
    .map((each) => (each.startsWith("search_path=") ? 'search_path="$user", public' : each));
  const saved = savedCluster();
  if (saved !== null) return PGlite.create({ startParams, extensions, loadDataDir: saved });
  const created = await PGlite.create({ startParams });
  const data = await created.dumpDataDir("none");
  await saveCluster(data);
  await created.close();
  return PGlite.create({ startParams, extensions, loadDataDir: data });
}

// A new cluster's data directory, by PGlite's version, where other build products that may be deleted at any time are.
function clusterFile(): string {
  const manifest: unknown = JSON.parse(
    readFileSync(
      fileURLToPath(new URL("../package.json", import.meta.resolve("@electric-sql/pglite"))),
      "utf8",
    ),
  );
  const version =
    typeof manifest === "object" && manifest !== null && "version" in manifest
      ? String(manifest.version)
      : "unknown";
  return fileURLToPath(new URL(`../../node_modules/.cache/pgvet/pglite-${version}.tar`, import.meta.url));
}

function savedCluster(): Blob | null {
  try {
    return new Blob([readFileSync(clusterFile())]);
  } catch {
    return null;
  }
}

async function saveCluster(cluster: Blob): Promise<void> {
  const file = clusterFile();
  const content = Buffer.from(await cluster.arrayBuffer());
  mkdirSync(dirname(file), { recursive: true });
  // Test files run at the same time: a reader must never see half a file.
  writeFileSync(`${file}.${process.pid}`, content);
  renameSync(`${file}.${process.pid}`, file);
}
