/** What V8 does differently in a run over much SQL. */
import { setFlagsFromString } from "node:v8";

// Node majors on which the flags were measured to help.
const MAJORS = new Set([20, 22]);
/** Below it a run is over before V8 has optimised much. */
const MUCH = 1 << 19;

/**
 * Makes V8 turn functions into simple machine code at once, and copy fewer of them into each other when it optimises: a large run
 * calls a thousand functions often enough to be optimised, which took a third of its processor time. Holds for the process; called
 * when all code is loaded, as compiled code is kept for certain flags.
 */
export function prepareFor(bytes: number): void {
  if (bytes < MUCH || !MAJORS.has(Number(process.versions.node.split(".")[0]))) return;
  setFlagsFromString("--always-sparkplug");
  setFlagsFromString("--max-inlined-bytecode-size-cumulative=200");
}
