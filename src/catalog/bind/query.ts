/** Queries: which relations and columns they mean, and what columns they give (analyze.c, parse_clause.c). */
import type {
  CommonTable,
  Expr,
  FromItem,
  RelationItem,
  Select,
  Statement,
  Target,
} from "../../events/tree.ts";
import type { Place } from "../../text/source.ts";
import type { Span } from "../../text/span.ts";
import { catalogRelation } from "../builtin/index.ts";
import { type Context, placeOf, refuse, searchPathOf } from "../context.ts";
import type { BoundExpr, BoundQuery, Oid, Relation, TypeRef } from "../model.ts";
import { findRelation, schemaNamed, typeRef } from "../resolve.ts";
import { type ResultColumn, resolveCall } from "./calls.ts";
import { bindExpr, compositeColumns, outputName } from "./expression.ts";
import { type Binder, emptyScope, type OutputColumn, type Scope, type ScopeItem } from "./scope.ts";
import { catalog, commonType, isUnknown, UNDECIDED } from "./types.ts";

function newBinder(context: Context): Binder {
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
  const query = { statement, reads, bindings: binder.bindings, searchPath: searchPathOf(context), place };
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
  return {
    bound: {
      expr,
      bindings: binder.bindings,
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
  scope.items.push({ alias: "", relation: null, columns, complete: true, using: new Set() });
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
  scope.items.push({ alias: routine, relation: null, columns, complete: false, using: new Set() });
  for (const statement of statements) bindAny(binder, statement, scope);
  return binder.bindings;
}

function relationItem(relation: Relation, alias: string): ScopeItem {
  const columns = relation.columns.map((column) => ({
    name: column.name,
    type: column.type,
    address: { oid: relation.oid, column: column.number },
  }));
  return { alias, relation: relation.oid, columns, complete: !relation.assumed, using: new Set() };
}

function bindAny(binder: Binder, statement: Statement, outer: Scope | null): readonly OutputColumn[] {
  if (statement.kind === "select") return bindQuery(binder, statement, outer);
  if (statement.kind === "utility") return [];
  const scope = emptyScope(outer);
  bindCommonTables(binder, statement.ctes, scope);
  const target = bindFrom(binder, statement.target, scope);
  scope.items.push(...target);
  const assigned = (list: readonly Target[]): void => {
    for (const each of list) {
      const column = target[0]?.columns.find((candidate) => candidate.name === each.name);
      if (column?.address != null) binder.bindings.set(each, column.address);
      bindExpr(binder, each.value, scope);
    }
  };
  switch (statement.kind) {
    case "insert":
      for (const name of statement.columns) {
        const column = target[0]?.columns.find((candidate) => candidate.name === name);
        if (column?.address != null) binder.bindings.set({}, column.address);
      }
      if (statement.columns.length === 0)
        for (const column of target[0]?.columns ?? [])
          if (column.address !== null) binder.bindings.set({}, column.address);
      if (statement.source !== null) bindQuery(binder, statement.source, { ...scope, items: [] });
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

function bindCommonTables(binder: Binder, ctes: readonly CommonTable[], scope: Scope): void {
  for (const cte of ctes) {
    const { query } = cte;
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
      const type = bindExpr(binder, value.operand, scope);
      for (const column of compositeColumns(binder.context, type) ?? [])
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
    if (column.address !== null) binder.bindings.set({}, column.address);
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
      else if (column.address !== null) binder.bindings.set({}, column.address);
    }
  }
  return found;
}

/** A FROM item's rows; a join gives the items of both sides. */
function bindFrom(binder: Binder, item: FromItem, scope: Scope): readonly ScopeItem[] {
  switch (item.kind) {
    case "relation":
      return [named(bindRelation(binder, item, scope), item.columnNames)];
    case "subquery": {
      const columns = bindQuery(binder, item.query, scope);
      const whole = { alias: item.alias ?? "", relation: null, complete: true, using: new Set<string>() };
      const typed = columns.map((column) =>
        isUnknown(column.type) ? { ...column, type: catalog("text") } : column,
      );
      return [
        named({ ...whole, columns: typed.map((column) => ({ ...column, address: null })) }, item.columnNames),
      ];
    }
    case "function":
      return [bindFunctionItem(binder, item, scope)];
    case "join": {
      const left = bindFrom(binder, item.left, scope);
      const right = bindFrom(binder, item.right, { ...scope, items: [...scope.items, ...left] });
      const both = [...left, ...right];
      let using = item.using ?? [];
      if (item.natural) {
        const names = new Set(left.flatMap((each) => each.columns.map((column) => column.name)));
        using = right
          .flatMap((each) => each.columns.map((column) => column.name))
          .filter((name) => names.has(name));
      }
      for (const name of using)
        for (const each of both)
          for (const column of each.columns) {
            if (column.name === name && column.address !== null) binder.bindings.set({}, column.address);
          }
      if (item.on !== null) bindExpr(binder, item.on, { ...scope, items: [...scope.items, ...both] });
      return both.map((each) => ({ ...each, using: new Set([...each.using, ...using]) }));
    }
    case "other": {
      for (const expr of item.operands) bindExpr(binder, expr, scope);
      return [{ alias: item.alias ?? "", relation: null, columns: [], complete: false, using: new Set() }];
    }
  }
}

function named(item: ScopeItem, names: readonly string[] | undefined): ScopeItem {
  if (names === undefined || names.length === 0) return item;
  return {
    ...item,
    columns: item.columns.map((column, i) => ({ ...column, name: names[i] ?? column.name })),
  };
}

function bindRelation(binder: Binder, item: RelationItem, scope: Scope): ScopeItem {
  const { context } = binder;
  const last = item.name.at(-1) ?? "";
  const alias = item.alias ?? last;
  if (item.cte) {
    for (let level: Scope | null = scope; level !== null; level = level.outer) {
      const columns = level.ctes.get(last);
      if (columns !== undefined) return { alias, relation: null, columns, complete: true, using: new Set() };
    }
    return { alias, relation: null, columns: [], complete: false, using: new Set() };
  }
  const relation = findRelation(context, item.name);
  if (relation !== undefined) {
    binder.bindings.set(item, { oid: relation.oid });
    binder.reads.push({ relation: relation.oid, span: item.span });
    return relationItem(relation, alias);
  }
  const schema = item.name.at(-2);
  const builtIn =
    schema === undefined || schema === "pg_catalog"
      ? catalogRelation(last, context.postgresVersion)
      : schema === "information_schema"
        ? catalogRelation(last, context.postgresVersion, "information_schema")
        : null;
  if (builtIn === null && !context.assume) {
    if (schema !== undefined && schemaNamed(context.state, schema) === undefined)
      refuse(context, item.span, `schema "${schema}" does not exist`);
    refuse(context, item.span, `relation "${item.name.join(".")}" does not exist`);
  }
  const columns = (builtIn?.columns ?? []).map((column) => ({
    name: column.name,
    type: catalog(column.type),
    address: null,
  }));
  return { alias, relation: null, columns, complete: builtIn !== null, using: new Set() };
}

function bindFunctionItem(
  binder: Binder,
  item: Extract<FromItem, { kind: "function" }>,
  scope: Scope,
): ScopeItem {
  const columns: OutputColumn[] = [];
  let complete = true;
  for (const call of item.calls) {
    const type = bindExpr(binder, call, scope);
    const rows = call.kind === "call" ? callColumns(binder, call, scope) : null;
    const composite = rows ?? compositeColumns(binder.context, type);
    if (composite !== null) columns.push(...composite.map((column) => ({ ...column, address: null })));
    else if (type.base === "pg_catalog.record") complete = false;
    else {
      const name = item.calls.length === 1 && item.alias !== null ? item.alias : outputName(call);
      columns.push({ name, type, address: null });
    }
  }
  const first = item.calls[0];
  const alias = item.alias ?? (first === undefined ? "" : outputName(first));
  const names = item.columnNames ?? [];
  if (!complete && names.length > 0) {
    for (const [i, name] of names.entries())
      columns.push({ name, type: typeOfDefinition(binder, item, i), address: null });
    return { alias, relation: null, columns, complete: true, using: new Set() };
  }
  if (item.ordinality === true) columns.push({ name: "ordinality", type: catalog("int8"), address: null });
  return named({ alias, relation: null, columns, complete, using: new Set() }, names);
}

function typeOfDefinition(binder: Binder, item: Extract<FromItem, { kind: "function" }>, i: number): TypeRef {
  const type = item.columnTypes[i];
  return type === undefined ? UNDECIDED : typeRef(binder.context, type);
}

function callColumns(
  binder: Binder,
  call: Extract<Expr, { kind: "call" }>,
  scope: Scope,
): readonly ResultColumn[] | null {
  const silent: Binder = { ...binder, bindings: new Map(), reads: [] };
  const args = call.args.map((arg) => bindExpr(silent, arg.value, scope, true));
  return resolveCall(binder.context, call.name, args, call.variadic)?.columns ?? null;
}
