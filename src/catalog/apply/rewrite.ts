/** What the rewriter refuses before a query runs (rewriteHandler.c, rls.c): views and policies that lead back to themselves. */
import type { Span } from "../../text/span.ts";
import { type Context, refuse } from "../context.ts";
import { hasPrivilegesOf, isSuperuser } from "../membership.ts";
import { type Bindings, type BoundExpr, type Oid, PUBLIC, type Relation } from "../model.ts";
import { booleanSetting } from "../setting-text.ts";

/** Refuses a query whose rewriting as this role does not end, or that row-level security would filter when row_security is off. */
export function requireRewritable(context: Context, bindings: Bindings, role: Oid, span: Span): void {
  if (!context.assume) rewrite(context, bindings, role, span, [], new Set());
}

function rewrite(
  context: Context,
  bindings: Bindings,
  role: Oid,
  span: Span,
  inside: readonly Oid[],
  done: Set<string>,
): void {
  for (const relation of relationsIn(context, bindings)) {
    if (relation.kind === "view" && relation.query !== null) {
      if (inside.includes(relation.oid))
        refuse(context, span, `infinite recursion detected in rules for relation "${relation.name}"`);
      const inner = isInvoker(relation) ? role : relation.owner;
      descend(context, relation, relation.query.bindings, inner, span, inside, done);
    } else if (isFiltered(context, relation, role, span)) {
      for (const policy of appliedPolicies(context, relation, role)) {
        const within = relationsIn(context, policy.bindings);
        if (within.length === 0) continue;
        if (inside.includes(relation.oid))
          refuse(context, span, `infinite recursion detected in policy for relation "${relation.name}"`);
        descend(context, relation, policy.bindings, role, span, inside, done);
      }
    }
  }
}

function descend(
  context: Context,
  relation: Relation,
  bindings: Bindings,
  role: Oid,
  span: Span,
  inside: readonly Oid[],
  done: Set<string>,
): void {
  const key = `${role} ${relation.oid}`;
  if (done.has(key)) return;
  rewrite(context, bindings, role, span, [...inside, relation.oid], done);
  done.add(key);
}

/** Relations in FROM, each once. */
function relationsIn(context: Context, bindings: Bindings): readonly Relation[] {
  const oids = new Set<Oid>();
  for (const { oid, column } of bindings.values()) if (column === undefined) oids.add(oid);
  return [...oids].flatMap((oid) => context.state.relations.get(oid) ?? []);
}

export function isInvoker(view: Relation): boolean {
  return booleanSetting(view.options.get("security_invoker")?.value ?? "off") === true;
}

/** check_enable_rls() */
function isFiltered(context: Context, relation: Relation, role: Oid, span: Span): boolean {
  const { state, postgresVersion } = context;
  if (!relation.rowSecurity.value) return false;
  if (isSuperuser(state, role) || state.roles.get(role)?.attributes.bypassrls === true) return false;
  const owner = hasPrivilegesOf(state, role, relation.owner, postgresVersion);
  if (owner && !relation.forceRowSecurity.value) return false;
  if (booleanSetting(context.session.settings.get("row_security") ?? "on") === false)
    refuse(
      context,
      span,
      `query would be affected by row-level security policy for table "${relation.name}"`,
    );
  return true;
}

function appliedPolicies(context: Context, relation: Relation, role: Oid): readonly BoundExpr[] {
  const { state, postgresVersion } = context;
  return state.policies.by.relation
    .all(relation.oid)
    .filter(
      (policy) =>
        (policy.command === "all" || policy.command === "select") &&
        policy.roles.some((each) => each === PUBLIC || hasPrivilegesOf(state, role, each, postgresVersion)),
    )
    .flatMap(({ using }) => using ?? []);
}
