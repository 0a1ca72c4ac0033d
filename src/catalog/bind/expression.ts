/** Expressions: what their names mean and which type they have (parse_expr.c). */
import type { Expr } from "../../events/tree.ts";
import { catalogType, isCatalogRelation } from "../builtin/index.ts";
import { type Context, refuse } from "../context.ts";
import type { TypeRef } from "../model.ts";
import { splitName } from "../name-text.ts";
import { findRelation, typeRef } from "../resolve.ts";
import { type ResultColumn, resolveCall, resolveOperator } from "./calls.ts";
import type { Binder, OutputColumn, Scope, ScopeItem } from "./scope.ts";
import {
  baseType,
  catalog,
  catalogName,
  commonType,
  isUndecided,
  UNDECIDED,
  UNKNOWN,
  withoutModifier,
} from "./types.ts";
import { noteCall, noteCase, noteOperators, noteSubquery, operand } from "./uses.ts";

const BOOL = catalog("bool");
const INT = catalog("int4");

/** Binds the names in an expression and infers its type. `silent`: columns that are not found are no error. */
export function bindExpr(binder: Binder, expr: Expr, scope: Scope, silent = false): TypeRef {
  const { context } = binder;
  switch (expr.kind) {
    case "string":
    case "null":
      return UNKNOWN;
    case "number":
      return numberType(expr.value);
    case "boolean":
      return BOOL;
    case "column":
      return bindColumn(binder, expr, scope, silent);
    case "parameter":
      return binder.parameters?.[expr.number - 1] ?? UNDECIDED;
    case "call": {
      const args = expr.args.map((arg) => bindExpr(binder, arg.value, scope, silent));
      if (expr.filter !== null) bindExpr(binder, expr.filter, scope, silent);
      for (const inner of expr.order) bindExpr(binder, inner, scope, silent);
      for (const inner of expr.window ?? []) bindExpr(binder, inner, scope, silent);
      noteCall(binder, expr, args);
      const resolved = resolveCall(context, expr.name, args, expr.variadic);
      registered(binder, expr);
      if (binder.note !== undefined && args.some(isUndecided)) return UNDECIDED;
      if (resolved !== null) {
        if (resolved.routine !== null) binder.bindings.set(expr, { oid: resolved.routine });
        return resolved.type;
      }
      // `t.f` and `text(x)`: a type's name as a function.
      const [only] = expr.args;
      if (only !== undefined && expr.args.length === 1) {
        const name = expr.name.at(-1) ?? "";
        if (expr.name.length === 1 && catalogType(name) !== null) return catalog(name);
        const column = compositeColumns(context, args[0] ?? UNDECIDED)?.find(
          (candidate) => candidate.name === name,
        );
        if (column !== undefined) return column.type;
      }
      if (
        !context.assume &&
        !silent &&
        expr.name.length <= 2 &&
        !args.some(isUndecided) &&
        !expr.grammar &&
        !expr.args.some((arg) => arg.name !== null)
      ) {
        refuse(context, expr.span, `function ${expr.name.join(".")} does not exist`);
      }
      return UNDECIDED;
    }
    case "operator": {
      const types = bindAll(binder, expr.operands, scope, silent);
      if (binder.note !== undefined) noteOperators(binder, expr, types, quiet(binder, scope));
      if (binder.note !== undefined && expr.form === "plain" && types.some(isUndecided)) return UNDECIDED;
      switch (expr.form) {
        case "nullif":
          return withoutModifier(types[0] ?? UNDECIDED);
        case "plain": {
          const found = resolveOperator(context, expr.name, types);
          if (found?.operator != null) binder.bindings.set({}, { oid: found.operator });
          if (found === null && !context.assume && !silent && !types.some(isUndecided)) {
            refuse(context, expr.span, `operator does not exist: ${expr.name.join(".")}`);
          }
          return found?.type ?? UNDECIDED;
        }
        default:
          return BOOL;
      }
    }
    case "cast": {
      const from = bindExpr(binder, expr.operand, scope, silent);
      const type = typeRef(context, expr.type);
      binder.noteCast?.(from, type, "explicit", expr.span);
      if (typeof type.base === "number") binder.bindings.set(expr.type, { oid: type.base });
      if (expr.operand.kind === "string" && catalogName(type) === "regclass")
        bindRelationName(binder, expr.operand);
      return type;
    }
    case "and":
    case "or":
    case "not":
      for (const operand of expr.operands) bindExpr(binder, operand, scope, silent);
      return BOOL;
    case "is":
      bindExpr(binder, expr.operand, scope, silent);
      return BOOL;
    case "case": {
      const subject = expr.subject === null ? null : bindExpr(binder, expr.subject, scope, silent);
      const whens = expr.branches.map(({ when }) => operand(when, bindExpr(binder, when, scope, silent)));
      if (subject !== null) noteCase(binder, expr.span, subject, whens);
      const results = expr.branches.map((branch) => bindExpr(binder, branch.then, scope, silent));
      const otherwise = expr.otherwise === null ? [] : [bindExpr(binder, expr.otherwise, scope, silent)];
      return commonType(context.state, [...otherwise, ...results]);
    }
    case "coalesce":
    case "greatest":
    case "least":
      return commonType(context.state, bindAll(binder, expr.operands, scope, silent));
    case "row":
      for (const operand of expr.operands) bindExpr(binder, operand, scope, silent);
      return catalog("record");
    case "array": {
      const element = commonType(context.state, bindAll(binder, expr.operands, scope, silent));
      return { ...element, array: true };
    }
    case "session-value":
      return SESSION_VALUES.get(expr.name) ?? UNDECIDED;
    case "subquery": {
      if (expr.test !== null) bindExpr(binder, expr.test, scope, silent);
      const columns = binder.bindQuery(binder, expr.query, scope);
      const first = columns[0]?.type ?? UNDECIDED;
      if (binder.note !== undefined) {
        const types = columns.map((column) => column.type);
        noteSubquery(binder, expr, types, quiet(binder, scope));
      }
      const type = first.base === UNKNOWN.base ? catalog("text") : first;
      if (expr.form === "scalar") return type;
      return expr.form === "array" ? { ...type, array: true } : BOOL;
    }
    case "field": {
      const type = bindExpr(binder, expr.operand, scope, silent);
      const column = compositeColumns(context, type)?.find((candidate) => candidate.name === expr.field);
      return column?.type ?? UNDECIDED;
    }
    case "subscript": {
      const type = baseType(context.state, bindExpr(binder, expr.operand, scope, silent));
      for (const inner of expr.subscripts ?? []) bindExpr(binder, inner, scope, silent);
      if (catalogName(type) === "jsonb") return type;
      if ((expr.subscripts ?? []).length > 1) return type;
      return type.array ? { ...type, array: false } : UNDECIDED;
    }
    case "other": {
      const types = bindAll(binder, expr.operands, scope, silent);
      for (const type of expr.types ?? []) {
        const ref = typeRef(context, type);
        if (typeof ref.base === "number") binder.bindings.set(type, { oid: ref.base });
      }
      if (expr.what === "CollateClause") return types[0] ?? UNDECIDED;
      if (expr.what === "XmlExpr") return catalog("xml");
      const [declared] = expr.types ?? [];
      return declared === undefined ? UNDECIDED : typeRef(context, declared);
    }
  }
}

