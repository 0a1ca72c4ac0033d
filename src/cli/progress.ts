import { safeText } from "../text/safe.ts";
import type { Output } from "./io.ts";

/** A run that is over sooner says nothing in between. Milliseconds. */
const PATIENCE = 1000;
const BETWEEN = 100;

const CLEAR = "\r\u001b[2K";

export interface Progress {
  /** What is being done now. */
  tell(what: string): void;
  /** Takes the line away again. */
  done(): void;
}

/** One line on a terminal that says what a longer run is at. `now` gives milliseconds. */
export function progressOn(output: Output, term: string | undefined, now: () => number): Progress {
  if (!output.isTTY || term === "dumb") return { tell: () => {}, done: () => {} };
  const begun = now();
  let last = begun + PATIENCE - BETWEEN;
  let written = false;
  return {
    tell(what) {
      const at = now();
      if (at - last < BETWEEN) return;
      last = at;
      written = true;
      // A line that is wrapped could not be taken away.
      output.write(`${CLEAR}pgvet: ${safeText(what).slice(0, Math.max(10, (output.columns ?? 80) - 10))}`);
    },
    done() {
      if (written) output.write(CLEAR);
      written = false;
    },
  };
}
