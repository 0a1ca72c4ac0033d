/** Column names in sub-selects of a policy that mean another column than the one they were written for. */
import type { Catalog } from "../catalog/catalog.ts";
import type { BoundExpr, Relation } from "../catalog/model.ts";
import type { Expr, FromItem, Select } from "../events/tree.ts";
import { walkExpr } from "../events/walk.ts";
import type { Span } from "../text/span.ts";
import { referencedTables } from "./keys.ts";

export interface Capture {
  readonly span: Span;
  /** `m.team_id = team_id` */
  readonly text: string;
  /** What is compared in fact. */
  readonly meaning: string;
  /** Both sides are one column: the comparison says nothing. */
  readonly tautology: boolean;
  /** What was probably meant. */
  readonly meant: string;
}

interface Source {
  readonly alias: string;
  readonly relation: Relation | null;
  /** null: not known. */
  readonly columns: ReadonlySet<string> | null;
}

interface Resolved {
  readonly source: Source;
  readonly column: string;
}

type Column = Extract<Expr, { readonly kind: "column" }>;

/** Captured columns of a policy's condition; `undecided` are places where columns of a relation are not known. */
export function capturedColumns(
  catalog: Catalog,
  table: Relation,
  bound: BoundExpr,
): { readonly captures: readonly Capture[]; readonly undecided: readonly Span[] } {
  const captures: Capture[] = [];
  const undecided: Span[] = [];
  const outer: Source = sourceOf(table.name, table);
  const open: { readonly query: Select; readonly scopes: readonly (readonly Source[])[] }[] = [];
  const collect = (expr: Expr, scopes: readonly (readonly Source[])[]): void => {
    walkExpr(expr, {
      expr(inner) {
        if (inner.kind !== "subquery") return true;
        const own = sourcesOf(catalog, inner.query, bound.searchPath);
        open.push({ query: inner.query, scopes: [own, ...scopes] });
        if (inner.form === "in" && inner.test?.kind === "column")
          selectsOuter(inner, inner.test, [own, ...scopes], outer, captures);
        if (inner.test !== null) collect(inner.test, scopes);
        return false;
      },
      statement: () => false,
    });
  };
  collect(bound.expr, [[outer]]);
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { query, scopes } = next;
    const conditions = conditionsOf(query);
    for (const { value } of query.targets) collect(value, scopes);
    let correlated = false;
    const found: Capture[] = [];
    for (const condition of conditions) {
      walkExpr(condition, {
        expr(inner) {
          if (inner.kind === "subquery") return false;
          if (
            inner.kind === "column" &&
            resolve(inner, scopes) !== null &&
            resolve(inner, scopes)?.source === outer
          )
            correlated = true;
          const capture = captureIn(catalog, inner, scopes, outer, undecided);
          if (capture !== null) found.push(capture);
          return true;
        },
      });
      collect(condition, scopes);
    }
    for (const capture of found) if (capture.tautology || !correlated) captures.push(capture);
  }
  return { captures, undecided };
}

function captureIn(
  catalog: Catalog,
  expr: Expr,
  scopes: readonly (readonly Source[])[],
  outer: Source,
  undecided: Span[],
): Capture | null {
  if (expr.kind !== "operator" || expr.form !== "plain" || expr.name.at(-1) !== "=") return null;
  const [left, right] = expr.operands.map(plainColumn);
  if (left == null || right == null) return null;
  const [a, b] = [resolve(left, scopes), resolve(right, scopes)];
  if (a === null || b === null) {
    // One side says which relation it means; the other may be a column of the same one, if its columns were known.
    const [known, other] = a === null ? [b, left] : [a, right];
    if (
      known !== null &&
      known.source !== outer &&
      other.name.length === 1 &&
      outer.columns?.has(other.name[0] ?? "") === true
    )
      undecided.push(expr.span);
    return null;
  }
  if (a.source !== b.source || a.source === outer) return null;
  const capture = { span: expr.span, ...texts(left, right, a, b) };
  const inOuter = (column: string): boolean => outer.columns?.has(column) === true;
  if (a.column === b.column)
    return inOuter(a.column) ? { ...capture, tautology: true, meant: `${outer.alias}.${a.column}` } : null;
  const bare = [
    { column: a.column, other: b.column, is: left.name.length === 1 },
    { column: b.column, other: a.column, is: right.name.length === 1 },
  ].filter(({ is }) => is);
  for (const { column, other } of bare) {
    // The other one is what refers to the policy's table, or at least no column of it.
    const refers = refersTo(catalog, a.source, other, outer);
    if (!inOuter(column) || (!refers && (bare.length === 2 || inOuter(other)))) continue;
    return { ...capture, tautology: false, meant: `${outer.alias}.${column}` };
  }
  return null;
}

