/** Rows that triggers on Supabase's accounts make for each new user. */
import type { Catalog } from "../catalog/catalog.ts";
import type { Oid, Routine } from "../catalog/model.ts";
import type { Body } from "../events/tree.ts";
import { walkBody } from "../events/walk.ts";
import { pathOf } from "./definers.ts";

/** Tables that triggers on auth.users insert into. */
export function tablesOfAccounts(source: {
  readonly catalog: Catalog;
  body(routine: Routine): Body;
}): ReadonlySet<Oid> {
  const { catalog } = source;
  const found = new Set<Oid>();
  const accounts = catalog.resolveRelation(["auth", "users"], []);
  if (accounts === undefined) return found;
  const seen = new Set<Oid>();
  for (const trigger of catalog.state.triggers.by.relation.all(accounts.oid)) {
    const routine = trigger.routine === null ? undefined : catalog.state.routines.get(trigger.routine);
    if (routine === undefined || trigger.enabled.value === "disabled" || seen.has(routine.oid)) continue;
    seen.add(routine.oid);
    const path = pathOf(catalog, routine);
    walkBody(source.body(routine), {
      statement(statement) {
        if (statement.kind !== "insert") return;
        const table = catalog.resolveRelation(statement.target.name, path);
        if (table !== undefined) found.add(table.oid);
      },
    });
  }
  return found;
}
