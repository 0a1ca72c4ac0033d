// Builds dist/: compiled code and declarations, the data files that code reads at run time, an executable command.
//
//   node scripts/build.mjs                   what `npm run build` does
//   node scripts/build.mjs --after-install   the same; without a compiler (npm install --omit=dev) it leaves dist/ alone
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { bundleCommand } from "./bundle.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const dist = join(root, "dist");
const compiler = compilerPath();

if (compiler !== null) await build(compiler);
else if (process.argv.includes("--after-install")) {
  // Not on standard output: what npm prints there is read by programs.
  console.error("pgvet is not built: the compiler is a development dependency, and these are not installed");
} else {
  console.error("the compiler is missing: run `npm ci`");
  process.exitCode = 1;
}

async function build(compiler) {
  const { status } = spawnSync(process.execPath, [compiler, "-p", "tsconfig.build.json"], {
    cwd: root,
    stdio: "inherit",
  });
  if (status !== 0) {
    process.exitCode = 1;
    return;
  }
  removeStale();
  for (const file of filesIn(join(root, "src"))) {
    if (!/\.(sql|json)$/.test(file)) continue;
    const copy = join(dist, relative(root, file));
    mkdirSync(dirname(copy), { recursive: true });
    copyFileSync(file, copy);
  }
  await bundleCommand(root, dist);
  const { bin } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  for (const [name, path] of Object.entries(bin)) linkCommand(name, join(root, path));
}

/**
 * Makes `npx NAME` work in the repository. npx runs the file itself, so it must be executable; and npx keeps a folder per
 * repository that stays without the command when it was first asked before the command was built.
 */
function linkCommand(name, file) {
  chmodSync(file, 0o755);
  const link = join(root, "node_modules", ".bin", name);
  if (process.platform === "win32" || !existsSync(dirname(link))) return;
  rmSync(link, { force: true });
  symlinkSync(relative(dirname(link), file), link);
}

function compilerPath() {
  try {
    const manifest = createRequire(import.meta.url).resolve("typescript/package.json");
    return join(dirname(manifest), JSON.parse(readFileSync(manifest, "utf8")).bin.tsc);
  } catch {
    return null;
  }
}

/** A file whose source is gone would be published and, worse, still be found by imports. */
function removeStale() {
  const sources = new Set(
    ["src", "rules"].flatMap((room) => filesIn(join(root, room))).map((file) => relative(root, file)),
  );
  for (const file of filesIn(dist)) {
    const built = relative(dist, file);
    if (built.startsWith("cli")) continue;
    const source = built.replace(/\.(d\.ts|js)$/, ".ts");
    if (!sources.has(source)) rmSync(file);
  }
}

function filesIn(directory) {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
}
