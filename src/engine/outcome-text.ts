/** Outcomes as texts that a cache keeps: sources by number, their bytes left out. */
import type { ConfiguredIgnore } from "../config/types.ts";
import type { Project } from "../project/types.ts";
import type { Source } from "../text/source.ts";
import type { Outcome } from "./outcome.ts";

interface Stored extends Omit<Outcome, "files" | "usedIgnores"> {
  readonly files: readonly { readonly statements: number; readonly notParsed: number }[];
  /** By number in the configuration's `ignore`. */
  readonly usedIgnores: readonly number[];
}

/** null: it speaks of a source that is not the project's. */
export function outcomeText(outcome: Outcome, project: Project): string | null {
  const { ignore } = project.config;
  const numbers = new Map(sourcesOf(project, outcome.files).map((source, i) => [source, i]));
  let foreign = false;
  const text = JSON.stringify(
    {
      ...outcome,
      files: outcome.files.map(({ statements, notParsed }) => ({ statements, notParsed })),
      usedIgnores: [...outcome.usedIgnores].map((entry) => ignore.indexOf(entry)),
    },
    (key, value: unknown) => {
      if (key !== "source" || !isSource(value)) return value;
      const number = numbers.get(value);
      if (number === undefined) foreign = true;
      return number;
    },
  );
  return foreign ? null : text;
}

/** The outcome that `outcomeText` made a text of, for the same project. */
export function outcomeFrom(text: string, project: Project): Outcome {
  const files = project.database.files.map(({ path, bytes, file }) => ({ source: { path, bytes }, file }));
  const sources = sourcesOf(project, files);
  const stored: Stored = JSON.parse(text);
  putSources(stored, sources);
  return {
    ...stored,
    files: files.map((file, i) => ({ ...file, ...(stored.files[i] ?? { statements: 0, notParsed: 0 }) })),
    usedIgnores: new Set(
      stored.usedIgnores.flatMap((number): readonly ConfiguredIgnore[] => {
        const entry = project.config.ignore[number];
        return entry === undefined ? [] : [entry];
      }),
    ),
  };
}

/** All that places can be in, always in the same order. */
function sourcesOf({ config }: Project, files: readonly { readonly source: Source }[]): readonly Source[] {
  return [
    ...config.prelude,
    ...files.map(({ source }) => source),
    ...config.ignore.map(({ place }) => place.source),
  ];
}

function isSource(value: unknown): value is Source {
  return typeof value === "object" && value !== null && "bytes" in value && "path" in value;
}

/** Replaces the numbers under `source`, at any depth. */
function putSources(value: unknown, sources: readonly Source[]): void {
  if (typeof value !== "object" || value === null) return;
  if ("source" in value && typeof value.source === "number") value.source = sources[value.source];
  else for (const each of Object.values(value)) putSources(each, sources);
}
