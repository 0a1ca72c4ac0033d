// The command as a few files: what scripts/build.mjs makes of the compiled code.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

/** These stay packages of their own: the parser has a file beside it, yargs takes part in help texts alone. */
const OUTSIDE = ["libpg-query", "yargs", "pgvet"];

/**
 * The command in a few files instead of hundreds: a third of a one-file run was finding and reading modules. What is
 * imported lazily stays in files of its own. They are CommonJS, for which there are code caches. Data files stand beside
 * the code that reads them.
 */
export async function bundleCommand(root, dist) {
  const { rolldown } = await import("rolldown");
  const directory = join(dist, "cli");
  rmSync(directory, { recursive: true, force: true });
  const bundle = await rolldown({
    input: {
      pgvet: join(dist, "src", "cli", "start.js"),
      main: join(dist, "src", "cli", "main.js"),
      "code-cache": join(dist, "src", "cli", "code-cache.js"),
    },
    platform: "node",
    external: (id) => OUTSIDE.some((each) => id === each || id.startsWith(`${each}/`)),
  });
  const { output } = await bundle.write({
    dir: directory,
    format: "cjs",
    chunkFileNames: "[name]-[hash].js",
    // Less to read and to scan at every start. Names stay, so that a stack trace tells something.
    minify: { compress: false, mangle: false, codegen: { removeWhitespace: true } },
  });
  await bundle.close();
  writeFileSync(join(directory, "package.json"), '{ "type": "commonjs" }\n');
  writeFileSync(join(directory, "LICENSES"), licenses(output));
  cpSync(join(root, "src", "catalog", "builtin"), directory, {
    recursive: true,
    filter: (file) => !file.endsWith(".ts"),
  });
  cpSync(join(root, "src", "catalog", "extensions", "extension-data"), join(directory, "extension-data"), {
    recursive: true,
  });
  cpSync(join(root, "src", "config", "presets"), join(directory, "presets"), { recursive: true });
  await prepare(dist, directory);
  nameBuild(directory);
  keepCode(root);
}

/** The licences of the packages that parts of the bundle were taken from. */
function licenses(output) {
  const packages = new Set();
  for (const { moduleIds = [] } of output) {
    for (const id of moduleIds) {
      const found = /^.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+(?=[\\/])/.exec(id);
      if (found !== null) packages.add(found[0]);
    }
  }
  return [...packages]
    .sort()
    .map((folder) => {
      const { name, version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
      const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each));
      if (file === undefined) throw new Error(`${name} has no licence file`);
      return `${name} ${version}\n\n${readFileSync(join(folder, file), "utf8").trim()}\n`;
    })
    .join(`\n${"-".repeat(80)}\n\n`);
}

/** What starts would have to find out again and again. Functions, the rules' checks, are not part of it. */
async function prepare(dist, directory) {
  const { RULES } = await import(pathToFileURL(join(dist, "rules", "index.js")));
  const { allHelp } = await import(pathToFileURL(join(dist, "src", "cli", "help.js")));
  writeFileSync(join(directory, "rules.json"), JSON.stringify(RULES));
  writeFileSync(join(directory, "help.json"), JSON.stringify(await allHelp()));
}

/** A name made of everything that the command consists of: what is cached belongs to one build. */
function nameBuild(directory) {
  const hash = createHash("sha256");
  const files = readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
  for (const file of files.sort()) {
    hash
      .update(relative(directory, file).split(sep).join("/"))
      .update("\0")
      .update(readFileSync(file))
      .update("\0");
  }
  writeFileSync(join(directory, "build-name"), hash.digest("hex"));
}

/** Runs the command once and keeps what V8 made of its code. Without it starts are slower, no more. */
function keepCode(root) {
  const { status } = spawnSync(
    process.execPath,
    [fileURLToPath(new URL("./code-cache.cjs", import.meta.url))],
    {
      cwd: root,
      stdio: ["ignore", "ignore", "inherit"],
    },
  );
  if (status !== 0) console.error("no code cache was made");
}
