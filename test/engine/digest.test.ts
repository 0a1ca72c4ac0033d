import { expect, it } from "vitest";
import { digest } from "../../src/engine/digest.ts";

// Short bytes and texts are put together in 256 KB before they are hashed, longer ones are not.
const SIZES = [0, 1, 1000, 80_000, (1 << 18) - 1, 1 << 18, (1 << 18) + 1, 1];

function data(change: number | null, change2: number | null = null) {
  return SIZES.map((size, i) => [
    Buffer.alloc(size, i === change ? "x" : "y"),
    { text: (i === change2 ? "ä" : "東").repeat(size) },
  ]);
}

it("is the same for equal data, and another for each part that is different", () => {
  const whole = digest(data(null));
  expect(digest(data(null))).toBe(whole);
  const others = SIZES.flatMap((size, i) => (size === 0 ? [] : [digest(data(i)), digest(data(null, i))]));
  expect(new Set([whole, ...others]).size).toBe(1 + others.length);
});
