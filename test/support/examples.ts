/** The examples in rules' pages. */
import type { TextOptions } from "./lint.ts";
import { optionsOf } from "./text-options.ts";

export interface Example {
  readonly kind: "bad" | "info" | "good";
  readonly line: number;
  readonly options: TextOptions;
  readonly files: readonly { readonly path: string; readonly text: string }[];
}

/** Code fences ` ```sql bad|info|good [key=value …] `; a line `-- file: name.sql` starts a file of its own. */
export function examplesOf(text: string): readonly Example[] {
  const examples: Example[] = [];
  for (const match of text.matchAll(/^```sql (bad|info|good)([^\n]*)\n([\s\S]*?)^```$/gm)) {
    const [, kind, words = "", body = ""] = match;
    const files: { path: string; text: string }[] = [];
    for (const part of body.split(/^(?=-- file: )/m)) {
      const named = /^-- file: (\S+)\n/.exec(part);
      files.push({ path: named?.[1] ?? "example.sql", text: part });
    }
    examples.push({
      kind: kind === "bad" || kind === "info" ? kind : "good",
      line: text.slice(0, match.index).split("\n").length,
      options: optionsOf(words),
      files,
    });
  }
  return examples;
}
