// Runs the built command and keeps what V8 made of its code, in dist/cli/code-cache. The build calls it.
const { mkdirSync, writeFileSync } = require("node:fs");
const { basename, join } = require("node:path");
const { setFlagsFromString } = require("node:v8");

const directory = join(__dirname, "..", "dist", "cli");
const { codeCacheFolder, watchCode } = require(join(directory, "code-cache.js"));
const scripts = new Map();

// V8 throws away code that was not run for a while, and the parser sets a flag; caches are for certain flags.
setFlagsFromString("--no-flush-bytecode");
process.on("exit", () => {
  setFlagsFromString("--flush-bytecode");
  setFlagsFromString("--wasm-tier-up-filter=-1");
  const folder = codeCacheFolder(directory);
  mkdirSync(folder, { recursive: true });
  for (const [file, script] of scripts)
    writeFileSync(join(folder, basename(file)), script.createCachedData());
  process.exitCode = 0;
});

watchCode(directory, (file, script) => scripts.set(file, script));
// One with a configuration, one without.
const projects = ["pgstack-todo", "broken-later"].map((name) => join("fixtures", "projects", name));
process.argv = [process.execPath, "pgvet", "--no-cache", ...projects];
require(join(directory, "main.js"));
