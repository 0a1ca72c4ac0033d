/** Tables by whose rows policies of other tables decide: who is a member of what. */
import type { Catalog } from "../catalog/catalog.ts";
import type { Oid, Relation, Routine } from "../catalog/model.ts";
import { remembered } from "../catalog/remembered.ts";
import type { Body, Expr, FromItem, Query } from "../events/tree.ts";
import { walkExpr } from "../events/walk.ts";
import type { Place } from "../text/source.ts";
import { pathOf } from "./definers.ts";
import { saysWho } from "./owner-columns.ts";
import { returned } from "./policies.ts";
import { selectedValue, sessionValue } from "./session-values.ts";

/** A question that a row of the table answers: is the caller a member of this group? */
export interface Membership {
  readonly table: Relation;
  /** What is compared with the caller. */
  readonly member: string;
  /** What is compared with the row that is judged. */
  readonly group: string;
  /** Other columns that the question is about, such as a role or a status. */
  readonly others: ReadonlySet<string>;
}

export interface AskedMembership extends Membership {
  /** The table whose policy asks first. */
  readonly by: Relation;
  readonly place: Place;
}

interface Source {
  readonly catalog: Catalog;
  body(routine: Routine): Body;
}

/** A routine that a policy calls may call another, and so on. */
const MOST_CALLS = 8;
const DEPTH = 50;
/** Tables that one question is put to: of more it is not made out what ties them to the caller. */
const MOST_TABLES = 16;
/** Different questions about one table that are kept. */
const MOST_ASKED = 16;

/** By table, what policies of other tables ask of it where the answer yes lets rows pass. */
export function askedMemberships(source: Source): ReadonlyMap<Oid, readonly AskedMembership[]> {
  const { catalog } = source;
  const inRoutines = new Map<Oid, readonly Membership[]>();
  const found = new Map<Oid, Map<string, AskedMembership>>();
  for (const policy of catalog.state.policies.all()) {
    const by = catalog.state.relations.get(policy.relation);
    if (by === undefined || !by.rowSecurity.value) continue;
    for (const bound of [policy.using, policy.withCheck]) {
      if (bound === null) continue;
      const scope = { source, path: bound.searchPath, inRoutines };
      for (const one of askedIn(bound.expr, scope, 0, 0)) {
        const asked = remembered(found, one.table.oid, () => new Map<string, AskedMembership>());
        const key = [one.member, one.group, ...one.others].join("\0");
        if (one.table === by || asked.has(key) || asked.size >= MOST_ASKED) continue;
        asked.set(key, { ...one, by, place: { source: bound.place.source, span: bound.expr.span } });
      }
    }
  }
  return new Map([...found].map(([oid, asked]) => [oid, [...asked.values()]]));
}

interface Scope {
  readonly source: Source;
  readonly path: readonly string[];
  readonly inRoutines: Map<Oid, readonly Membership[]>;
}

/** Where the expression, when true, has found a row: not under NOT. */
function askedIn(expr: Expr, scope: Scope, calls: number, depth: number): readonly Membership[] {
  if (depth > DEPTH) return [];
  const inner = (part: Expr) => askedIn(part, scope, calls, depth + 1);
  switch (expr.kind) {
    case "and":
    case "or":
      return expr.operands.flatMap(inner);
    case "cast":
      return inner(expr.operand);
    case "coalesce":
      return expr.operands.slice(0, 1).flatMap(inner);
    case "operator":
      return (expr.form === "plain" && expr.name.at(-1) === "=") || expr.form === "any"
        ? expr.operands.flatMap(inner)
        : [];
    case "subquery": {
      const { query, form } = expr;
      const value = selectedValue(expr);
      if (value !== null) return inner(value);
      return form === "all" ? [] : askedBy(query, scope, calls, depth + 1);
    }
    case "call":
      return calls >= MOST_CALLS ? [] : askedByCall(expr, scope, calls);
    default:
      return [];
  }
}