function bindAll(binder: Binder, exprs: readonly Expr[], scope: Scope, silent: boolean): readonly TypeRef[] {
  return exprs.map((expr) => bindExpr(binder, expr, scope, silent));
}

/** Gives the type of what is bound, and told of, elsewhere. */
function quiet(binder: Binder, scope: Scope): (expr: Expr) => TypeRef {
  return (expr) =>
    bindExpr({ ...binder, bindings: new Map(), reads: [], note: () => undefined }, expr, scope, true);
}

const INTEGER = /^(?:[\d_]+|0x[\da-f_]+|0o[0-7_]+|0b[01_]+)$/i;
/** Longer ones, binary and with underscores, are no bigint; but for leading zeros. */
const LONGEST_INTEGER = 130;

function numberType(value: string): TypeRef {
  if (/^\d{1,9}$/.test(value)) return INT;
  if (!INTEGER.test(value) || value.length > LONGEST_INTEGER) return catalog("numeric");
  const number = BigInt(value.replaceAll("_", ""));
  if (number <= 2147483647n) return INT;
  return catalog(number <= 9223372036854775807n ? "int8" : "numeric");
}

const SESSION_VALUES: ReadonlyMap<string, TypeRef> = new Map([
  ["current_date", catalog("date")],
  ["current_time", catalog("timetz")],
  ["current_timestamp", catalog("timestamptz")],
  ["localtime", catalog("time")],
  ["localtimestamp", catalog("timestamp")],
  ["current_role", catalog("name")],
  ["current_user", catalog("name")],
  ["user", catalog("name")],
  ["session_user", catalog("name")],
  ["current_catalog", catalog("name")],
  ["current_schema", catalog("name")],
]);

