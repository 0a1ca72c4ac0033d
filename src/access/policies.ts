/** The policies of a table as conditions, and whom they let do what. */
import type { Catalog } from "../catalog/catalog.ts";
import {
  type BoundExpr,
  type Oid,
  type Policy,
  PUBLIC,
  type Relation,
  type Routine,
} from "../catalog/model.ts";
import { remembered } from "../catalog/remembered.ts";
import type { Body, Expr } from "../events/tree.ts";
import { walkExpr } from "../events/walk.ts";
import type { Place } from "../text/source.ts";
import type { Access } from "./access.ts";
import { decidedByRows, type RowScope } from "./by-rows.ts";
import type { Node, Predicates } from "./predicates.ts";
import { predicates } from "./predicates.ts";
import { actorsOfAny, canActAs } from "./privileges.ts";
import { bypassesRowSecurity } from "./row-security.ts";
import { sessionValuesIn } from "./session-values.ts";

type Reach = ReturnType<Access["users"]>[number];

export type RowCommand = "select" | "insert" | "update" | "delete";

/** What is asked of a rule's context. */
export interface PolicySource {
  readonly catalog: Catalog;
  readonly access: Access;
  body(routine: Routine): Body;
  /** Those to be judged. */
  askedRelations(): Iterable<Relation>;
}

/** A table under row security with the conditions of its policies. */
export interface GuardedTable {
  readonly catalog: Catalog;
  readonly table: Relation;
  readonly name: string;
  readonly policies: readonly Policy[];
  readonly conditions: Predicates;
  /** Rows that a permissive policy and all restrictive ones beside it let be read, changed or deleted. */
  oldRows(policy: Policy, command: RowCommand): Node;
  /** Rows that they let be written by INSERT or UPDATE. */
  newRows(policy: Policy, command: "insert" | "update"): Node;
  /** Who uses the policy for any of these commands. */
  users(policy: Policy, commands: readonly RowCommand[]): readonly Reach[];
}

/** Each policy is compared with all others of its table: where there are more, none is judged. */
export const MOST_POLICIES = 1000;

/** Tables whose policies are in force; policies of preludes belong to them, but are not to be reported. */
export function* guardedTables(source: PolicySource): Iterable<GuardedTable> {
  for (const table of source.askedRelations()) {
    if (!table.rowSecurity.value) continue;
    const policies = source.catalog.policiesOf(table);
    if (policies.length > 0 && policies.length <= MOST_POLICIES) yield guardedTable(source, table, policies);
  }
}

function guardedTable(source: PolicySource, table: Relation, policies: readonly Policy[]): GuardedTable {
  const { catalog, access } = source;
  const notNull = new Set(table.columns.filter((column) => column.notNull).map(({ name }) => name));
  const path = policies[0]?.using?.searchPath ?? policies[0]?.withCheck?.searchPath ?? ["public"];
  const conditions = predicates({
    isNotNull: (column) => notNull.has(column),
    inline: (call) => inlined(source, call, path),
    decides: (call) => decides(source, call, path, 0),
  });
  const restrictive = policies.filter(({ permissive }) => !permissive);
  const gate = (policy: Policy, command: RowCommand, side: (one: Policy) => BoundExpr | null): Node => ({
    kind: "and",
    operands: [
      policy,
      ...restrictive.filter((other) => covers(other, command) && reaches(other, policy)),
    ].map((one) => conditions.of(side(one)?.expr ?? null)),
  });
  return {
    catalog,
    table,
    name: catalog.relationName(table),
    policies,
    conditions,
    oldRows: (policy, command) => gate(policy, command, (one) => one.using),
    newRows: (policy, command) => gate(policy, command, newRowCheck),
    users: (policy, commands) => {
      const found: Reach[] = [];
      for (const command of commands) {
        if (!covers(policy, command)) continue;
        for (const user of clients(source, access.users(table, command))) {
          for (const role of usersOf(catalog, policy, table, user)) {
            if (!found.some((other) => other.role === role.role)) found.push(role);
          }
        }
      }
      return found;
    },
  };
}

/** Without login roles that only switch to others, an admin role among them: clients never act as them. */
export function clients(
  source: Pick<PolicySource, "catalog" | "access">,
  reach: readonly Reach[],
): readonly Reach[] {
  const { catalog, access } = source;
  return reach.filter(({ role }) => {
    const oid = role === "PUBLIC" ? PUBLIC : catalog.roleNamed(role)?.oid;
    if (oid === undefined || access.trustOf(oid) !== "application") return true;
    return !adminsToBe(source).has(oid);
  });
}

const adminsByAccess = new WeakMap<Access, ReadonlySet<Oid>>();

/** Admins, and those that can become one. */
function adminsToBe({ catalog, access }: Pick<PolicySource, "catalog" | "access">): ReadonlySet<Oid> {
  return remembered(adminsByAccess, access, () => {
    const roles = [...catalog.state.roles.all()];
    const admins = roles.filter(({ oid, builtIn }) => access.trustOf(oid) === "admin" && !builtIn);
    return actorsOfAny(
      catalog,
      admins.map(({ oid }) => oid),
    );
  });
}

