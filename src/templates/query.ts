/** Queries and data-modifying statements: the rows they give, and the expressions in them. */
import type {
  CommonTable,
  Expr,
  FromItem,
  Insert,
  Merge,
  Select,
  Statement,
  Target,
  Update,
} from "../events/tree.ts";
import { type Comparison, evaluateCondition, narrowed, recordAccess, tablesOf, written } from "./accesses.ts";
import { evaluate } from "./evaluate.ts";
import {
  type Frame,
  NO_ROWS,
  type RowSet,
  type RowSource,
  relationSource,
  resultSource,
  rowSetSource,
  withInfluences,
} from "./frame.ts";
import { joinValues } from "./join.ts";
import { MAX_DEPTH } from "./limits.ts";
import { refinePlain } from "./refine.ts";
import { giveUp, hasSteps } from "./state.ts";
import { derive } from "./text.ts";
import { NULL_VALUE, type Origin, originsOf, uniteOrigins, type Value } from "./value.ts";

/** Any statement that SQL code can hold. */
export function evaluateStatement(statement: Statement, frame: Frame): RowSet {
  switch (statement.kind) {
    case "select":
      return evaluateSelect(statement, frame);
    case "insert":
      return evaluateInsert(statement, frame);
    case "update":
      return evaluateUpdate(statement, frame);
    case "delete": {
      const inner = withTables(statement.ctes, frame);
      const target = relationSource(statement.target, inner);
      return modified("delete", target, statement.using, statement.where, [], statement.returning, inner);
    }
    case "merge":
      return evaluateMerge(statement, frame);
    case "utility": {
      for (const expr of statement.expressions) evaluate(expr, frame);
      for (const nested of statement.statements) evaluateStatement(nested, frame);
      return NO_ROWS;
    }
  }
}

/** A SELECT or VALUES with everything in it. */
export function evaluateSelect(select: Select, outer: Frame): RowSet {
  const { context } = outer;
  if (!hasSteps(context) || context.depth >= MAX_DEPTH) {
    giveUp(context, select.span, "query not followed: too deep or too much");
    return NO_ROWS;
  }
  context.depth++;
  const rows = selectRows(select, withTables(select.ctes, outer));
  context.depth--;
  return rows;
}

/** The frame with the WITH queries of a statement. */
function withTables(ctes: readonly CommonTable[], frame: Frame): Frame {
  if (ctes.length === 0) return frame;
  const known = new Map(frame.ctes);
  let inner: Frame = { ...frame, ctes: known };
  for (const cte of ctes) {
    if (cte.recursive && cte.query.kind === "select" && cte.query.setOperation !== null) {
      // The first part gives the rows that the second starts from.
      known.set(cte.name, renamed(evaluateSelect(cte.query.setOperation.left, inner), cte));
    }
    known.set(cte.name, renamed(evaluateStatement(cte.query, inner), cte));
    inner = { ...inner, ctes: known };
  }
  return inner;
}

/** `WITH c (x, y)` */
function renamed(rows: RowSet, { columns: names = [] }: CommonTable): RowSet {
  if (names.length === 0 || rows.stars.length > 0) return rows;
  const columns = rows.columns.map(({ name, value }, i) => ({ name: names[i] ?? name, value }));
  return { ...rows, columns };
}

function selectRows(select: Select, outer: Frame): RowSet {
  if (select.setOperation !== null) {
    const { left, right } = select.setOperation;
    return eitherRows(evaluateSelect(left, outer), evaluateSelect(right, outer));
  }
  const sources: RowSource[] = [];
  const outside: Frame = { ...outer, rows: { outer: outer.rows, sources } };
  const conditions: Expr[] = [];
  for (const item of select.from) addItem(item, outside, sources, conditions);
  if (select.where !== null) conditions.push(select.where);
  if (select.having !== null) conditions.push(select.having);
  const frame = narrowed(outside);
  const compared: Comparison[] = [];
  const influences = uniteOrigins(
    conditions.map((condition) => influencesOf(evaluateCondition(condition, outside, compared))),
  );
  for (const { name, span } of tablesOf(sources))
    recordAccess({ command: "select", relation: name, span, compared }, frame);
  // What WHERE asks holds for the rows that come.
  for (const condition of conditions) refinePlain(condition, frame);
  for (const expr of [...select.groupBy, ...select.windows, ...select.orderBy]) evaluate(expr, frame);
  for (const expr of [select.limit, select.offset]) if (expr !== null) evaluate(expr, frame);
  if (select.distinct !== false && select.distinct !== true)
    for (const expr of select.distinct) evaluate(expr, frame);
  if (select.values !== null) return valuesRows(select.values, frame);
  return targetRows(select.targets, frame, influences);
}

