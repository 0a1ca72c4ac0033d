/**
 * Verdicts follow what SQL does and not how it is written: the same cases in other forms have the same findings. Every day a
 * part that changes with the day; METAMORPHIC: a regular expression on names of transformations; METAMORPHIC_PART: `i/n`, or `all`.
 */
import { describe, expect, it } from "vitest";
import { type Case, loadCases, verdictOf } from "./corpus.ts";
import type { Transformation } from "./transformation.ts";
import { TRANSFORMATIONS } from "./transformations.ts";

const { METAMORPHIC = "", METAMORPHIC_PART = "" } = process.env;

/** So many parts that one takes some ten seconds. */
const PARTS = 72;

function partOf(): (index: number) => boolean {
  if (METAMORPHIC_PART === "all" || (METAMORPHIC !== "" && METAMORPHIC_PART === "")) return () => true;
  const match = /^(\d+)\/(\d+)$/.exec(METAMORPHIC_PART);
  const count = match === null ? PARTS : Number(match[2]);
  const part = match === null ? Math.floor(Date.now() / 86_400_000) % count : Number(match[1]) - 1;
  return (index) => index % count === part;
}

const cases = loadCases();
const isToday = partOf();
const before = new Map<string, Promise<readonly string[]>>();

/** The verdict on a case as it is written. */
function originalOf({ id, files, options }: Case): Promise<readonly string[]> {
  let known = before.get(id);
  if (known === undefined) {
    known = verdictOf(files, options);
    before.set(id, known);
  }
  return known;
}

/** What the other form loses or adds, `- …` and `+ …`; null: there is no other form. */
async function differences(
  { apply, rightly = {} }: Transformation,
  each: Case,
): Promise<readonly string[] | null> {
  if (Object.keys(rightly.cases ?? {}).some((id) => each.id.startsWith(id))) return null;
  const files = apply(each.files);
  if (files === null) return null;
  const [one, other] = [await originalOf(each), await verdictOf(files, each.options)];
  const isExpected = (line: string) =>
    Object.keys(rightly.rules ?? {}).some((rule) => line.startsWith(rule)) ||
    rightly.objects?.test(line) === true;
  const lost = one.filter((line) => !other.includes(line) && !isExpected(line)).map((line) => `- ${line}`);
  const added = other.filter((line) => !one.includes(line) && !isExpected(line)).map((line) => `+ ${line}`);
  return [...lost, ...added].map((line) => `${each.id}: ${line}`);
}

const chosen = TRANSFORMATIONS.filter(({ name }) => new RegExp(METAMORPHIC).test(name));

describe("the same SQL", () => {
  for (const [number, transformation] of chosen.entries()) {
    const here = cases.filter((_, index) => isToday(index + 7 * number));
    it(`${transformation.name}: has the same findings`, async () => {
      const found: string[] = [];
      for (const each of here) found.push(...((await differences(transformation, each)) ?? []));
      expect(found.join("\n")).toBe("");
    });
  }
});

it.runIf(METAMORPHIC === "" && METAMORPHIC_PART === "")("each transformation changes something", () => {
  const idle = TRANSFORMATIONS.filter(({ apply }) => !cases.some(({ files }) => apply(files) !== null));
  expect(idle.map(({ name }) => name)).toEqual([]);
});

it("names differ", () => {
  const names = TRANSFORMATIONS.map(({ name }) => name);
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
});