/** WITH CHECK, or USING where it is left out. */
export function newRowCheck(policy: Policy): BoundExpr | null {
  return policy.withCheck ?? (policy.command === "insert" ? null : policy.using);
}

/** Columns that some check on new rows names, in sub-selects too: what it does with them is the project's own decision. */
export function columnsChecked(
  { policies }: GuardedTable,
  policy: Policy,
  command: "insert" | "update",
): ReadonlySet<string> {
  const names = new Set<string>();
  for (const other of policies) {
    if (other !== policy && (other.permissive || !covers(other, command))) continue;
    const bound = newRowCheck(other);
    if (bound === null) continue;
    walkExpr(bound.expr, {
      expr: (expr) => void (expr.kind === "column" && names.add(expr.name.at(-1) ?? "")),
    });
  }
  return names;
}

export function covers(policy: Policy, command: RowCommand): boolean {
  return policy.command === "all" || policy.command === command;
}

/** Whether a restrictive policy binds everybody whom the other one lets pass. */
function reaches(restrictive: Policy, other: Policy): boolean {
  return restrictive.roles.includes(PUBLIC) || other.roles.every((role) => restrictive.roles.includes(role));
}

function usersOf(catalog: Catalog, policy: Policy, table: Relation, user: Reach): readonly Reach[] {
  const oid: Oid = user.role === "PUBLIC" ? PUBLIC : (catalog.roleNamed(user.role)?.oid ?? PUBLIC);
  if (oid !== PUBLIC && bypassesRowSecurity(catalog, oid, table)) return [];
  if (policy.roles.includes(PUBLIC)) return [user];
  // What PUBLIC may use, the policy's own roles may.
  if (oid === PUBLIC) return policy.roles.map((role) => ({ role: catalog.roleName(role), via: user.via }));
  return policy.roles.some((role) => canActAs(catalog, oid, role)) ? [user] : [];
}

/** Whether two policies are for some common role. */
export function overlap(one: Policy, other: Policy): boolean {
  return (
    one.roles.includes(PUBLIC) ||
    other.roles.includes(PUBLIC) ||
    one.roles.some((role) => other.roles.includes(role))
  );
}

/** Whether somebody who has not signed in can be subject to the policy. */
export function admitsAnonymous(catalog: Catalog, policy: Policy): boolean {
  return policy.roles.some((role) => role === PUBLIC || catalog.roleName(role) !== "authenticated");
}

export function placeOf(bound: BoundExpr): Place {
  return { source: bound.place.source, span: bound.expr.span };
}

/** The one expression that a function without parameters returns, when its code is that and nothing else. */
function inlined(source: PolicySource, call: Expr, path: readonly string[]): Expr | null {
  if (call.kind !== "call" || call.args.length > 0) return null;
  const [routine, ...others] = source.catalog.resolveRoutines(call.name, path);
  if (routine === undefined || others.length > 0 || routine.assumed || routine.inputTypes.length > 0)
    return null;
  const value = returned(source.body(routine));
  if (value === null) return null;
  // Inside a definer `current_user` is its owner.
  if (routine.securityDefiner.value && sessionValuesIn(value).has("current_user")) return null;
  return value;
}

/** Calls of calls are looked into so deeply. */
const MOST_CALLS = 8;

/** Whether rows of tables decide what the call of a routine of one statement returns, whichever of that name is meant. */
function decides(source: PolicySource, call: Expr, path: readonly string[], depth: number): boolean {
  if (call.kind !== "call" || depth > MOST_CALLS) return false;
  const routines = source.catalog.resolveRoutines(call.name, path);
  return (
    routines.length > 0 &&
    routines.every((routine) => {
      const value = routine.assumed ? null : returned(source.body(routine));
      const parameters = new Set(routine.parameters.flatMap(({ name }) => (name === null ? [] : [name])));
      const scope: RowScope = { parameters, decides: (inner) => decides(source, inner, path, depth + 1) };
      return value !== null && decidedByRows(value, scope);
    })
  );
}

/** What a routine of one statement returns; null for any other. */
export function returned(body: Body): Expr | null {
  if (body.language === "sql") {
    const [statement, ...more] = body.statements;
    if (statement?.kind !== "select" || more.length > 0) return null;
    return statement.targets.length === 1
      ? {
          kind: "subquery",
          form: "scalar",
          test: null,
          operator: null,
          query: statement,
          span: statement.span,
        }
      : null;
  }
  if (body.language !== "plpgsql") return null;
  const [statement, ...more] = body.block.body;
  const alone = more.length === 0 && body.block.declarations.length === 0 && body.block.handlers.length === 0;
  return alone && statement?.kind === "return" ? statement.value : null;
}
