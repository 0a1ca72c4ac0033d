/** Columns that say whose a row is. */
import type { Relation } from "../catalog/model.ts";
import type { Expr } from "../events/tree.ts";
import type { GuardedTable } from "./policies.ts";
import { comparedWithSession } from "./predicates.ts";
import { sessionValue } from "./session-values.ts";

const OWNER_NAME =
  /^(?:(?:owner|user|tenant|account|author|creator|customer|client|patient|member|org|organi[sz]ation|company|team|workspace|profile|sender)(?:_?(?:id|uid|uuid))|owner|tenant|author|uid|username|created_by|owned_by|belongs_to)$/;

/** Session values that say who somebody is, not what kind of session it is. */
export function saysWho(session: string): boolean {
  return session !== "role" && session !== "jwt" && session !== "claim:aud";
}

/** Columns that policies compare with the caller, that are filled with the caller, refer to users, or are named so. */
export function ownerColumns({ table, policies, conditions }: GuardedTable): readonly string[] {
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
    if (OWNER_NAME.test(column.name) || refersToUser(column)) found.add(column.name);
  }
  return [...found];
}

function refersToUser(column: Relation["columns"][number]): boolean {
  const references = column.definition?.references?.name.join(".");
  if (references === "auth.users" || references === "pgstack.users") return true;
  const value: Expr | null = column.definition?.default ?? null;
  const session = value === null ? null : sessionValue(value);
  return session !== null && saysWho(session);
}

/** Owner columns other than the table's own key: profiles, keyed by their user, are often shared on purpose. */
export function ownerColumnsBesideKey(guarded: GuardedTable): readonly string[] {
  const key = new Set(
    guarded.table.columns.filter((column) => column.definition?.primaryKey === true).map(({ name }) => name),
  );
  return ownerColumns(guarded).filter((column) => !key.has(column));
}
