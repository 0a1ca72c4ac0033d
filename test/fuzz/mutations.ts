/** Damaged SQL: texts of the corpus with one to six mutations. */
import * as fc from "fast-check";
import { CORPUS, PIECES } from "./corpus.ts";

const runs = Number(process.env["FUZZ_RUNS"] ?? 150);
const seed = Number(process.env["FUZZ_SEED"] ?? 1);
/** How many cases, and which. */
export const settings = { seed, numRuns: runs };
/** Milliseconds for so many. */
export const timeout = 60_000 + runs * 2000;

interface Mutation {
  readonly what: "delete" | "insert" | "repeat" | "cut" | "case" | "splice";
  readonly at: number;
  readonly length: number;
  readonly piece: string;
}

const mutation: fc.Arbitrary<Mutation> = fc.record({
  what: fc.constantFrom("delete", "insert", "insert", "repeat", "cut", "case", "splice"),
  at: fc.nat(1_000_000),
  length: fc.nat(40),
  piece: fc.oneof(
    fc.constantFrom(...PIECES),
    fc.constantFrom(...CORPUS).map((text) => text.slice(0, 200)),
  ),
});

function mutated(text: string, { what, at: place, length, piece }: Mutation): string {
  const at = text.length === 0 ? 0 : place % text.length;
  const [before, part, after] = [text.slice(0, at), text.slice(at, at + length), text.slice(at + length)];
  switch (what) {
    case "delete":
      return before + after;
    case "insert":
      return before + piece + part + after;
    case "repeat":
      return before + part + part + after;
    case "cut":
      return before;
    case "case":
      return before + part.toUpperCase() + after;
    case "splice":
      return before + piece;
  }
}

export const damaged = fc
  .tuple(fc.constantFrom(...CORPUS), fc.array(mutation, { minLength: 1, maxLength: 6 }))
  .map(([text, mutations]) => mutations.reduce(mutated, text));
