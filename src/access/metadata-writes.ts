/** Triggers that take what users write about themselves into columns that say what they may do. */
import type { Catalog } from "../catalog/catalog.ts";
import type { Relation, Routine } from "../catalog/model.ts";
import type { Body, Expr } from "../events/tree.ts";
import { walkBody, walkExpr } from "../events/walk.ts";
import type { Span } from "../text/span.ts";
import { pathOf } from "./definers.ts";
import { privilegeColumns } from "./privilege-columns.ts";
import { userMetadataIn } from "./user-metadata.ts";

export interface MetadataWrite {
  readonly table: Relation;
  readonly column: string;
  readonly span: Span;
}

/** What a routine of a trigger stores of `raw_user_meta_data` in a column of rights, unless it compares the value with anything. */
export function metadataWrites(catalog: Catalog, routine: Routine, body: Body): readonly MetadataWrite[] {
  if (body.language !== "plpgsql" || !mentions(body)) return [];
  const variables = metadataVariables(body);
  const source = (expr: Expr): Span | null => chosen(expr, variables);
  if (isChecked(body, source)) return [];
  const found: MetadataWrite[] = [];
  walkBody(body, {
    statement(statement) {
      if (statement.kind !== "insert" && statement.kind !== "update") return;
      const table = catalog.resolveRelation(statement.target.name, pathOf(catalog, routine));
      if (table === undefined) return;
      const rights = new Set(privilegeColumns(catalog, table, "id"));
      const given: (readonly [string, Expr])[] = [];
      if (statement.kind === "update")
        for (const { name, value } of statement.set) given.push([name ?? "", value]);
      else if (statement.source !== null) {
        const { values, targets } = statement.source;
        const columns =
          statement.columns.length > 0 ? statement.columns : table.columns.map(({ name }) => name);
        for (const row of values ?? [targets.map(({ value }) => value)]) {
          for (const [index, value] of row.entries()) given.push([columns[index] ?? "", value]);
        }
      }
      for (const [column, value] of given) {
        const span = rights.has(column) ? source(value) : null;
        if (span !== null) found.push({ table, column, span });
      }
    },
  });
  return found;
}

function mentions(body: Body): boolean {
  let found = false;
  walkBody(body, {
    expr(expr) {
      found ||= expr.kind === "column" && expr.name.at(-1) === "raw_user_meta_data";
      return !found;
    },
  });
  return found;
}

/** Variables that get such a value anywhere. */
function metadataVariables(body: Body): ReadonlySet<string> {
  const found = new Set<string>();
  walkBody(body, {
    plpgsql(statement) {
      const store = (name: string, value: Expr | null): void => {
        if (value !== null && chosen(value, found) !== null) found.add(name);
      };
      if (statement.kind === "block")
        for (const { name, default: value } of statement.declarations) store(name, value);
      if (statement.kind === "assign") store(statement.target.name.join("."), statement.value);
      if (statement.kind === "sql" && statement.statement.kind === "select") {
        const { targets } = statement.statement;
        for (const [index, { name }] of statement.into.entries())
          store(name.join("."), targets[index]?.value ?? null);
      }
    },
  });
  return found;
}

/** Where a value comes from the user; what a CASE asks does not count, only what it gives. */
function chosen(expr: Expr, variables: ReadonlySet<string>): Span | null {
  if (expr.kind === "cast") return chosen(expr.operand, variables);
  if (expr.kind === "case") {
    const results = [
      ...expr.branches.map(({ then }) => then),
      ...(expr.otherwise === null ? [] : [expr.otherwise]),
    ];
    if (expr.branches.some(({ when }) => chosen(when, variables) !== null)) return null;
    for (const result of results) {
      const span = chosen(result, variables);
      if (span !== null) return span;
    }
    return null;
  }
  if (expr.kind === "column") return variables.has(expr.name.join(".")) ? expr.span : null;
  return userMetadataIn(expr) ?? inParts(expr, variables);
}

function inParts(expr: Expr, variables: ReadonlySet<string>): Span | null {
  let found: Span | null = null;
  walkExpr(expr, {
    expr(part) {
      if (part.kind === "column" && variables.has(part.name.join("."))) found ??= part.span;
      return found === null;
    },
  });
  return found;
}

/** Whether some condition asks what the value is: which ones are let through is the project's own decision. */
function isChecked(body: Body, source: (expr: Expr) => Span | null): boolean {
  let checked = false;
  walkBody(body, {
    plpgsql(statement) {
      if (statement.kind === "if")
        checked ||= statement.branches.some(({ condition }) => compares(condition, source));
      if (statement.kind === "case") checked = true;
    },
  });
  return checked;
}

function compares(condition: Expr, source: (expr: Expr) => Span | null): boolean {
  if (condition.kind === "is") return false;
  if (condition.kind === "and" || condition.kind === "or" || condition.kind === "not")
    return condition.operands.some((operand) => compares(operand, source));
  return source(condition) !== null;
}