const SYSTEM_COLUMNS: ReadonlyMap<string, TypeRef> = new Map([
  ["ctid", catalog("tid")],
  ["tableoid", catalog("oid")],
  ["xmin", catalog("xid")],
  ["xmax", catalog("xid")],
  ["cmin", catalog("cid")],
  ["cmax", catalog("cid")],
]);

type ColumnExpr = Extract<Expr, { kind: "column" }>;

function useColumn(binder: Binder, expr: ColumnExpr, column: OutputColumn): TypeRef {
  if (column.address !== null) binder.bindings.set(expr, column.address);
  return column.type;
}

function useRow(binder: Binder, expr: ColumnExpr, { relation }: ScopeItem): TypeRef {
  if (relation === null) return catalog("record");
  binder.bindings.set(expr, { oid: relation });
  return { base: relation, array: false };
}

function bindColumn(binder: Binder, expr: ColumnExpr, scope: Scope, silent: boolean): TypeRef {
  const { name } = expr;
  const last = name.at(-1) ?? "";
  let complete = true;
  for (let level: Scope | null = scope; level !== null; level = level.outer) {
    if (name.length === 1) {
      for (const item of level.items) {
        if (item.qualifiedOnly === true) continue;
        const column = item.columns.find((candidate) => candidate.name === last);
        if (column !== undefined) return useColumn(binder, expr, column);
        if (!item.complete) complete = false;
      }
      const row = level.items.find((item) => item.alias === last);
      if (row !== undefined) return useRow(binder, expr, row);
      // It may be a column that is not known here.
      if (!complete && binder.note !== undefined) return UNDECIDED;
    } else {
      const item =
        level.items.find((candidate) => candidate.alias === name.at(-2)) ??
        level.items.find((candidate) => candidate.alias === name.at(-3));
      if (item !== undefined) {
        if (last === "*") return useRow(binder, expr, item);
        const inner = item.alias === name.at(-2) ? last : (name.at(-2) ?? "");
        const column = item.columns.find((candidate) => candidate.name === inner);
        if (column !== undefined) {
          const type = useColumn(binder, expr, column);
          if (inner === last) return type;
          return (
            compositeColumns(binder.context, type)?.find((candidate) => candidate.name === last)?.type ??
            UNDECIDED
          );
        }
        if (!item.complete) complete = false;
        if (item.relation !== null && complete) {
          const system = SYSTEM_COLUMNS.get(last);
          if (system !== undefined) return system;
          // `t.f` may be a function of the row.
          const row = resolveCall(binder.context, [last], [{ base: item.relation, array: false }]);
          if (row?.routine != null) {
            binder.bindings.set(expr, { oid: row.routine });
            return row.type;
          }
        }
        if (complete && !silent && !binder.context.assume)
          refuse(binder.context, expr.span, `column ${name.join(".")} does not exist`);
        return UNDECIDED;
      }
      // Perhaps a field of a composite parameter.
      if (level.items.some((candidate) => candidate.relation === null && !candidate.complete))
        complete = false;
    }
  }
  const system = SYSTEM_COLUMNS.get(last);
  if (system !== undefined) return system;
  if (complete && !silent && !binder.context.assume)
    refuse(binder.context, expr.span, `column "${name.join(".")}" does not exist`);
  return UNDECIDED;
}

