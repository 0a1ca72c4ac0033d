import type { Masked, Region } from "./mask.ts";
import { maskOtherBranches } from "./mask-branches.ts";
import { maskAtPlaceholders } from "./mask-placeholders.ts";
import { maskQuestionMarks } from "./mask-question-marks.ts";
import { maskTemplates } from "./mask-templates.ts";
import { maskVariables } from "./mask-variables.ts";

/** The masks that are used only where the text does not parse without them, each on top of those before it. */
const MASKS: readonly ((bytes: Buffer) => Masked)[] = [
  maskVariables,
  maskAtPlaceholders,
  maskTemplates,
  maskQuestionMarks,
];

/** A source's bytes under more and more masks. */
export interface Layers {
  /** What always holds: psql commands and COPY data masked. */
  readonly base: Buffer;
  /** The layers above the base that change anything, computed on first use. */
  upper(): readonly Masked[];
  /** Whether they have been computed. */
  known(): boolean;
  /** The topmost with only the first of several alternatives; its regions are the others. null: there are none. */
  firstBranches(): Masked | null;
}

/**
 * Layers on top of a base; each upper layer's regions include those of the layers below it. `source` is what the base was made
 * of, by masking `commands`.
 */
export function layersOn(base: Buffer, source: Buffer, commands: readonly Region[]): Layers {
  let computed: readonly Masked[] | undefined;
  let branches: Masked | null | undefined;
  const upper = (): readonly Masked[] => {
    computed ??= computeLayers(base);
    return computed;
  };
  return {
    base,
    upper,
    known: () => computed !== undefined,
    firstBranches() {
      const top = upper().at(-1) ?? { bytes: base, regions: [] };
      if (branches === undefined)
        branches = maskOtherBranches(source, top, mergeRegions(commands, top.regions));
      return branches;
    },
  };
}

/** Everything masked at once, with all alternatives and with the first alone; empty when no mask finds anything. */
export function maskAll(base: Buffer): readonly Masked[] {
  const top = computeLayers(base).at(-1);
  if (top === undefined) return [];
  const first = maskOtherBranches(base, top, top.regions);
  return first === null ? [top] : [top, first];
}

function computeLayers(base: Buffer): readonly Masked[] {
  const layers: Masked[] = [];
  let below: Masked = { bytes: base, regions: [] };
  for (const mask of MASKS) {
    const { bytes, regions } = mask(below.bytes);
    if (regions.length === 0) continue;
    below = { bytes, regions: mergeRegions(below.regions, regions) };
    layers.push(below);
  }
  return layers;
}

/** Two ascending lists as one; a later mask's region swallows those it covers. */
function mergeRegions(lower: readonly Region[], upper: readonly Region[]): readonly Region[] {
  const result: Region[] = [];
  let k = 0;
  for (const region of upper) {
    for (; k < lower.length; k++) {
      const low = lower[k];
      if (low === undefined || low.end > region.start) break;
      result.push(low);
    }
    while (k < lower.length && (lower[k]?.start ?? 0) < region.end) k++;
    result.push(region);
  }
  return result.concat(lower.slice(k));
}
