// Copies the data files that code reads at run time beside the compiled code: tsc leaves them behind.
import { copyFileSync, mkdirSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");

for (const entry of readdirSync(join(root, "src"), { recursive: true, withFileTypes: true })) {
  if (!entry.isFile() || !/\.(sql|json)$/.test(entry.name)) continue;
  const from = join(entry.parentPath ?? entry.path, entry.name);
  const to = join(root, "dist", from.slice(root.length + 1));
  mkdirSync(dirname(to), { recursive: true });
  copyFileSync(from, to);
}