function askedByCall(
  call: Extract<Expr, { readonly kind: "call" }>,
  { source, path, inRoutines }: Scope,
  calls: number,
): readonly Membership[] {
  const [routine, ...others] = source.catalog.resolveRoutines(call.name, path);
  if (routine === undefined || others.length > 0 || routine.assumed) return [];
  const known = inRoutines.get(routine.oid);
  if (known !== undefined) return known;
  inRoutines.set(routine.oid, []);
  const value = returned(source.body(routine));
  const asked =
    value === null
      ? []
      : askedIn(value, { source, path: pathOf(source.catalog, routine), inRoutines }, calls + 1, 0);
  inRoutines.set(routine.oid, asked);
  return asked;
}

function askedBy(query: Query, scope: Scope, calls: number, depth: number): readonly Membership[] {
  if (query.setOperation !== null || query.groupBy.length > 0) return [];
  const conditions: Expr[] = query.where === null ? [] : [query.where];
  const tables: { readonly alias: string; readonly table: Relation }[] = [];
  const found: Membership[] = [];
  const open: FromItem[] = [...query.from];
  for (let item = open.pop(); item !== undefined; item = open.pop()) {
    if (item.kind === "join") {
      if (item.join !== "inner") return [];
      if (item.on !== null) conditions.push(item.on);
      open.push(item.left, item.right);
    } else if (item.kind === "relation" && !item.cte) {
      const table = scope.source.catalog.resolveRelation(item.name, scope.path);
      if (table !== undefined) tables.push({ alias: item.alias ?? table.name, table });
    }
  }
  const parts = conditions.flatMap(conjuncts);
  for (const part of parts) found.push(...askedIn(part, scope, calls, depth + 1));
  for (const { alias, table } of tables.length > MOST_TABLES ? [] : tables) {
    const columnOf = (expr: Expr | undefined): string | null => {
      if (expr?.kind !== "column" || expr.name.length > 2) return null;
      const [qualifier, name] = expr.name.length === 2 ? expr.name : [null, expr.name[0]];
      const is = table.columns.some((column) => column.name === name);
      return is && (qualifier === alias || (qualifier === null && tables.length === 1))
        ? (name ?? null)
        : null;
    };
    const question = questionOf(query, parts, columnOf);
    if (question !== null) found.push({ table, ...question });
  }
  return found;
}

function questionOf(
  query: Query,
  parts: readonly Expr[],
  columnOf: (expr: Expr | undefined) => string | null,
): Omit<Membership, "table"> | null {
  let member: string | null = null;
  const groups: string[] = [];
  const others = new Set<string>();
  for (const part of parts) {
    const sides = equated(part);
    const [left = null, right = null] = sides.map(columnOf);
    const column = left ?? right;
    const other = sides[left === null ? 0 : 1];
    if (column !== null && (left === null || right === null) && other !== undefined) {
      const session = sessionValue(other);
      if (session !== null && saysWho(session)) {
        member = column;
        continue;
      }
      if (other.kind === "column" || other.kind === "parameter") {
        groups.push(column);
        continue;
      }
    }
    walkExpr(part, {
      expr(expr) {
        const name = columnOf(expr);
        if (name !== null) others.add(name);
      },
    });
  }
  if (groups.length === 0 && query.targets.length === 1) {
    const selected = columnOf(query.targets[0]?.value);
    if (selected !== null) groups.push(selected);
  }
  const [group, ...more] = groups;
  if (member === null || group === undefined || group === member || more.length > 0) return null;
  return { member, group, others };
}

function conjuncts(expr: Expr): readonly Expr[] {
  const found: Expr[] = [];
  const open = [expr];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (next.kind === "and") open.push(...next.operands);
    else found.push(next);
  }
  return found;
}

/** Both sides of `a = b`, without casts and `(SELECT …)` around a value. */
function equated(expr: Expr): readonly Expr[] {
  if (expr.kind !== "operator" || expr.form !== "plain" || expr.name.at(-1) !== "=") return [];
  return expr.operands.map((operand) => {
    let inner = operand;
    for (;;) {
      const next = inner.kind === "cast" ? inner.operand : selectedValue(inner);
      if (next === null) return inner;
      inner = next;
    }
  });
}
