/** What running a query takes: SELECT on everything it reads, of views with the rights of their owners (ExecCheckPermissions). */
import type { Span } from "../../text/span.ts";
import { type Context, currentUser, refuse } from "../context.ts";
import type { Bindings, BoundQuery, Oid, Relation } from "../model.ts";
import { holdsPrivilege, mayUse } from "../permissions.ts";
import { isInvoker, requireRewritable } from "./rewrite.ts";

/** Refuses unless the current user may run the query; does nothing when not checking. */
export function requireReads(context: Context, query: BoundQuery, span: Span): void {
  if (context.assume) return;
  requireRewritable(context, query.bindings, currentUser(context), span);
  readAs(context, query, currentUser(context), span, new Set());
  requireCalls(context, query.bindings, span);
}

/** Functions are called as the current user, also those in views. */
export function requireCalls(context: Context, bindings: Bindings, span: Span): void {
  if (context.assume) return;
  const { state } = context;
  const open: Bindings[] = [bindings];
  const seen = new Set<Oid>();
  for (let each = open.pop(); each !== undefined; each = open.pop()) {
    for (const { oid, column } of each.values()) {
      if (seen.has(oid)) continue;
      const routine = state.routines.get(oid);
      if (routine !== undefined && !mayUse(context, routine.acl, "execute"))
        refuse(context, span, `permission denied for function ${routine.name}`);
      const view = column === undefined ? state.relations.get(oid) : undefined;
      if (view?.kind === "view" && view.query !== null) open.push(view.query.bindings);
      if (routine !== undefined || view !== undefined) seen.add(oid);
    }
  }
}

function readAs(context: Context, query: BoundQuery, role: Oid, span: Span, seen: Set<string>): void {
  const { state } = context;
  for (const relation of readBy(context, query)) {
    const key = `${role} ${relation.oid}`;
    if (seen.has(key)) continue;
    seen.add(key);
    if (!mayRead(context, role, relation, query))
      refuse(context, span, `permission denied for ${relation.kind.replace("-", " ")} ${relation.name}`);
    if (relation.kind !== "view" || relation.query === null) continue;
    const inner = isInvoker(relation) ? role : relation.owner;
    if (state.roles.get(inner) !== undefined) readAs(context, relation.query, inner, span, seen);
  }
}

function readBy(context: Context, query: BoundQuery): readonly Relation[] {
  return query.reads.flatMap(({ relation }) => context.state.relations.get(relation) ?? []);
}

/** On the table, or on each column that the query names; on any column when it names none. */
function mayRead(context: Context, role: Oid, relation: Relation, query: BoundQuery): boolean {
  const { state, postgresVersion } = context;
  if (holdsPrivilege(state, role, relation.acl, "select", postgresVersion, "table")) return true;
  const named = new Set<number>();
  for (const { oid, column } of query.bindings.values())
    if (oid === relation.oid && column !== undefined) named.add(column);
  const holds = (number: number): boolean => {
    const acl = relation.columns.find((column) => column.number === number)?.acl ?? [];
    return holdsPrivilege(state, role, acl, "select", postgresVersion);
  };
  return named.size === 0
    ? relation.columns.some((column) => holds(column.number))
    : [...named].every((number) => holds(number));
}
