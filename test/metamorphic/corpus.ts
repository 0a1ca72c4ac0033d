/** Cases with known verdicts: proofs, examples of the rules' pages, SQL that is safe. */
import { readdirSync, readFileSync } from "node:fs";
import { loadModule, parseSync } from "libpg-query";
import { RULES } from "../../rules/index.ts";
import type { Finding } from "../../src/rule/finding.ts";
import { loadProofs } from "../proofs/proofs.ts";
import { examplesOf } from "../support/examples.ts";
import { lintTexts, type TextOptions } from "../support/lint.ts";
import { optionsOf } from "../support/text-options.ts";
import type { File } from "./transformation.ts";

await loadModule();

export interface Case {
  readonly id: string;
  readonly files: readonly File[];
  readonly options: TextOptions;
}

/** All cases, by id. */
export function loadCases(): readonly Case[] {
  return [...proofs(), ...examples(), ...safe()];
}

function examples(): readonly Case[] {
  const folder = new URL("../../rules/", import.meta.url);
  // Comments that set findings aside are no comments to be moved.
  return RULES.filter(({ id }) => id !== "suppression").flatMap(({ id }) =>
    examplesOf(readFileSync(new URL(`${id}/README.md`, folder), "utf8"))
      .filter(({ files }) => files.every(({ text }) => isSql(text)))
      .map(({ kind, line, files, options }) => ({ id: `${id}:${line} ${kind}`, files, options })),
  );
}

/** Variables and commands of psql and of extension scripts are no SQL, and neither is what does not parse. */
function isSql(text: string): boolean {
  if (/@extschema|(?<!:):['"\w]|^\s*\\/m.test(text)) return false;
  try {
    parseSync(text);
    return true;
  } catch {
    return false;
  }
}

function proofs(): readonly Case[] {
  return loadProofs().flatMap((proof) => {
    if (!proof.isStatic) return [];
    const options: TextOptions = {
      untrusted: ["attacker", "anon", "authenticated"],
      admins: proof.admins,
      exposedSchemas: proof.exposed,
      directSql: proof.exposed.length === 0,
      postgresVersion: Math.max(...proof.versions),
    };
    return (["vulnerable", "fixed"] as const).map((file) => ({
      id: `${proof.id}/${file}`,
      files: [
        { path: "1-setup.sql", text: proof.setup },
        { path: "2-main.sql", text: proof[file] },
      ],
      options,
    }));
  });
}

function safe(): readonly Case[] {
  const folder = new URL("../../fixtures/safe/", import.meta.url);
  return readdirSync(folder)
    .filter((name) => name.endsWith(".sql"))
    .flatMap((name) => {
      const text = readFileSync(new URL(name, folder), "utf8");
      if (!isSql(text)) return [];
      const words = /^-- pgvet: (.*)$/m.exec(text)?.[1] ?? "";
      return [{ id: `safe/${name}`, files: [{ path: "1.sql", text }], options: optionsOf(words) }];
    });
}

/** What was found: `rule/variant on object`, sorted, each once; and what the replay refused. */
export async function verdictOf(files: readonly File[], options: TextOptions): Promise<readonly string[]> {
  const { findings, refusals } = await lintTexts(files, options);
  const found = findings
    .filter(({ severity }) => severity !== "info")
    .map((finding) => `${idOf(finding)} on ${finding.object}`);
  return [...new Set([...found, ...refusals.map(({ message }) => `refused: ${message}`)])].sort();
}

function idOf({ rule, variant }: Finding): string {
  return variant === null ? rule : `${rule}/${variant}`;
}
