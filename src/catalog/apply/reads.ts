/** What running a query takes: SELECT on everything it reads, of views with the rights of their owners (ExecCheckPermissions). */
import type { Span } from "../../text/span.ts";
import { type Context, currentUser, refuse } from "../context.ts";
import type { BoundQuery, Oid, Relation } from "../model.ts";
import { holdsPrivilege } from "../permissions.ts";

/** Refuses unless the current user may run the query; does nothing when not checking. */
export function requireReads(context: Context, query: BoundQuery, span: Span): void {
  if (!context.assume) readAs(context, query, currentUser(context), span, new Set(), []);
}

function readAs(
  context: Context,
  query: BoundQuery,
  role: Oid,
  span: Span,
  seen: Set<string>,
  inside: readonly Oid[],
): void {
  const { state } = context;
  for (const relation of readBy(context, query)) {
    if (inside.includes(relation.oid))
      refuse(context, span, `infinite recursion detected in rules for relation "${relation.name}"`);
    const key = `${role} ${relation.oid}`;
    if (seen.has(key)) continue;
    seen.add(key);
    if (!mayRead(context, role, relation, query))
      refuse(context, span, `permission denied for ${relation.kind.replace("-", " ")} ${relation.name}`);
    if (relation.kind !== "view" || relation.query === null) continue;
    const invoker = ["true", "on", "yes", "1"].includes(
      relation.options.get("security_invoker")?.value.toLowerCase() ?? "false",
    );
    const inner = invoker ? role : relation.owner;
    if (state.roles.get(inner) !== undefined)
      readAs(context, relation.query, inner, span, seen, [...inside, relation.oid]);
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
