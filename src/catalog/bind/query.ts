/** Queries: which relations and columns they mean, and what columns they give (analyze.c, parse_target.c). */
import type { CommonTable, Expr, Select, Statement, Target } from "../../events/tree.ts";
import type { Place } from "../../text/source.ts";
import type { Span } from "../../text/span.ts";
import { type Context, placeOf, searchPathOf } from "../context.ts";
import type { BoundExpr, BoundQuery, Oid, Relation, TypeRef } from "../model.ts";
import { type NamedFunction, namedFunctions } from "../references.ts";
import { typeRef } from "../resolve.ts";
import { bindExpr, compositeColumns, outputName } from "./expression.ts";
import { bindFrom, callColumns, relationItem } from "./from.ts";
import { qualified } from "./qualified.ts";
import { type Binder, emptyScope, NO_NAMES, type OutputColumn, type Scope } from "./scope.ts";
import { catalog, commonType, isUndecided, isUnknown, UNDECIDED } from "./types.ts";

/** A binder that has seen nothing yet. */
export function newBinder(context: Context): Binder {
  return { context, bindings: new Map(), reads: [], bindQuery };
}

/** A query with what its names mean now, and its output columns. */
export function boundQuery(
  context: Context,
  statement: Statement,
  place: Place,
): { readonly query: BoundQuery; readonly columns: readonly OutputColumn[] } {
  const binder = newBinder(context);
  const columns = statement.kind === "select" ? bindQuery(binder, statement, null) : [];
  const reads: { relation: Oid; span: Span }[] = binder.reads;
  const { tree, bindings } = qualified(context.state, statement, binder.bindings);
  const query = { statement: tree, reads, bindings, searchPath: searchPathOf(context), place };
  return {
    query,
    columns: columns.map((column) =>
      isUnknown(column.type) ? { ...column, type: catalog("text") } : column,
    ),
  };
}

/** An expression about the columns of a relation: a check, policy, default or index. `others`: NEW and OLD instead of it. */
export function boundExpr(
  context: Context,
  expr: Expr,
  relation: Relation | null,
  others: readonly string[] | null = null,
): { readonly bound: BoundExpr; readonly type: TypeRef } {
  const binder = newBinder(context);
  const scope = emptyScope(null);
  if (relation !== null) {
    if (others === null) scope.items.push(relationItem(relation, relation.name));
    for (const name of others ?? [])
      scope.items.push({ ...relationItem(relation, name), qualifiedOnly: true });
  }
  const type = bindExpr(binder, expr, scope);
  const { tree, bindings } = qualified(context.state, expr, binder.bindings);
  return {
    bound: {
      expr: tree,
      bindings,
      searchPath: searchPathOf(context),
      place: placeOf(context, expr.span),
    },
    type,
  };
}

/** A rule's action, in which NEW and OLD are rows of the relation. */
export function bindStatement(
  context: Context,
  statement: Statement,
  relation: Relation,
): BoundQuery["bindings"] {
  const binder = newBinder(context);
  const scope = emptyScope(null);
  for (const name of ["old", "new"])
    scope.items.push({ ...relationItem(relation, name), qualifiedOnly: true });
  bindAny(binder, statement, scope);
  return binder.bindings;
}

/** A condition on VALUE, as of a domain. */
export function boundValueExpr(context: Context, expr: Expr, type: TypeRef): BoundExpr {
  const binder = newBinder(context);
  const scope = emptyScope(null);
  const columns = [{ name: "value", type, address: null }];
  scope.items.push({ alias: "", relation: null, columns, complete: true, using: NO_NAMES });
  bindExpr(binder, expr, scope);
  return {
    expr,
    bindings: binder.bindings,
    searchPath: searchPathOf(context),
    place: placeOf(context, expr.span),
  };
}

/** What the names in a RETURN or BEGIN ATOMIC body mean, which is settled when it is created. */
export function bindBody(
  context: Context,
  statements: readonly Statement[],
  routine: string,
  parameters: readonly { readonly name: string | null; readonly type: TypeRef }[],
): BoundQuery["bindings"] {
  const binder = newBinder(context);
  const scope = emptyScope(null);
  const columns = parameters.flatMap(({ name, type }) =>
    name === null ? [] : [{ name, type, address: null }],
  );
  // Fields of composite parameters are named like columns.
  const complete = parameters.every(({ type }) => !isUndecided(type) && !mayHaveFields(context, type));
  scope.items.push({ alias: routine, relation: null, columns, complete, using: NO_NAMES });
  for (const statement of statements) bindAny(binder, statement, scope);
  return binder.bindings;
}