function texts(
  left: Column,
  right: Column,
  a: Resolved,
  b: Resolved,
): { readonly text: string; readonly meaning: string } {
  return {
    text: `${left.name.join(".")} = ${right.name.join(".")}`,
    meaning: `${a.source.alias}.${a.column} = ${b.source.alias}.${b.column}`,
  };
}

/** `team_id IN (SELECT team_id FROM members)` where members has no such column: the selected one is the table's own. */
function selectsOuter(
  expr: Extract<Expr, { readonly kind: "subquery" }>,
  test: Column,
  scopes: readonly (readonly Source[])[],
  outer: Source,
  captures: Capture[],
): void {
  const [target] = expr.query.targets;
  const selected = target === undefined ? null : plainColumn(target.value);
  if (selected == null || selected.name.length !== 1 || expr.query.targets.length !== 1) return;
  const tested = resolve(test, scopes.slice(1));
  const found = resolve(selected, scopes);
  if (tested?.source !== outer || found?.source !== outer || tested.column !== found.column) return;
  captures.push({
    span: selected.span,
    text: `${test.name.join(".")} IN (SELECT ${selected.name.join(".")} …)`,
    meaning: `${outer.alias}.${tested.column} = ${outer.alias}.${found.column}`,
    tautology: true,
    meant: `a column of ${scopes[0]?.map(({ alias }) => alias).join(", ") ?? "the sub-select"}`,
  });
}

function refersTo(catalog: Catalog, source: Source, column: string, outer: Source): boolean {
  const { relation } = source;
  const referenced = relation === null ? [] : referencedTables(catalog, relation, column);
  if (referenced.length > 0) return referenced.some(({ oid }) => oid === outer.relation?.oid);
  const table = outer.relation?.name ?? "";
  return [`${table}_id`, `${table.replace(/s$/, "")}_id`, `${table.replace(/ies$/, "y")}_id`].includes(
    column,
  );
}

function plainColumn(expr: Expr): Column | null {
  if (expr.kind === "cast") return plainColumn(expr.operand);
  return expr.kind === "column" && expr.name.at(-1) !== "*" ? expr : null;
}

/** What a name means, from the innermost scope outwards; null: not known. */
function resolve(column: Column, scopes: readonly (readonly Source[])[]): Resolved | null {
  const name = column.name.at(-1) ?? "";
  const qualifier = column.name.at(-2);
  for (const scope of scopes) {
    if (qualifier !== undefined) {
      const source = scope.find(({ alias }) => alias === qualifier);
      if (source !== undefined) return { source, column: name };
      continue;
    }
    const source = scope.find(({ columns }) => columns?.has(name) === true);
    if (source !== undefined) return { source, column: name };
    if (scope.some(({ columns }) => columns === null)) return null;
  }
  return null;
}

function sourceOf(alias: string, relation: Relation | null): Source {
  const known = relation !== null && !relation.assumed && relation.columns.length > 0;
  return { alias, relation, columns: known ? new Set(relation.columns.map(({ name }) => name)) : null };
}

function sourcesOf(catalog: Catalog, query: Select, path: readonly string[]): readonly Source[] {
  const sources: Source[] = [];
  const open: FromItem[] = [...query.from];
  for (let item = open.pop(); item !== undefined; item = open.pop()) {
    switch (item.kind) {
      case "join":
        open.push(item.left, item.right);
        break;
      case "relation": {
        const relation = item.cte ? null : (catalog.resolveRelation(item.name, path) ?? null);
        sources.push(sourceOf(item.alias ?? item.name.at(-1) ?? "", relation));
        break;
      }
      case "subquery":
      case "function":
      case "other":
        sources.push({ alias: item.alias ?? "", relation: null, columns: null });
        break;
    }
  }
  return sources;
}

function conditionsOf(query: Select): readonly Expr[] {
  const conditions: Expr[] = [];
  const queries = [query];
  for (const next of queries) {
    if (next.setOperation !== null) queries.push(next.setOperation.left, next.setOperation.right);
    if (next.where !== null) conditions.push(next.where);
    if (next.having !== null) conditions.push(next.having);
    const open: FromItem[] = [...next.from];
    for (let item = open.pop(); item !== undefined; item = open.pop()) {
      if (item.kind !== "join") continue;
      if (item.on !== null) conditions.push(item.on);
      open.push(item.left, item.right);
    }
  }
  return conditions;
}
