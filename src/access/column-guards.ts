/** Who may change a column, and what triggers do about what is written to it. */
import type { Catalog } from "../catalog/catalog.ts";
import { type Oid, PUBLIC, type Relation, type Routine } from "../catalog/model.ts";
import type { Body } from "../events/tree.ts";
import { walkBody, walkExpr } from "../events/walk.ts";
import type { Reach } from "./chain.ts";
import { holds } from "./privileges.ts";
import { isUnstated } from "./unstated.ts";

/** Whether somebody may UPDATE this column. */
export function mayUpdate(catalog: Catalog, user: Reach, table: Relation, column: string): boolean {
  return mayWrite(catalog, user, table, column, "update");
}

/** Whether somebody may write this column with INSERT or UPDATE. */
export function mayWrite(
  catalog: Catalog,
  user: Reach,
  table: Relation,
  column: string,
  command: "insert" | "update",
): boolean {
  const { role } = user;
  const oid: Oid = role === "PUBLIC" ? PUBLIC : (catalog.roleNamed(role)?.oid ?? PUBLIC);
  return isUnstated([user]) || mayUseColumn(catalog, oid, table, column, command);
}

/** Whether a role holds a privilege on the whole relation, or on this column. */
export function mayUseColumn(
  catalog: Catalog,
  role: Oid,
  relation: Relation,
  column: string,
  privilege: "select" | "insert" | "update",
): boolean {
  if (holds(catalog, role, relation.acl, privilege, () => "") !== null) return true;
  const found = relation.columns.find(({ name }) => name === column);
  return found !== undefined && holds(catalog, role, found.acl, privilege, () => "") !== null;
}

/** Whether a BEFORE row trigger for the command names the column: what it does then is the project's own decision. */
export function guardedByTrigger(
  source: { readonly catalog: Catalog; body(routine: Routine): Body },
  table: Relation,
  column: string,
  command: "insert" | "update" = "update",
): boolean {
  const { state } = source.catalog;
  for (const trigger of state.triggers.by.relation.all(table.oid)) {
    if (trigger.routine === null || trigger.enabled.value === "disabled") continue;
    if (trigger.event.timing !== "before" || !trigger.event.events.includes(command)) continue;
    const routine = state.routines.get(trigger.routine);
    if (routine === undefined) continue;
    const { when } = trigger.event;
    let named = routine.assumed;
    const visit = {
      expr: (expr: { readonly kind: string; readonly name?: unknown }) => {
        if (expr.kind === "column" && Array.isArray(expr.name) && expr.name.at(-1) === column) named = true;
      },
    };
    if (when !== null) walkExpr(when, visit);
    const body = source.body(routine);
    if (body.language === "other" || body.language === "unparsed") named = true;
    walkBody(body, {
      ...visit,
      plpgsql: (statement) => {
        if (statement.kind === "assign" && statement.target.name.at(-1) === column) named = true;
      },
    });
    if (named) return true;
  }
  return false;
}
