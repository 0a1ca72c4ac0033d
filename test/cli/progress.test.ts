import { expect, test } from "vitest";
import { progressOn } from "../../src/cli/progress.ts";

/** A terminal (or none), and a clock that is set by hand. */
function terminal(isTTY = true, columns = 30) {
  const state = { text: "", now: 0 };
  const output = {
    write: (text: string) => {
      state.text += text;
    },
    isTTY,
    columns: isTTY ? columns : null,
  };
  return { state, output };
}

test("a short run says nothing", () => {
  const { state, output } = terminal();
  const progress = progressOn(output, "xterm", () => state.now);
  progress.tell("reading a.sql");
  state.now = 999;
  progress.tell("reading b.sql");
  progress.done();
  expect(state.text).toBe("");
});

test("a longer one has a line, which goes away", () => {
  const { state, output } = terminal();
  const progress = progressOn(output, "xterm", () => state.now);
  state.now = 1000;
  progress.tell("reading a\u001b[31m/very/long/path/that/does/not/fit.sql");
  expect(state.text).toBe("\r\u001b[2Kpgvet: reading a\\u{1b}[31m/");
  state.now = 1050;
  progress.tell("too soon");
  state.now = 1100;
  progress.tell("replaying");
  progress.done();
  progress.done();
  expect(state.text.split("\r\u001b[2K").slice(2)).toEqual(["pgvet: replaying", ""]);
});

test.each([
  [false, "xterm"],
  [true, "dumb"],
])("nothing where there is no terminal that can take it away (%s, %s)", (isTTY, term) => {
  const { state, output } = terminal(isTTY);
  const progress = progressOn(output, term, () => state.now);
  state.now = 5000;
  progress.tell("reading");
  progress.done();
  expect(state.text).toBe("");
});