/** Composite types, domains over them, rows of tables. */
function mayHaveFields({ state }: Context, { base, array }: TypeRef): boolean {
  if (array || typeof base === "string") return false;
  const kind = state.types.get(base)?.kind;
  return kind === undefined || kind === "composite" || kind === "domain" || kind === "shell";
}

/** Binds any statement; gives its output columns. Utility statements are not looked into. */
export function bindAny(binder: Binder, statement: Statement, outer: Scope | null): readonly OutputColumn[] {
  if (statement.kind === "select") return bindQuery(binder, statement, outer);
  if (statement.kind === "utility") {
    for (const event of statement.events)
      for (const named of namedFunctions(event)) noteNamed(binder, named, statement.span);
    return [];
  }
  const scope = emptyScope(outer);
  bindCommonTables(binder, statement.ctes, scope);
  const target = bindFrom(binder, statement.target, scope);
  scope.items.push(...target);
  const assigned = (list: readonly Target[]): void => {
    for (const each of list) {
      const column = target[0]?.columns.find((candidate) => candidate.name === each.name);
      if (column?.address != null) binder.bindings.set(each, column.address);
      const from = bindExpr(binder, each.value, scope);
      if (column !== undefined) binder.noteCast?.(from, column.type, "assignment", each.value.span);
    }
  };
  switch (statement.kind) {
    case "insert":
      for (const name of statement.columns) {
        const column = target[0]?.columns.find((candidate) => candidate.name === name);
        if (column?.address != null) binder.bindings.set(column.address, column.address);
      }
      if (statement.columns.length === 0)
        for (const column of target[0]?.columns ?? [])
          if (column.address !== null) binder.bindings.set(column.address, column.address);
      if (statement.source !== null) {
        const given = bindQuery(binder, statement.source, { ...scope, items: [] });
        noteInserted(binder, statement, given, target[0]?.columns ?? []);
      }
      if (statement.conflict !== null) assigned(statement.conflict.set);
      break;
    case "update":
      for (const item of statement.from) scope.items.push(...bindFrom(binder, item, scope));
      assigned(statement.set);
      if (statement.where !== null) bindExpr(binder, statement.where, scope);
      break;
    case "delete":
      for (const item of statement.using) scope.items.push(...bindFrom(binder, item, scope));
      if (statement.where !== null) bindExpr(binder, statement.where, scope);
      break;
    case "merge":
      scope.items.push(...bindFrom(binder, statement.source, scope));
      bindExpr(binder, statement.on, scope);
      for (const action of statement.actions) {
        if (action.condition !== null) bindExpr(binder, action.condition, scope);
        assigned(action.targets);
      }
      break;
  }
  return bindTargets(binder, statement.returning, scope);
}

/** Tells of a function that is named with the types of its arguments. */
function noteNamed({ context, note }: Binder, { name, span, args }: NamedFunction, whole: Span): void {
  const [written = ""] = name;
  if (note === undefined || name.length > 1 || args === null) return;
  const given = args.map((type) => ({ type: typeRef(context, type), literal: null }));
  note({ kind: "function", name: written, span: span ?? whole, given: [given] });
}

function noteInserted(
  { noteCast }: Binder,
  { columns, source }: Extract<Statement, { kind: "insert" }>,
  given: readonly OutputColumn[],
  table: readonly OutputColumn[],
): void {
  if (noteCast === undefined || source === null) return;
  given.forEach(({ type }, i) => {
    const name = columns[i];
    const column = columns.length === 0 ? table[i] : table.find((candidate) => candidate.name === name);
    if (column !== undefined) noteCast(type, column.type, "assignment", source.span);
  });
}

function bindCommonTables(binder: Binder, ctes: readonly CommonTable[], scope: Scope): void {
  for (const cte of ctes) {
    const { query } = cte;
    scope.ctes ??= new Map();
    if (cte.recursive && query.kind === "select" && query.setOperation !== null) {
      // The recursive part sees the columns of the other.
      const first = bindQuery({ ...binder, bindings: new Map(), reads: [] }, query.setOperation.left, scope);
      scope.ctes.set(cte.name, renamed(first, cte.columns ?? []));
    }
    scope.ctes.set(cte.name, renamed(bindAny(binder, query, scope), cte.columns ?? []));
  }
}

function renamed(columns: readonly OutputColumn[], names: readonly string[]): readonly OutputColumn[] {
  return columns.map((column, i) => ({
    name: names[i] ?? column.name,
    type: isUnknown(column.type) ? catalog("text") : column.type,
    address: null,
  }));
}