/** Columns of a composite type or of a relation's row; null for other types. */
export function compositeColumns(context: Context, type: TypeRef): readonly ResultColumn[] | null {
  const base = baseType(context.state, type);
  if (typeof base.base !== "number" || base.array) return null;
  const relation = context.state.relations.get(base.base);
  if (relation !== undefined) return relation.columns;
  const composite = context.state.types.get(base.base);
  return composite?.kind === "composite" ? composite.attributes : null;
}

/** FigureColname() */
export function outputName(expr: Expr): string {
  const found = nameStrength(expr);
  return found?.name ?? "?column?";
}

function nameStrength(expr: Expr): { readonly name: string; readonly strong: boolean } | null {
  const strong = (name: string) => ({ name, strong: true });
  switch (expr.kind) {
    case "column": {
      const name = expr.name.filter((part) => part !== "*").at(-1);
      return name === undefined ? null : strong(name);
    }
    case "field":
      return expr.field === undefined || expr.field === "*" ? nameStrength(expr.operand) : strong(expr.field);
    case "subscript":
      return nameStrength(expr.operand);
    case "call":
      return strong(grammarName(expr));
    case "operator":
      return expr.form === "nullif" ? strong("nullif") : null;
    case "cast": {
      const inner = nameStrength(expr.operand);
      if (inner?.strong === true) return inner;
      return { name: expr.type.name.at(-1) ?? "?column?", strong: false };
    }
    case "boolean":
      return { name: "bool", strong: false };
    case "case": {
      const inner = expr.otherwise === null ? null : nameStrength(expr.otherwise);
      return inner?.strong === true ? inner : { name: "case", strong: false };
    }
    case "array":
      return strong("array");
    case "row":
      return strong("row");
    case "coalesce":
    case "greatest":
    case "least":
      return strong(expr.kind);
    case "session-value":
      return strong(expr.name);
    case "subquery":
      if (expr.form === "exists" || expr.form === "array") return strong(expr.form);
      if (expr.form === "scalar") {
        let query = expr.query;
        while (query.setOperation !== null) query = query.setOperation.left;
        const [target] = query.targets;
        if (target === undefined) return null;
        return target.name !== null ? strong(target.name) : nameStrength(target.value);
      }
      return null;
    case "other":
      return expr.what === "CollateClause" && expr.operands[0] !== undefined
        ? nameStrength(expr.operands[0])
        : null;
    default:
      return null;
  }
}

/** EXTRACT, TRIM … are named after the functions that the grammar makes of them. */
function grammarName(expr: Extract<Expr, { kind: "call" }>): string {
  return expr.name.at(-1) ?? "?column?";
}

const TAKES_RELATION: ReadonlySet<string> = new Set(["nextval", "currval", "setval"]);

/** `nextval('s')` holds the sequence itself, so it follows a rename and DROP finds it. */
function registered(binder: Binder, expr: Extract<Expr, { kind: "call" }>): void {
  const [arg] = expr.args;
  if (arg?.value.kind === "string" && TAKES_RELATION.has(expr.name.at(-1) ?? ""))
    bindRelationName(binder, arg.value);
}

function bindRelationName(binder: Binder, constant: Extract<Expr, { kind: "string" }>): void {
  const name = splitName(constant.value);
  const relation = findRelation(binder.context, name);
  const [last = "", schema = "pg_catalog"] = [...name].reverse();
  const builtIn =
    (schema === "pg_catalog" && isCatalogRelation(last)) ||
    (schema === "information_schema" && isCatalogRelation(`${schema}.${last}`));
  // A number or `-` stands for no name.
  const unnamed = /^(?:\d+|-)$/.test(constant.value);
  if (relation !== undefined) binder.bindings.set(constant, { oid: relation.oid });
  else if (!binder.context.assume && !builtIn && !unnamed)
    refuse(binder.context, constant.span, `relation "${constant.value}" does not exist`);
}
