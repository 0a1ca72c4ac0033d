/** Options of linting a text, written as words. */
import { PRESET_NAMES, type PresetName } from "../../src/config/types.ts";
import type { TextOptions } from "./lint.ts";

function isPreset(name: string): name is PresetName {
  return PRESET_NAMES.some((preset) => preset === name);
}

/** `preset=… untrusted=a,b admins=a exposed=a postgres=16 rule-id.option=a,b`, in any order. */
export function optionsOf(text: string): TextOptions {
  const options: { -readonly [K in keyof TextOptions]: TextOptions[K] } = {};
  for (const word of text.split(/\s+/)) {
    if (word === "") continue;
    const [key, value = ""] = word.split("=");
    if (key === "preset" && isPreset(value)) options.preset = value;
    else if (key === "untrusted") options.untrusted = value.split(",");
    else if (key === "admins") options.admins = value.split(",");
    else if (key === "exposed") options.exposedSchemas = value.split(",");
    else if (key === "postgres") options.postgresVersion = Number(value);
    else if (key?.includes("."))
      options.options = new Map([...(options.options ?? []), [key, value.split(",")]]);
    else throw new Error(`unknown word: ${word}`);
  }
  return options;
}
