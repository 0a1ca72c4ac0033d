/** Columns that say whose a row is. */

import type { Catalog } from "../catalog/catalog.ts";
import type { Relation } from "../catalog/model.ts";
import { remembered } from "../catalog/remembered.ts";
import type { Expr } from "../events/tree.ts";
import { primaryKey, referencedTables } from "./keys.ts";
import { snakeCase } from "./name-words.ts";
import type { GuardedTable } from "./policies.ts";
import { comparedWithSession } from "./predicates.ts";
import { sessionValue } from "./session-values.ts";

const OWNER_NAME =
  /^(?:(?:owner|user|tenant|account|author|creator|customer|client|patient|member|org|organi[sz]ation|company|team|workspace|profile|sender|recipient|receiver|reviewer|uploader|poster|submitter|reporter|requester|subscriber|seller|buyer|employee|student)(?:_?(?:id|uid|uuid))|owner|tenant|author|uid|username|(?:created|owned|posted|uploaded|submitted|authored)_by|belongs_to)$/;

/** Whether a column's name says that it holds whose a row is. */
export function namesOwner(column: string): boolean {
  return OWNER_NAME.test(snakeCase(column));
}

/** Session values that say who somebody is, not what kind of session it is. */
export function saysWho(session: string): boolean {
  return session !== "role" && session !== "jwt" && session !== "claim:aud";
}

/** Columns that policies compare with the caller, that are filled with the caller, refer to users, or are named so. */
export function ownerColumns(guarded: GuardedTable): readonly string[] {
  return remembered(known, guarded, () => findOwnerColumns(guarded));
}

// Rules ask for each policy of the table.
const known = new WeakMap<GuardedTable, readonly string[]>();

function findOwnerColumns({ catalog, table, policies, conditions }: GuardedTable): readonly string[] {
  const found = new Set<string>();
  for (const policy of policies) {
    for (const bound of [policy.using, policy.withCheck]) {
      if (bound === null) continue;
      for (const { column, session } of comparedWithSession(conditions.of(bound.expr))) {
        if (saysWho(session)) found.add(column);
      }
    }
  }
  for (const column of table.columns) {
    if (namesOwner(column.name) || refersToUser(catalog, table, column)) found.add(column.name);
  }
  return [...found];
}

function refersToUser(catalog: Catalog, table: Relation, column: Relation["columns"][number]): boolean {
  const accounts = referencedTables(catalog, table, column.name).map((relation) =>
    catalog.relationName(relation),
  );
  if (accounts.includes("auth.users") || accounts.includes("pgstack.users")) return true;
  const value: Expr | null = column.default?.expr ?? null;
  const session = value === null ? null : sessionValue(value);
  return session !== null && saysWho(session);
}

/** Owner columns other than the table's own key: profiles, keyed by their user, are often shared on purpose. */
export function ownerColumnsBesideKey(guarded: GuardedTable): readonly string[] {
  const [key, ...more] = primaryKey(guarded.catalog, guarded.table);
  return ownerColumns(guarded).filter((column) => more.length > 0 || column !== key);
}
