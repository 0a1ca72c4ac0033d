import type { Masked, Region } from "./mask.ts";
import { maskAtPlaceholders } from "./mask-placeholders.ts";
import { maskTemplates } from "./mask-templates.ts";
import { maskVariables } from "./mask-variables.ts";

/** The masks that are used only where the text does not parse without them, each on top of those before it. */
const MASKS: readonly ((bytes: Buffer) => Masked)[] = [maskVariables, maskAtPlaceholders, maskTemplates];

/** A source's bytes under more and more masks. */
export interface Layers {
  /** What always holds: psql commands and COPY data masked. */
  readonly base: Buffer;
  /** The layers above the base that change anything, computed on first use. */
  upper(): readonly Masked[];
  /** Whether they have been computed. */
  known(): boolean;
}

/** Layers on top of a base; each upper layer's regions include those of the layers below it. */
export function layersOn(base: Buffer): Layers {
  let computed: readonly Masked[] | undefined;
  return {
    base,
    upper() {
      computed ??= computeLayers(base);
      return computed;
    },
    known: () => computed !== undefined,
  };
}

/** Everything masked at once: the topmost layer, or null when no mask finds anything. */
export function maskAll(base: Buffer): Masked | null {
  return computeLayers(base).at(-1) ?? null;
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
