import type { Environment } from "./io.ts";

/** Whether to colour: the flag, then NO_COLOR (no-color.org), then FORCE_COLOR, then whether the output is a terminal. */
export function wantsColor(flag: boolean | null, env: Environment, isTTY: boolean): boolean {
  if (flag !== null) return flag;
  if (isSet(env.NO_COLOR)) return false;
  const force = env.FORCE_COLOR;
  if (force !== undefined) return force !== "0" && force !== "false";
  return isTTY && env.TERM !== "dumb";
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== "";
}
