import { expect, test } from "vitest";
import { wantsColor } from "../../src/cli/color.ts";

test.each([
  ["a terminal", null, {}, true, true],
  ["no terminal", null, {}, false, false],
  ["a dumb terminal", null, { TERM: "dumb" }, true, false],
  ["NO_COLOR on a terminal", null, { NO_COLOR: "1" }, true, false],
  ["an empty NO_COLOR is none", null, { NO_COLOR: "" }, true, true],
  ["NO_COLOR before FORCE_COLOR", null, { NO_COLOR: "1", FORCE_COLOR: "1" }, true, false],
  ["FORCE_COLOR without terminal", null, { FORCE_COLOR: "1" }, false, true],
  ["FORCE_COLOR=0 on a terminal", null, { FORCE_COLOR: "0" }, true, false],
  ["--color before NO_COLOR", true, { NO_COLOR: "1" }, false, true],
  ["--no-color before FORCE_COLOR", false, { FORCE_COLOR: "1" }, true, false],
])("%s", (_, flag, env, isTTY, expected) => {
  expect(wantsColor(flag, env, isTTY)).toBe(expected);
});
