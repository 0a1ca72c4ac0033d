/** Permissive policies that open what another one of their table keeps. */
import type { Policy } from "../catalog/model.ts";
import { PUBLIC } from "../catalog/model.ts";
import { remembered } from "../catalog/remembered.ts";
import { snakeCase } from "./name-words.ts";
import { ownerColumnsBesideKey, saysWho } from "./owner-columns.ts";
import { covers, type GuardedTable, overlap, type RowCommand } from "./policies.ts";
import {
  ANYONE,
  alwaysTrue,
  columnsOf,
  describeRow,
  identityColumns,
  opaqueParts,
  rowOfSomebodyElse,
  sessionsOf,
} from "./predicates.ts";
import { saysPublic } from "./public-read.ts";

/** Columns by which rows are sorted out, not handed out. */
const SORTS_OUT =
  /(?:^|_)(?:deleted|archived|active|inactive|enabled|disabled|removed|valid|expired|expires)(?:_|$)/;

export interface Cancelled {
  readonly narrow: Policy;
  readonly command: RowCommand;
  readonly row: string;
  /** By columns that are never whose a row is; else reading by them may be meant, and only changing is looked at. */
  readonly sortsOut: boolean;
}

/** The policy whose rows of somebody else this one lets pass. */
export function cancelledBy(guarded: GuardedTable, policy: Policy): Cancelled | null {
  return uselessBeside(guarded, policy) ?? openedBeside(guarded, policy);
}

function openedBeside(guarded: GuardedTable, policy: Policy): Cancelled | null {
  if (policy.using === null || saysPublic(policy)) return null;
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

/** A policy that lets whom it is for read own rows alone, where this one lets them read every row: it does nothing at all. */
function uselessBeside(guarded: GuardedTable, policy: Policy): Cancelled | null {
  if (policy.command !== "select" || alwaysTrue(guarded.oldRows(policy, "select"), ANYONE) !== "yes")
    return null;
  for (const { narrow, column } of ownReaders(guarded)) {
    if (!policy.roles.includes(PUBLIC) && !narrow.roles.every((role) => policy.roles.includes(role)))
      continue;
    // Profiles, keyed by their user, are often shared on purpose.
    const shared = saysPublic(policy) && !ownerColumnsBesideKey(guarded).includes(column);
    if (narrow !== policy && !shared)
      return { narrow, command: "select", sortsOut: false, row: `any other ${column}` };
  }
  return null;
}

interface OwnReader {
  readonly narrow: Policy;
  readonly column: string;
}

/** Policies FOR SELECT that tie every row to who reads, with the column. */
function ownReaders(guarded: GuardedTable): readonly OwnReader[] {
  return remembered(readersKnown, guarded, () =>
    guarded.policies.flatMap((narrow) => {
      if (!narrow.permissive || narrow.command !== "select") return [];
      const identity = identityColumns(guarded.oldRows(narrow, "select")).find(({ session }) =>
        saysWho(session),
      );
      return identity === undefined ? [] : [{ narrow, column: identity.column }];
    }),
  );
}

// Each policy of the table asks for them.
const readersKnown = new WeakMap<GuardedTable, readonly OwnReader[]>();