function bindQuery(binder: Binder, query: Select, outer: Scope | null): readonly OutputColumn[] {
  const scope = emptyScope(outer);
  bindCommonTables(binder, query.ctes, scope);
  if (query.setOperation !== null) {
    const left = bindQuery(binder, query.setOperation.left, scope);
    const right = bindQuery(binder, query.setOperation.right, scope);
    const columns = left.map((column, i) => {
      const other = right[i];
      const type =
        other === undefined ? column.type : commonType(binder.context.state, [column.type, other.type]);
      return { name: column.name, type, address: null };
    });
    return columns;
  }
  if (query.values !== null) {
    const rows = query.values.map((row) => row.map((value) => bindExpr(binder, value, scope)));
    return (rows[0] ?? []).map((_, i) => ({
      name: `column${i + 1}`,
      type:
        rows.length === 1
          ? (rows[0]?.[i] ?? UNDECIDED)
          : commonType(
              binder.context.state,
              rows.map((row) => row[i] ?? UNDECIDED),
            ),
      address: null,
    }));
  }
  for (const item of query.from) scope.items.push(...bindFrom(binder, item, scope));
  const columns = bindTargets(binder, query.targets, scope);
  // ORDER BY and GROUP BY may name output columns.
  const outputs = new Set(columns.map((column) => column.name));
  const later = (list: readonly Expr[], first: boolean): void => {
    for (const expr of list) {
      if (
        expr.kind === "column" &&
        expr.name.length === 1 &&
        outputs.has(expr.name[0] ?? "") &&
        (first || !inScope(scope, expr.name[0] ?? ""))
      )
        continue;
      bindExpr(binder, expr, scope);
    }
  };
  if (query.where !== null) bindExpr(binder, query.where, scope);
  later(query.groupBy, false);
  if (query.having !== null) bindExpr(binder, query.having, scope);
  later(query.windows, false);
  later(query.orderBy, true);
  if (Array.isArray(query.distinct)) later(query.distinct, true);
  if (query.limit !== null) bindExpr(binder, query.limit, scope);
  if (query.offset !== null) bindExpr(binder, query.offset, scope);
  return columns;
}

const inScope = (scope: Scope, name: string): boolean =>
  scope.items.some((item) => item.columns.some((column) => column.name === name));

function bindTargets(binder: Binder, targets: readonly Target[], scope: Scope): readonly OutputColumn[] {
  const columns: OutputColumn[] = [];
  for (const target of targets) {
    const { value } = target;
    if (value.kind === "column" && value.name.at(-1) === "*") {
      columns.push(...star(binder, value, scope));
      continue;
    }
    if (value.kind === "field" && value.field === "*") {
      const { operand } = value;
      const type = bindExpr(binder, operand, scope);
      const rows = operand.kind === "call" ? callColumns(binder, operand, scope) : null;
      for (const column of rows ?? compositeColumns(binder.context, type) ?? [])
        columns.push({ ...column, address: null });
      continue;
    }
    const type = bindExpr(binder, value, scope);
    columns.push({ name: target.name ?? outputName(value), type, address: null });
  }
  return columns;
}

function star(
  binder: Binder,
  value: Extract<Expr, { kind: "column" }>,
  scope: Scope,
): readonly OutputColumn[] {
  const found: OutputColumn[] = [];
  const use = (column: OutputColumn): void => {
    found.push(column);
    if (column.address !== null) binder.bindings.set(column.address, column.address);
  };
  const qualifier = value.name.at(-2);
  if (qualifier !== undefined) {
    for (let level: Scope | null = scope; level !== null; level = level.outer) {
      const item = level.items.find((candidate) => candidate.alias === qualifier);
      if (item === undefined) continue;
      for (const column of item.columns) use(column);
      return found;
    }
    return found;
  }
  const merged = new Set<string>();
  for (const item of scope.items) {
    if (item.qualifiedOnly === true) continue;
    // Columns of JOIN USING come first and once.
    if (merged.size === 0 && scope.items.some((each) => each.using.size > 0)) {
      for (const name of new Set(scope.items.flatMap((each) => [...each.using]))) {
        const column = scope.items
          .flatMap((each) => each.columns)
          .find((candidate) => candidate.name === name);
        if (column === undefined) continue;
        merged.add(name);
        use(column);
      }
    }
    for (const column of item.columns) {
      if (!merged.has(column.name)) use(column);
      else if (column.address !== null) binder.bindings.set(column.address, column.address);
    }
  }
  return found;
}
