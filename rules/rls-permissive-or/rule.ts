import { snakeCase } from "../../src/access/name-words.ts";
import { saysWho } from "../../src/access/owner-columns.ts";
import {
  covers,
  type GuardedTable,
  guardedTables,
  overlap,
  placeOf,
  type RowCommand,
} from "../../src/access/policies.ts";
import {
  ANYONE,
  alwaysTrue,
  columnsOf,
  describeRow,
  identityColumns,
  opaqueParts,
  rowOfSomebodyElse,
  sessionsOf,
} from "../../src/access/predicates.ts";
import { saysPublic } from "../../src/access/public-read.ts";
import { type Policy, PUBLIC } from "../../src/catalog/model.ts";
import { defineRule } from "../../src/rule/define.ts";

/** Columns by which rows are sorted out, not handed out. */
const SORTS_OUT =
  /(?:^|_)(?:deleted|archived|active|inactive|enabled|disabled|removed|valid|expired|expires)(?:_|$)/;

interface Pair {
  readonly narrow: Policy;
  readonly command: RowCommand;
  readonly row: string;
  /** By columns that are never whose a row is; else reading by them may be meant, and only changing is looked at. */
  readonly sortsOut: boolean;
}

export default defineRule({
  title: "Permissive policy that cancels the filter of another one",
  severity: "high",
  category: "row-security",
  cwe: [863],
  since: "0.1.0",
  variants: {},
  why: "Permissive policies are joined with OR: a second one that only sorts out rows does not narrow the first, it opens every row that it leaves.",
  check(context) {
    for (const guarded of guardedTables(context)) {
      for (const policy of guarded.policies) {
        if (!policy.permissive || policy.prelude || policy.using === null || saysPublic(policy)) continue;
        const pair = cancelled(guarded, policy);
        if (pair === null || pair.narrow.using === null) continue;
        const reach = guarded.users(policy, [pair.command]);
        context.report({
          variant: null,
          severity: context.access.severity(pair.sortsOut ? "high" : "medium", reach),
          confidence: "medium",
          message: `policy ${policy.name} of ${guarded.name} cancels the filter of policy ${pair.narrow.name}: either is enough, so ${pair.row} passes`,
          label: "enough on its own",
          place: placeOf(policy.using),
          object: guarded.name,
          reach,
          related: [{ place: placeOf(pair.narrow.using), message: "does not narrow it" }],
          help: `create policy ${policy.name} AS RESTRICTIVE, so that both conditions must hold`,
        });
      }
    }
  },
});

/** The policy whose rows of somebody else this one lets pass. */
function cancelled(guarded: GuardedTable, policy: Policy): Pair | null {
  for (const command of ["select", "update", "delete"] as const) {
    if (!covers(policy, command)) continue;
    const broad = guarded.oldRows(policy, command);
    const columns = columnsOf(broad);
    const sortsOut = columns.every((column) => SORTS_OUT.test(snakeCase(column)));
    if (columns.length === 0 || (!sortsOut && command === "select")) continue;
    if (sessionsOf(broad).length > 0 || opaqueParts(broad).length > 0 || alwaysTrue(broad, ANYONE) === "yes")
      continue;
    for (const narrow of guarded.policies) {
      if (narrow === policy || !narrow.permissive || !covers(narrow, command) || !overlap(narrow, policy))
        continue;
      // For more people than the other one: rows for the public, on purpose.
      if (policy.roles.includes(PUBLIC) && !narrow.roles.includes(PUBLIC)) continue;
      for (const identity of identityColumns(guarded.oldRows(narrow, command))) {
        if (!saysWho(identity.session)) continue;
        const row = rowOfSomebodyElse(broad, identity);
        if (row !== null)
          return { narrow, command, sortsOut, row: `any other ${identity.column} with ${describeRow(row)}` };
      }
    }
  }
  return null;
}
