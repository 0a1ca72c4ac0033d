/**
 * Damaged and recombined SQL: whatever the text is, a run ends with findings whose places lie in it, without an internal error, and
 * twice with the same ones. FUZZ_RUNS and FUZZ_SEED choose how many and which; `npm run fuzz` takes new ones for as long as wanted.
 */
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { type Place, positionAt } from "../../src/text/source.ts";
import { histories } from "../oracle/histories/history.ts";
import { lintTexts, type TextOptions, type TextReport } from "../support/lint.ts";
import { CORPUS, PIECES } from "./corpus.ts";
import { damaged, settings, timeout } from "./mutations.ts";

const PRESETS = ["none", "supabase", "postgrest", "pgstack", "pgtrickle", "extension"] as const;
const options: fc.Arbitrary<TextOptions> = fc.record({
  preset: fc.constantFrom(...PRESETS),
  postgresVersion: fc.integer({ min: 14, max: 18 }),
  untrusted: fc.constantFrom([], ["web", "app_user", "mallory"]),
});

const shuffled = fc
  .array(fc.constantFrom(...CORPUS), { minLength: 2, maxLength: 4 })
  .chain((texts) =>
    fc.shuffledSubarray(
      texts.flatMap((text) => text.split(/(?<=;\n)/)),
      { minLength: 1 },
    ),
  )
  .map((parts) => parts.join(""));

const generated = histories(10, 60).map((history) => history.map(({ sql }) => `${sql};\n`).join(""));

async function check(text: string, chosen: TextOptions): Promise<void> {
  const files = [{ path: "fuzz.sql", text }];
  const report = await lintTexts(files, chosen);
  expect(report.findings.filter(({ rule }) => rule === "internal-error")).toEqual([]);
  for (const place of placesOf(report)) {
    const { source, span } = place;
    expect([0 <= span.start, span.start <= span.end, span.end <= source.bytes.length]).toEqual([
      true,
      true,
      true,
    ]);
    const { start, end } = { start: positionAt(source, span.start), end: positionAt(source, span.end) };
    expect(start.line > 0 && start.column > 0 && end.line >= start.line).toBe(true);
  }
  expect(shown(await lintTexts(files, chosen))).toEqual(shown(report));
}

function placesOf({ findings, unknown }: TextReport): readonly Place[] {
  return [
    ...findings.flatMap(({ place, related, reach }) => [
      place,
      ...related.map((one) => one.place),
      ...reach.flatMap(({ via }) => via.flatMap((step) => (step.place === null ? [] : [step.place]))),
    ]),
    ...unknown.map(({ place }) => place),
  ];
}

function shown({ findings }: TextReport): readonly string[] {
  return findings.map(
    ({ rule, variant, place, message }) => `${rule}/${variant} ${place.span.start} ${message}`,
  );
}

test("damaged SQL", { timeout }, () => fc.assert(fc.asyncProperty(damaged, options, check), settings));

test("statements of several files in any order", { timeout }, () =>
  fc.assert(fc.asyncProperty(shuffled, options, check), settings),
);

test("generated statements", { timeout }, () =>
  fc.assert(fc.asyncProperty(generated, options, check), {
    ...settings,
    numRuns: Math.ceil(settings.numRuns / 3),
  }),
);

test("random bytes and random text", { timeout }, () => {
  const bytes = fc.uint8Array({ maxLength: 2000 }).map((array) => Buffer.from(array).toString("latin1"));
  const text = fc.array(fc.oneof(fc.constantFrom(...PIECES), fc.string({ unit: "binary" })), {
    maxLength: 60,
  });
  return fc.assert(
    fc.asyncProperty(
      fc.oneof(
        bytes,
        text.map((parts) => parts.join(" ")),
      ),
      options,
      check,
    ),
    settings,
  );
});
