import { resolve } from "node:path";
import { safeText } from "../text/safe.ts";
import { UsageError } from "../text/usage-error.ts";
import { VERSION } from "../text/version.ts";
import { type Parsed, parseArguments } from "./args.ts";
import type { Io } from "./io.ts";
import { prepareFor } from "./large-run.ts";

/** Does what the arguments after `pgvet` ask for. Returns the exit code; never throws. */
export async function run(argv: readonly string[], io: Io): Promise<number> {
  try {
    return await dispatch(parseArguments(argv), io);
  } catch (error) {
    io.stderr.write(errorText(error));
    return 2;
  }
}

async function dispatch(parsed: Parsed, io: Io): Promise<number> {
  switch (parsed.kind) {
    case "check": {
      const { check } = await import("./commands/check.ts");
      const { loadRules } = await import("./data.ts");
      const { openCache } = await import("./cache.ts");
      if (parsed.watch) {
        const { watchFiles } = await import("./watch.ts");
        const { filesOf } = await import("./commands/config.ts");
        const outputs = parsed.formats.flatMap(({ file }) => (file === null ? [] : resolve(io.cwd, file)));
        const files = () => filesOf(parsed, io);
        return watchFiles(io, { paths: parsed.paths, outputs, files }, () =>
          dispatch({ ...parsed, watch: false }, io).catch((error) => io.stderr.write(errorText(error))),
        );
      }
      const { changes } = parsed;
      const { rules, loadChecks } = await loadRules();
      if (parsed.listFiles) {
        const { listFiles } = await import("./commands/config.ts");
        const { loadProjects } = await import("../project/load-projects.ts");
        return listFiles(parsed, io, rules, loadProjects);
      }
      const cache = parsed.cache ? await openCache(io) : null;
      const how = { loadChecks, beforeReplay: prepareFor, cache };
      if (changes === null) {
        const { loadRun } = await import("../engine/lint.ts");
        return check(parsed, io, rules, (options) => loadRun({ ...options, ...how }), cache);
      }
      const { lintChanges } = await import("../engine/lint-changes.ts");
      return check(parsed, io, rules, async (options) => ({
        key: null,
        report: () => lintChanges({ ...options, ...how }, changes),
      }));
    }
    case "baseline": {
      const { baseline } = await import("./commands/baseline.ts");
      const { loadRules } = await import("./data.ts");
      const { lint } = await import("../engine/lint.ts");
      const { rules, loadChecks } = await loadRules();
      return baseline(parsed, io, rules, (options) => lint({ ...options, loadChecks }));
    }
    case "init": {
      const { init } = await import("./commands/init.ts");
      return init(parsed.preset, io);
    }
    case "rules": {
      const { listRules } = await import("./commands/rules.ts");
      const { loadRules } = await import("./data.ts");
      return listRules((await loadRules()).rules, parsed.format, io);
    }
    case "explain": {
      const { explain } = await import("./commands/explain.ts");
      const { loadPage, loadRules } = await import("./data.ts");
      return explain(parsed.rule, (await loadRules()).rules, loadPage, io);
    }
    case "config": {
      const { printConfig } = await import("./commands/config.ts");
      const { loadRules } = await import("./data.ts");
      const { loadProjects } = await import("../project/load-projects.ts");
      return printConfig(parsed, io, (await loadRules()).rules, loadProjects);
    }
    case "completion": {
      const { completionScript } = await import("./completion.ts");
      const { loadRules } = await import("./data.ts");
      io.stdout.write(
        completionScript(
          parsed.shell,
          (await loadRules()).rules.map(({ id }) => id),
        ),
      );
      return 0;
    }
    case "catalog": {
      const { printCatalog } = await import("./commands/catalog.ts");
      const { loadRules } = await import("./data.ts");
      const { loadDatabases } = await import("../engine/load-databases.ts");
      return printCatalog(parsed, io, (await loadRules()).rules, loadDatabases);
    }
    case "help": {
      const { helpText } = await import("./help.ts");
      io.stdout.write(await helpText(parsed.command, io.stdout.columns));
      return 0;
    }
    case "version": {
      io.stdout.write(`pgvet ${VERSION}\n`);
      return 0;
    }
    case "error":
      throw new UsageError(parsed.message, parsed.hint ?? "pgvet --help shows what there is");
  }
}

/** What is said on standard error about something that ended the run. */
export function errorText(error: unknown): string {
  if (error instanceof UsageError) {
    const lines = error.message
      .split("\n")
      .map((line, index) => [safeText(line), ...(error.frames[index] ?? [])]);
    return `pgvet: ${lines.flat().join("\n  ")}\n${error.hint === null ? "" : `  ${safeLines(error.hint)}\n`}`;
  }
  const details = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return `pgvet: internal error, please report it at https://github.com/pgvet/pgvet/issues\n${safeLines(details)}\n`;
}

function safeLines(text: string): string {
  return text.split("\n").map(safeText).join("\n  ");
}
