// The same scripts on the servers of this machine, where there are any: what the dump says must not depend on PGlite.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { diff } from "./diff.ts";
import { dump, effectivePrivileges } from "./dump.ts";
import type { Dump } from "./dump-types.ts";
import { noteMissingServers } from "./oracles.ts";
import { afterScript, type Oracle, startOracle } from "./postgres.ts";
import { oracleScripts } from "./scripts.ts";
import { installedServers, startServerOracle } from "./server.ts";

noteMissingServers();

describe.each(installedServers())("%s", (bin) => {
  let server: Oracle;
  let embedded: Oracle;
  beforeAll(async () => {
    [server, embedded] = await Promise.all([startServerOracle(bin), startOracle()]);
  }, 60_000);
  afterAll(() => Promise.all([server?.close(), embedded?.close()]));

  test("a new database holds nothing but the schema public", async () => {
    const { functions, relations, builtins, schemas } = await dump(server);
    expect({ functions, relations, builtins, schemas: Object.keys(schemas) }).toEqual({
      functions: {},
      relations: {},
      builtins: {},
      schemas: ["public"],
    });
  });

  for (const script of oracleScripts()) {
    test(script.name, { timeout: 30_000 }, async (context) => {
      if (script.since > server.version || script.server) return context.skip();
      const read = (oracle: Oracle) => async () => ({
        dump: comparable(await dump(oracle)),
        privileges: withoutMaintain(await effectivePrivileges(oracle)),
      });
      const [theirs, ours] = [
        await afterScript(server, script, read(server)),
        await afterScript(embedded, script, read(embedded)),
      ];
      const differences = diff(ours, theirs).filter(
        (line) => !KNOWN.some((known) => server.version < known.before && known.line.test(line)),
      );
      expect(differences).toEqual([]);
    });
  }
});

/** Where versions before one differ by design. */
const KNOWN: readonly { readonly before: number; readonly line: RegExp }[] = [
  // Not-null constraints are in pg_constraint since 18.
  { before: 18, line: /^dump\.constraints\[".*_not_null\\?"* ON .*"\]: only expected/ },
  // Partitions take over identity columns since 17.
  { before: 17, line: /\.columns\[\d+\]\.identity: expected "by-default", got null$/ },
  // pg_get_viewdef qualifies columns less.
  { before: 16, line: /^dump\.relations\["[^"]*"\]\.query: / },
  // PUBLIC may create in the schema public, and the superuser owns it.
  { before: 15, line: /^dump\.schemas\.public\.(owner|acl): / },
  { before: 15, line: /^privileges\["schema public"\]: only got: ".* CREATE"/ },
];

function comparable(value: Dump): unknown {
  return JSON.parse(
    JSON.stringify(value, (_key, each) =>
      Array.isArray(each) ? each.filter((line) => !isMaintain(line)) : each,
    ),
  );
}

function withoutMaintain(privileges: Readonly<Record<string, readonly string[]>>): unknown {
  return Object.fromEntries(
    Object.entries(privileges).map(([name, lines]) => [
      name,
      lines.filter((line) => !/ (MAINTAIN|SET)$/.test(line)),
    ]),
  );
}

const isMaintain = (line: unknown) => typeof line === "string" && / MAINTAIN /.test(line);
