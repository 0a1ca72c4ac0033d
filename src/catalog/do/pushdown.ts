/** Conditions `column = value` of a query, by the relation of its FROM whose column they restrict. */
import type { Expr, FromItem, Select } from "../../events/tree.ts";
import { TEXT_TYPES } from "./cast.ts";
import type { SystemCatalog } from "./catalog-rows.ts";
import { systemCatalog } from "./system-catalogs.ts";

/** `column = value`, `column IN (values)`: rows where it does not hold are not in the result. */
export interface Equality {
  readonly column: string;
  readonly values: readonly Expr[];
  /** The column is compared as it is, as text, or as the object that an oid names. */
  readonly type: "same" | "text" | "oid";
  /** The value is a column of another leaf. */
  readonly source: { readonly leaf: number; readonly column: string } | null;
}

/** An item of FROM that is not a join, in the order in which they are read. */
export interface Leaf {
  readonly item: FromItem;
  readonly alias: string;
  /** null: not a catalog. */
  readonly catalog: SystemCatalog | null;
  readonly equalities: readonly Equality[];
}

const known = new WeakMap<Select, readonly Leaf[]>();

export function leavesOf(query: Select): readonly Leaf[] {
  let leaves = known.get(query);
  if (leaves === undefined) {
    leaves = readLeaves(query);
    known.set(query, leaves);
  }
  return leaves;
}

interface Condition {
  readonly expr: Expr;
  /** How many leaves it can name: ON sees only what stands before it. */
  readonly sees: number;
}

function readLeaves(query: Select): readonly Leaf[] {
  const items: FromItem[] = [];
  const conditions: Condition[] = [];
  const visit = (item: FromItem): void => {
    if (item.kind !== "join") {
      items.push(item);
      return;
    }
    visit(item.left);
    visit(item.right);
    if (item.on !== null) conditions.push(...conjuncts(item.on, items.length));
  };
  query.from.forEach(visit);
  if (query.where !== null) conditions.push(...conjuncts(query.where, items.length));
  const plain = items.map((item) => ({ item, alias: aliasOf(item), catalog: catalogOfItem(item) }));
  const equalities = plain.map((): Equality[] => []);
  for (const { expr, sees } of conditions) {
    const seen = plain.slice(0, sees);
    for (const { name, ...equality } of equalitiesIn(expr)) {
      const number = leafOf(seen, name);
      const [value, another] = equality.values;
      const leaf = value?.kind === "column" && another === undefined ? leafOf(seen, value.name) : -1;
      const source =
        value?.kind === "column" && leaf !== -1 ? { leaf, column: value.name.at(-1) ?? "" } : null;
      if (leaf !== number) equalities[number]?.push({ column: name.at(-1) ?? "", ...equality, source });
    }
  }
  return plain.map((leaf, i) => ({ ...leaf, equalities: equalities[i] ?? [] }));
}

function conjuncts(expr: Expr, sees: number): readonly Condition[] {
  return expr.kind === "and"
    ? expr.operands.flatMap((operand) => conjuncts(operand, sees))
    : [{ expr, sees }];
}

function aliasOf(item: FromItem): string {
  switch (item.kind) {
    case "relation":
      return item.alias ?? item.name.at(-1) ?? "";
    case "function": {
      const [only] = item.calls;
      return item.alias ?? (only?.kind === "call" ? only.name.at(-1) : null) ?? "";
    }
    default:
      return item.alias ?? "";
  }
}

function catalogOfItem(item: FromItem): SystemCatalog | null {
  return item.kind === "relation" && !item.cte ? systemCatalog(item.name) : null;
}

/** The leaf whose column the name means; -1: none, or it takes the rows to say. */
function leafOf(leaves: readonly Omit<Leaf, "equalities">[], name: readonly string[]): number {
  const [first = "", second] = name;
  if (second === undefined) {
    // The first that has the column, unless one before it could have it too.
    const number = leaves.findIndex(({ catalog }) => catalog === null || catalog.has(first));
    return leaves[number]?.catalog == null ? -1 : unless(leaves, number);
  }
  if (name.length > 2) return -1;
  const number = leaves.findIndex(({ alias }) => alias === first);
  return leaves[number]?.catalog?.has(second) === true ? unless(leaves, number) : -1;
}

/** -1 when its alias stands twice. */
function unless(leaves: readonly Omit<Leaf, "equalities">[], number: number): number {
  return leaves.filter(({ alias }) => alias === leaves[number]?.alias).length > 1 ? -1 : number;
}

type Named = Omit<Equality, "column" | "source"> & { readonly name: readonly string[] };

function equalitiesIn(expr: Expr): readonly Named[] {
  if (expr.kind !== "operator" || expr.name.at(-1) !== "=") return [];
  const [left, right] = expr.operands;
  if (left === undefined || right === undefined) return [];
  switch (expr.form) {
    case "plain":
      return [...side(left, [right]), ...side(right, [left])];
    case "in":
      return side(left, expr.operands.slice(1));
    case "any":
      return right.kind === "array" ? side(left, right.operands) : [];
    default:
      return [];
  }
}

function side(expr: Expr, values: readonly Expr[]): readonly Named[] {
  if (expr.kind === "column") return [{ name: expr.name, values, type: "same" }];
  if (expr.kind !== "cast" || expr.operand.kind !== "column" || expr.type.array) return [];
  const to = expr.type.name.at(-1) ?? "";
  const type = TEXT_TYPES.has(to) ? "text" : to === "oid" || OBJECT_TYPES.has(to) ? "oid" : null;
  return type === null ? [] : [{ name: expr.operand.name, values, type }];
}

const OBJECT_TYPES: ReadonlySet<string> = new Set(["regclass", "regprocedure", "regnamespace", "regrole"]);