function influencesOf(condition: Value): readonly Origin[] {
  const single = condition.pieces?.[0];
  const inner = single?.kind === "hole" ? single.influences : [];
  return uniteOrigins([originsOf(condition), inner]);
}

function valuesRows(values: readonly (readonly Expr[])[], frame: Frame): RowSet {
  let joined: Value[] | null = null;
  for (const row of values) {
    const current = row.map((expr) => evaluate(expr, frame));
    joined =
      joined === null ? current : joined.map((value, i) => joinValues(value, current[i] ?? NULL_VALUE));
  }
  return {
    columns: (joined ?? []).map((value, i) => ({ name: `column${i + 1}`, value })),
    stars: [],
    influences: [],
  };
}

function eitherRows(left: RowSet, right: RowSet): RowSet {
  const columns = left.columns.map((column, i) => {
    const other = right.columns[i];
    return other === undefined ? column : { name: column.name, value: joinValues(column.value, other.value) };
  });
  return {
    columns: columns.length > 0 ? columns : right.columns,
    stars: [...left.stars, ...right.stars],
    influences: uniteOrigins([left.influences, right.influences]),
  };
}

function targetRows(targets: readonly Target[], frame: Frame, influences: readonly Origin[]): RowSet {
  const columns: RowSet["columns"][number][] = [];
  const stars: RowSource[] = [];
  for (const target of targets) {
    const { value: expr } = target;
    if (expr.kind === "column" && expr.name.at(-1) === "*") {
      const name = expr.name.at(-2);
      const sources = frame.rows?.sources ?? [];
      const meant = name === undefined ? sources : sources.filter((source) => source.name === name);
      stars.push(...meant);
      if (meant.length > 0) continue;
    }
    const value = withInfluences(evaluate(expr, frame), influences);
    columns.push({ name: target.name ?? outputName(expr), value });
  }
  return { columns, stars, influences };
}

/** The name that PostgreSQL gives an output column. */
function outputName(expr: Expr): string | null {
  switch (expr.kind) {
    case "column":
      return expr.name.at(-1) ?? null;
    case "call":
      return expr.name.at(-1) ?? null;
    case "cast":
      return outputName(expr.operand) ?? expr.type.name.at(-1) ?? null;
    case "field":
    case "subscript":
      return expr.field ?? outputName(expr.operand);
    case "session-value":
      return expr.name;
    case "coalesce":
    case "greatest":
    case "least":
    case "row":
    case "array":
    case "case":
      return expr.kind;
    case "subquery":
      return expr.form === "exists" ? "exists" : expr.form === "array" ? "array" : null;
    default:
      return null;
  }
}

