/** Supabase's buckets: which are public, and which of them a condition opens. */
import type { Catalog } from "../catalog/catalog.ts";
import { remembered } from "../catalog/remembered.ts";
import type { Expr, Insert, Statement } from "../events/tree.ts";
import { walkExpr } from "../events/walk.ts";
import { extentOf, type Node } from "./predicate-nodes.ts";
import { alwaysTrue, implies, type Session } from "./predicates.ts";

const known = new WeakMap<Catalog, ReadonlyMap<string, boolean>>();

/** Buckets that the project's files create, by id, and whether everybody may fetch their files by URL. */
export function bucketsOf(catalog: Catalog): ReadonlyMap<string, boolean> {
  return remembered(known, catalog, () => {
    const buckets = new Map<string, boolean>();
    for (const { statement } of catalog.state.queries.all()) apply(statement, buckets);
    return buckets;
  });
}

function apply(statement: Statement, buckets: Map<string, boolean>): void {
  if (statement.kind !== "insert" && statement.kind !== "update") return;
  if (statement.target.name.join(".") !== "storage.buckets") return;
  if (statement.kind === "insert") {
    inserted(statement, buckets);
    return;
  }
  const open = statement.set.find(({ name }) => name === "public");
  const value = open === undefined ? null : truthOf(open.value);
  if (value === null || statement.where === null) return;
  for (const id of textsIn(statement.where)) buckets.set(id, value);
}

function inserted({ columns, source, conflict }: Insert, buckets: Map<string, boolean>): void {
  const id = columns.indexOf("id");
  const open = columns.indexOf("public");
  if (source === null || id < 0) return;
  const rows = source.values ?? [source.targets.map(({ value }) => value)];
  for (const row of rows) {
    const [name] = textsIn(row[id] ?? null);
    const value = open < 0 ? false : truthOf(row[open] ?? null);
    if (name === undefined) continue;
    // What is there already stays as it is, unless the conflict says otherwise.
    const kept = conflict !== null && buckets.has(name) && !conflict.set.some((set) => set.name === "public");
    if (kept) continue;
    if (value === null) buckets.delete(name);
    else buckets.set(name, value);
  }
}

function textsIn(expr: Expr | null): readonly string[] {
  const found: string[] = [];
  if (expr !== null)
    walkExpr(expr, { expr: (part) => void (part.kind === "string" && found.push(part.value)) });
  return found;
}

function truthOf(expr: Expr | null): boolean | null {
  if (expr?.kind === "cast") return truthOf(expr.operand);
  if (expr?.kind === "boolean") return expr.value;
  if (expr?.kind !== "string") return null;
  return /^(?:t|true|on|yes|1)$/i.test(expr.value)
    ? true
    : /^(?:f|false|off|no|0)$/i.test(expr.value)
      ? false
      : null;
}

/**
 * Buckets that a condition over storage.objects opens to whoever asks in any of these sessions, with all of their files; null: all
 * buckets. Only those that the expression names are found.
 */
export function openBuckets(node: Node, expr: Expr, asking: readonly Session[]): readonly string[] | null {
  if (asking.some((session) => alwaysTrue(node, session) === "yes")) return null;
  const bucket = extentOf(node).atoms.find(({ kind, name }) => kind === "column" && name === "bucket_id");
  if (bucket === undefined) return [];
  return [...new Set(textsIn(expr))].filter((value) => {
    const named: Node = {
      kind: "compare",
      operator: "=",
      left: { kind: "atom", atom: bucket },
      right: { kind: "constant", value },
    };
    return bucket.constants.has(value) && asking.some((session) => implies(named, node, session) === "yes");
  });
}
