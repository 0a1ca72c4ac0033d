/**
 * Expressions and queries of the catalog, with names as they are now, in a form that PostgreSQL's own text of them comes to as well when
 * it is parsed again.
 *
 * What the form leaves out, because PostgreSQL adds or drops it when it deparses: casts, qualification of functions, columns and
 * operators (but not of relations, and NEW and OLD stay), the grammar's ways of writing operators (`IN`, `BETWEEN`, `LIKE`).
 *
 * What it does not look at yet, so that a difference there is not seen: names of arguments, VARIADIC, FILTER, ORDER BY and OVER of calls; in
 * subqueries WITH, DISTINCT, GROUP BY, HAVING, ORDER BY, LIMIT, VALUES, USING of joins, and XMLTABLE and JSON_TABLE.
 */
import { type Catalog, quoteIdentifier } from "../../../src/catalog/catalog.ts";
import type { Bindings, BoundExpr } from "../../../src/catalog/model.ts";
import type { Expr, FromItem, Select } from "../../../src/events/tree.ts";
import { readExpression } from "../../../src/events/tree-from-ast.ts";
import { loadParser } from "../../../src/parser/postgres.ts";

const parser = await loadParser();

interface Names {
  readonly catalog: Catalog | null;
  readonly bindings: Bindings;
  readonly virtual?: ReadonlyMap<object, BoundExpr>;
}

/** PostgreSQL's text in normal form. */
export function normalText(text: string): string {
  return normal(readExpression({ text, map: [0, 0] }, parser), { catalog: null, bindings: new Map() });
}

/** An expression as written, whose names are not followed, in normal form. */
export function normalWritten(expr: Expr): string {
  return normal(expr, { catalog: null, bindings: new Map() });
}

/** An expression of the catalog in normal form. */
export function normalBound(catalog: Catalog, bound: BoundExpr): string {
  const { bindings, virtual } = bound;
  return normal(bound.expr, { catalog, bindings, ...(virtual === undefined ? {} : { virtual }) });
}

function relationText(names: Names, node: object, written: readonly string[]): string {
  const address = names.bindings.get(node);
  const relation = address === undefined ? undefined : names.catalog?.state.relations.get(address.oid);
  if (relation !== undefined && names.catalog !== null) {
    // What is in pg_temp or pg_catalog is found first, so regclass shows it without its schema.
    return names.catalog.relationName(relation).replace(/^pg_(?:temp|catalog)\./, "");
  }
  return written.map(quoteIdentifier).join(".");
}

function columnText(names: Names, expr: Extract<Expr, { kind: "column" }>): string {
  const address = names.bindings.get(expr);
  const state = names.catalog?.state;
  const relation = address === undefined ? undefined : state?.relations.get(address.oid);
  const column = relation?.columns.find((each) => each.number === address?.column);
  const routine = address === undefined ? undefined : state?.routines.get(address.oid);
  const last = column?.name ?? routine?.name ?? expr.name.at(-1) ?? "";
  const qualifier = expr.name.at(-2);
  return qualifier === "new" || qualifier === "old" ? `${qualifier}.${last}` : last;
}

const OPERATORS: Readonly<Record<string, string>> = { like: "~~", ilike: "~~*" };