function addItem(item: FromItem, frame: Frame, sources: RowSource[], conditions: Expr[]): void {
  switch (item.kind) {
    case "relation": {
      const rows = item.cte ? frame.ctes.get(item.name.at(-1) ?? "") : undefined;
      const alias = item.alias ?? item.name.at(-1) ?? null;
      sources.push(
        rows === undefined ? relationSource(item, frame) : rowSetSource(rows, alias, item.columnNames),
      );
      return;
    }
    case "subquery": {
      const rows = evaluateSelect(
        item.query,
        item.lateral ? frame : { ...frame, rows: frame.rows?.outer ?? null },
      );
      sources.push(rowSetSource(rows, item.alias, item.columnNames));
      return;
    }
    case "function": {
      const values = item.calls.map((call) => evaluate(call, frame));
      const first = item.calls[0];
      const name = item.alias ?? (first?.kind === "call" ? (first.name.at(-1) ?? null) : null);
      const [only] = values;
      const value = values.length === 1 && only !== undefined ? only : derive(item.span, values);
      sources.push(resultSource(value, name, item.columnNames ?? [], frame.context.lookup));
      return;
    }
    case "join": {
      addItem(item.left, frame, sources, conditions);
      addItem(item.right, frame, sources, conditions);
      if (item.on !== null) conditions.push(item.on);
      if (item.alias !== null) {
        const inner = [...sources];
        sources.push({
          name: item.alias,
          table: null,
          columns: new Map(inner.flatMap((source) => [...source.columns])),
          other: (column, span) =>
            derive(
              span,
              inner.flatMap((source) => source.other?.(column, span) ?? []),
            ),
        });
      }
      return;
    }
    case "other": {
      const values = item.operands.map((operand) => evaluate(operand, frame));
      const { span } = item;
      sources.push({ name: item.alias, columns: new Map(), other: () => derive(span, values), table: null });
      return;
    }
  }
}

/** A modified table with what is read beside it; rows are those of RETURNING. */
function modified(
  command: "update" | "delete" | "merge",
  target: RowSource,
  from: readonly FromItem[],
  where: Expr | null,
  set: readonly Target[],
  returning: readonly Target[],
  outer: Frame,
): RowSet {
  const sources: RowSource[] = [target];
  const frame: Frame = { ...outer, rows: { outer: outer.rows, sources } };
  const conditions: Expr[] = [];
  for (const item of from) addItem(item, frame, sources, conditions);
  if (where !== null) conditions.push(where);
  const compared: Comparison[] = [];
  const influences = uniteOrigins(
    conditions.map((condition) => influencesOf(evaluateCondition(condition, frame, compared))),
  );
  const given = set.map((assigned) => written(assigned.name, evaluate(assigned.value, frame), frame.state));
  for (const table of tablesOf(sources)) {
    const own = table === target.table;
    recordAccess(
      {
        command: own ? command : "select",
        relation: table.name,
        span: table.span,
        compared,
        written: own ? given : [],
      },
      frame,
    );
  }
  return targetRows(returning, frame, influences);
}

function evaluateInsert(insert: Insert, outer: Frame): RowSet {
  const frame = withTables(insert.ctes, outer);
  const target = relationSource(insert.target, frame);
  const rows = insert.source === null ? NO_ROWS : evaluateSelect(insert.source, frame);
  if (insert.conflict !== null) {
    const excluded: RowSource = { ...target, name: "excluded" };
    const inner: Frame = { ...frame, rows: { outer: frame.rows, sources: [target, excluded] } };
    const set = insert.conflict.set.map((assigned) =>
      written(assigned.name, evaluate(assigned.value, inner), frame.state),
    );
    const { name: relation, span } = insert.target;
    if (set.length > 0)
      recordAccess({ command: "update", relation, span, compared: [], written: set }, frame);
    for (const expr of insert.conflict.targetExprs) evaluate(expr, inner);
    if (insert.conflict.where !== null) evaluate(insert.conflict.where, inner);
  }
  const given = rows.columns.map((column, i) =>
    written(insert.columns[i] ?? null, column.value, frame.state),
  );
  const { name: relation, span } = insert.target;
  recordAccess({ command: "insert", relation, span, compared: [], written: given }, frame);
  const sources: readonly RowSource[] = [target];
  return targetRows(insert.returning, { ...frame, rows: { outer: frame.rows, sources } }, []);
}

function evaluateUpdate(update: Update, outer: Frame): RowSet {
  const frame = withTables(update.ctes, outer);
  const target = relationSource(update.target, frame);
  return modified("update", target, update.from, update.where, update.set, update.returning, frame);
}

function evaluateMerge(merge: Merge, outer: Frame): RowSet {
  const frame = withTables(merge.ctes, outer);
  const target = relationSource(merge.target, frame);
  const set: Target[] = merge.actions.flatMap((action) => [
    ...(action.condition === null ? [] : [{ name: null, value: action.condition }]),
    ...action.targets,
  ]);
  return modified("merge", target, [merge.source], merge.on, set, merge.returning, frame);
}
