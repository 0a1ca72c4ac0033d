/** Where scripts are compared: PGlite, and the servers of this machine for what differs between versions. */
import { test } from "vitest";
import { type Oracle, startOracle } from "./postgres.ts";
import type { OracleScript } from "./scripts.ts";
import { installedServers, startServerOracle } from "./server.ts";

export const ORACLES: readonly (readonly [name: string, start: () => Promise<Oracle>])[] = [
  ["PGlite", () => startOracle()],
  ...installedServers().map((bin) => [bin, () => startServerOracle(bin)] as const),
];

/** So that it is seen where nothing was compared with a server. */
export function noteMissingServers(): void {
  test.skipIf(installedServers().length === 0)(
    "there is a server of PostgreSQL to compare with",
    () => undefined,
  );
}

/** Whether an oracle can run the script: PGlite has no subscriptions, earlier versions not all statements. */
export function runsOn(script: OracleScript, name: string, oracle: Oracle): boolean {
  return script.since <= oracle.version && !(script.server && name === "PGlite");
}
