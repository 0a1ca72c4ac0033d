import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { locateConfig, projectRoot } from "../../config/locate.ts";
import type { PresetName } from "../../config/types.ts";
import { loadProjects } from "../../project/load-projects.ts";
import type { Project } from "../../project/types.ts";
import { shownPath } from "../../text/paths.ts";
import { safeText } from "../../text/safe.ts";
import { UsageError } from "../../text/usage-error.ts";
import type { Io } from "../io.ts";

const FILE = "pgvet.json";
const INSTALLED_SCHEMA = "node_modules/pgvet/schema/config.json";
const PUBLISHED_SCHEMA = "https://raw.githubusercontent.com/pgvet/pgvet/main/schema/config.json";

/**
 * `pgvet init`: writes pgvet.json into the working directory, with what is detected there, and says what it found. Never over a
 * configuration that is there already. Returns the exit code.
 */
export async function init(preset: PresetName | null, io: Io): Promise<number> {
  const { cwd } = io;
  const there = locateConfig(cwd, projectRoot(cwd, cwd), cwd);
  if (there !== null) {
    throw new UsageError(
      `${shownPath(there.file, cwd)} configures pgvet already`,
      "pgvet config prints what counts in the end",
    );
  }
  const { projects, problems } = await loadProjects([], { cwd, knownRules: null });
  for (const { path, message } of problems)
    io.stderr.write(`pgvet: ${safeText(path)}: ${safeText(message)}\n`);
  const detected = new Set(projects.map(({ config }) => config.preset.name));
  const [only] = detected;
  const chosen = preset ?? (detected.size === 1 ? (only ?? null) : null);
  const content = {
    $schema: existsSync(join(cwd, INSTALLED_SCHEMA)) ? `./${INSTALLED_SCHEMA}` : PUBLISHED_SCHEMA,
    ...(chosen === null ? {} : { preset: chosen }),
    // Without a platform nobody but PUBLIC is known to be untrusted.
    ...(chosen === "none" || chosen === null ? { untrusted: [] } : {}),
    postgresVersion: projects[0]?.config.postgresVersion ?? 17,
  };
  writeFileSync(join(cwd, FILE), `${JSON.stringify(content, null, 2)}\n`, { flag: "wx" });
  io.stdout.write(`${said(projects, chosen, io)}\n`);
  return problems.length > 0 ? 2 : 0;
}

function said(projects: readonly Project[], chosen: PresetName | null, { cwd }: Io): string {
  const lines = [`Wrote ${FILE}${chosen === null ? "" : ` with preset ${chosen}`}, for`];
  for (const { database, config } of projects) {
    const count = database.files.length === 1 ? "1 file" : `${database.files.length} files`;
    lines.push(
      `  ${safeText(shownPath(database.root, cwd))} (${safeText(database.kind)}, ${count}): preset ${config.preset.name}, ${safeText(config.presetReason)}`,
    );
  }
  if (chosen === null) lines.push("The presets differ: each database keeps the one that is detected for it.");
  if (chosen === null || chosen === "none")
    lines.push('Name the roles that strangers hold in "untrusted"; until then only PUBLIC is.');
  lines.push("Next: npx pgvet, and for a project with a past npx pgvet baseline --write");
  return lines.join("\n");
}