function normal(expr: Expr, names: Names): string {
  const inner = (each: Expr): string => normal(each, names);
  const all = (list: readonly Expr[]): string => list.map(inner).join(", ");
  switch (expr.kind) {
    case "string": {
      const address = names.bindings.get(expr);
      if (address !== undefined) return `'${relationText(names, expr, [])}'`;
      return `'${expr.value}'`;
    }
    case "number":
      return `'${expr.value}'`;
    case "boolean":
      return String(expr.value);
    case "null":
      return "null";
    case "column": {
      const virtual = names.virtual?.get(expr);
      if (virtual !== undefined && names.catalog !== null) return normalBound(names.catalog, virtual);
      return columnText(names, expr);
    }
    case "parameter":
      return `$${expr.number}`;
    case "call": {
      const address = names.bindings.get(expr);
      const routine = address === undefined ? undefined : names.catalog?.state.routines.get(address.oid);
      const args = expr.star ? "*" : expr.args.map((arg) => inner(arg.value)).join(", ");
      return `${routine?.name ?? expr.name.at(-1)}(${expr.distinct ? "distinct " : ""}${args})`;
    }
    case "operator":
      return operator(expr, names);
    case "cast":
      return inner(expr.operand);
    case "and":
    case "or": {
      const flat = expr.operands.flatMap((each) => (each.kind === expr.kind ? each.operands : [each]));
      return `(${flat.map(inner).join(` ${expr.kind} `)})`;
    }
    case "not":
      return `not ${all(expr.operands)}`;
    case "is":
      return `(${inner(expr.operand)} is ${expr.not ? "not " : ""}${expr.what})`;
    case "case":
      return `case ${expr.subject === null ? "" : inner(expr.subject)} ${expr.branches.map((branch) => `when ${inner(branch.when)} then ${inner(branch.then)}`).join(" ")} else ${expr.otherwise === null ? "null" : inner(expr.otherwise)} end`;
    case "session-value":
      return expr.name === "user" ? "current_user" : expr.name;
    case "subquery": {
      const test = expr.test === null ? "" : `${inner(expr.test)} `;
      return `${test}${expr.form} (${query(expr.query, names)})`;
    }
    case "field":
      return `${inner(expr.operand)}.${expr.field}`;
    case "subscript":
      return `${inner(expr.operand)}[${all(expr.subscripts ?? [])}]`;
    case "coalesce":
    case "greatest":
    case "least":
    case "row":
    case "array":
      return `${expr.kind}(${all(expr.operands)})`;
    case "other":
      return `${expr.what}(${all(expr.operands)})`;
  }
}

function operator(expr: Extract<Expr, { kind: "operator" }>, names: Names): string {
  const [left, right, more] = expr.operands.map((each) => normal(each, names));
  const rest = expr.operands.slice(1).map((each) => normal(each, names));
  const name = expr.name.at(-1) ?? "";
  switch (expr.form) {
    case "in":
    case "not-in": {
      const sign = expr.form === "in" ? "=" : "<>";
      return rest.length === 1
        ? `(${left} ${sign} ${right})`
        : `(${left} ${sign} ${expr.form === "in" ? "any" : "all"} array(${rest.join(", ")}))`;
    }
    case "between":
      return `((${left} >= ${right}) and (${left} <= ${more}))`;
    case "not-between":
      return `((${left} < ${right}) or (${left} > ${more}))`;
    case "like":
    case "ilike":
      return `(${left} ${name === "" ? OPERATORS[expr.form] : name} ${right})`;
    case "any":
    case "all":
      return `(${left} ${name} ${expr.form} ${right})`;
    case "plain":
      // A negative constant is one constant.
      if (expr.operands.length === 1 && name === "-" && expr.operands[0]?.kind === "number")
        return `'-${expr.operands[0].value}'`;
      return right === undefined ? `(${name} ${left})` : `(${left} ${name === "!=" ? "<>" : name} ${right})`;
    default:
      return `${expr.form}(${[left, right].join(", ")})`;
  }
}

function query(select: Select, names: Names): string {
  if (select.setOperation !== null) {
    return `${query(select.setOperation.left, names)} ${select.setOperation.operator} ${query(select.setOperation.right, names)}`;
  }
  const targets = select.targets.map((target) => normal(target.value, names)).join(", ");
  const from = select.from.map((item) => fromItem(item, names)).join(", ");
  const where = select.where === null ? "" : ` where ${normal(select.where, names)}`;
  return `select ${targets} from ${from}${where}`;
}

function fromItem(item: FromItem, names: Names): string {
  switch (item.kind) {
    case "relation":
      return relationText(names, item, item.name);
    case "subquery":
      return `(${query(item.query, names)})`;
    case "join":
      return `(${fromItem(item.left, names)} ${item.join} join ${fromItem(item.right, names)}${item.on === null ? "" : ` on ${normal(item.on, names)}`})`;
    case "function":
      return item.calls.map((call) => normal(call, names)).join(", ");
    case "other":
      return "?";
  }
}
