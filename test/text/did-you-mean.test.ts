import { expect, test } from "vitest";
import { didYouMean } from "../../src/text/did-you-mean.ts";

test.each([
  ["supbase", "supabase"],
  ["spuabase", "supabase"],
  ["SUPABASE", "supabase"],
  ["non", "none"],
  ["xyz", null],
  ["", null],
  ["s".repeat(10_000), null],
])("%s → %s", (word, expected) => {
  expect(didYouMean(word, ["none", "supabase", "postgrest"])).toBe(expected);
});

test("the closest wins, of equals the first", () => {
  expect(didYouMean("bat", ["cat", "bat2", "hat"])).toBe("cat");
  expect(didYouMean("presets", ["press", "preset"])).toBe("preset");
});
