/** FROM: the rows that its items bring into a query (parse_clause.c). */
import type { Expr, FromItem, RelationItem } from "../../events/tree.ts";
import { catalogRelation } from "../builtin/index.ts";
import { refuse } from "../context.ts";
import type { Column, Relation, TypeRef } from "../model.ts";
import { remembered } from "../remembered.ts";
import { findRelation, schemaNamed, typeRef } from "../resolve.ts";
import { type ResultColumn, resolveCall } from "./calls.ts";
import { bindExpr, compositeColumns, outputName } from "./expression.ts";
import { type Binder, NO_NAMES, type OutputColumn, type Scope, type ScopeItem } from "./scope.ts";
import { catalog, isUnknown, UNDECIDED } from "./types.ts";
import { noteJoin } from "./uses.ts";

/** By the columns of a relation, which no other one shares. */
const rows = new WeakMap<readonly Column[], readonly OutputColumn[]>();

/** A relation under the name that a query gives it. */
export function relationItem(relation: Relation, alias: string): ScopeItem {
  const columns = remembered(rows, relation.columns, () =>
    relation.columns.map((column) => ({
      name: column.name,
      type: column.type,
      address: { oid: relation.oid, column: column.number },
    })),
  );
  return { alias, relation: relation.oid, columns, complete: !relation.assumed, using: NO_NAMES };
}
/** A FROM item's rows; a join gives the items of both sides. */
export function bindFrom(binder: Binder, item: FromItem, scope: Scope): readonly ScopeItem[] {
  switch (item.kind) {
    case "relation":
      return [named(bindRelation(binder, item, scope), item.columnNames)];
    case "subquery": {
      const columns = binder.bindQuery(binder, item.query, scope);
      const whole = { alias: item.alias ?? "", relation: null, complete: true, using: NO_NAMES };
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
            if (column.name === name && column.address !== null)
              binder.bindings.set(column.address, column.address);
          }
      if (item.natural || using.length > 0) noteJoin(binder, item.span, using, left, right);
      if (item.on !== null) bindExpr(binder, item.on, { ...scope, items: [...scope.items, ...both] });
      return both.map((each) => ({ ...each, using: new Set([...each.using, ...using]) }));
    }
    case "other": {
      for (const expr of item.operands) bindExpr(binder, expr, scope);
      return [{ alias: item.alias ?? "", relation: null, columns: [], complete: false, using: NO_NAMES }];
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
      const columns = level.ctes?.get(last);
      if (columns !== undefined) return { alias, relation: null, columns, complete: true, using: NO_NAMES };
    }
    return { alias, relation: null, columns: [], complete: false, using: NO_NAMES };
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
  return { alias, relation: null, columns, complete: builtIn !== null, using: NO_NAMES };
}

/** Results of functions that nothing but PostgreSQL itself calls. */
const UNSUPPORTED: ReadonlySet<TypeRef["base"]> = new Set(["pg_catalog.trigger", "pg_catalog.event_trigger"]);

function bindFunctionItem(
  binder: Binder,
  item: Extract<FromItem, { kind: "function" }>,
  scope: Scope,
): ScopeItem {
  const columns: OutputColumn[] = [];
  let complete = true;
  for (const call of item.calls) {
    const type = bindExpr(binder, call, scope);
    if (UNSUPPORTED.has(type.base) && !binder.context.assume)
      refuse(binder.context, call.span, `function in FROM has unsupported return type ${type.base}`);
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
    return { alias, relation: null, columns, complete: true, using: NO_NAMES };
  }
  if (item.ordinality === true) columns.push({ name: "ordinality", type: catalog("int8"), address: null });
  return named({ alias, relation: null, columns, complete, using: NO_NAMES }, names);
}

function typeOfDefinition(binder: Binder, item: Extract<FromItem, { kind: "function" }>, i: number): TypeRef {
  const type = item.columnTypes[i];
  return type === undefined ? UNDECIDED : typeRef(binder.context, type);
}

/** The columns of a call that gives rows; null: it gives a value. */
export function callColumns(
  binder: Binder,
  call: Extract<Expr, { kind: "call" }>,
  scope: Scope,
): readonly ResultColumn[] | null {
  const silent: Binder = {
    ...binder,
    bindings: new Map(),
    reads: [],
    ...(binder.note === undefined ? {} : { note: () => undefined }),
  };
  const args = call.args.map((arg) => bindExpr(silent, arg.value, scope, true));
  return resolveCall(binder.context, call.name, args, call.variadic)?.columns ?? null;
}
