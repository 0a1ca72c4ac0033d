/**
 * What V8 made of the command's files when they were built, so that it need not be made at every start. It is part of the
 * package, beside the code that it was made of, and for one version of V8: with another, files are compiled as ever.
 */
import { readFileSync } from "node:fs";
import { createRequire, wrap } from "node:module";
import { basename, dirname, join } from "node:path";
import { Script } from "node:vm";

/** What a CommonJS file becomes a function of. */
type Wrapped = (
  exports: unknown,
  require: NodeJS.Require,
  module: NodeJS.Module,
  file: string,
  directory: string,
) => void;

/** The folder, beside the command's files, for what this very V8 can use. */
export function codeCacheFolder(directory: string): string {
  return join(directory, "code-cache", `${process.versions.v8}-${process.arch}`);
}

/** From now on `require` takes the compiled form of the files in `directory` (absolute) that have one. */
export function useCodeCache(directory: string): void {
  const folder = codeCacheFolder(directory);
  loadScripts(directory, (file) => {
    const cachedData = bytesOf(join(folder, basename(file)));
    return cachedData === null ? null : scriptOf(file, cachedData);
  });
}

/** From now on `require` tells what it makes of files in `directory` (absolute): for the build, which keeps it. */
export function watchCode(directory: string, made: (file: string, script: Script) => void): void {
  loadScripts(directory, (file) => {
    const script = scriptOf(file);
    made(file, script);
    return script;
  });
}

/** `script` is asked for files in `directory`; null: the file is loaded as ever. */
function loadScripts(directory: string, script: (file: string) => Script | null): void {
  const { extensions } = createRequire(import.meta.url);
  const asEver = extensions[".js"];
  extensions[".js"] = (module, file) => {
    const found = dirname(file) === directory ? script(file) : null;
    if (found === null) return asEver(module, file);
    const run: Wrapped = found.runInThisContext();
    run.call(module.exports, module.exports, createRequire(file), module, file, directory);
  };
}

function scriptOf(filename: string, cachedData?: Buffer): Script {
  const code = wrap(readFileSync(filename, "utf8"));
  return new Script(code, cachedData === undefined ? { filename } : { filename, cachedData });
}

function bytesOf(file: string): Buffer | null {
  try {
    return readFileSync(file);
  } catch {
    return null;
  }
}
