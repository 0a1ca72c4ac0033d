import { safeJson } from "../../text/safe.ts";
import type { Io } from "../io.ts";

/** Prints a replayed catalog, already made of plain data, as JSON. */
export function printCatalog(catalog: unknown, io: Io): number {
  io.stdout.write(`${safeJson(JSON.stringify(catalog, null, 2))}\n`);
  return 0;
}
