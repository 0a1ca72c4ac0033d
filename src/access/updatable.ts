/** Views that PostgreSQL updates by itself, and which of their filters a write through them need not meet. */
import type { Catalog } from "../catalog/catalog.ts";
import type { Oid, Relation } from "../catalog/model.ts";
import { remembered } from "../catalog/remembered.ts";
import type { Select } from "../events/tree.ts";
import { walkExpr } from "../events/walk.ts";
import { isAggregated } from "./view-shape.ts";

/** Views from the outermost to the one over the table, with the table; null: not updatable by itself. */
export function updatableChain(
  catalog: Catalog,
  view: Relation,
): { readonly views: readonly Relation[]; readonly table: Relation } | null {
  const below = forCatalog(catalog);
  if (!below.updatable.has(view.oid)) return null;
  const views: Relation[] = [];
  for (let next: Relation | undefined = view; next !== undefined; next = below.next(next)) {
    if (isTable(next)) return { views, table: next };
    views.push(next);
  }
  return null;
}

function isTable({ kind }: Relation): boolean {
  return kind === "table" || kind === "partitioned-table" || kind === "foreign-table";
}

interface Below {
  readonly changes: number;
  /** The relation that a view passes writes on to; undefined where it does not. */
  next(view: Relation): Relation | undefined;
  /** Tables, and the views whose writes arrive at one. */
  readonly updatable: ReadonlySet<Oid>;
}

const byCatalog = new WeakMap<Catalog, Below>();

/** Found out once for all views: in a chain of views each would look through all those below it. */
function forCatalog(catalog: Catalog): Below {
  const { changes } = catalog.state.journal;
  let known = byCatalog.get(catalog);
  if (known?.changes === changes) return known;
  const next = new Map<Oid, Relation>();
  const above = new Map<Oid, Oid[]>();
  const open: Oid[] = [];
  for (const relation of catalog.relations()) {
    if (isTable(relation)) open.push(relation.oid);
    const written = relation.kind === "view" ? writtenThrough(catalog, relation) : undefined;
    if (written === undefined) continue;
    next.set(relation.oid, written);
    remembered(above, written.oid, () => []).push(relation.oid);
  }
  const updatable = new Set(open);
  for (const oid of open) {
    for (const view of above.get(oid) ?? []) {
      if (updatable.has(view)) continue;
      updatable.add(view);
      open.push(view);
    }
  }
  known = { changes, next: ({ oid }) => next.get(oid), updatable };
  byCatalog.set(catalog, known);
  return known;
}

/** The relation that an automatically updatable view stands over. */
function writtenThrough(catalog: Catalog, view: Relation): Relation | undefined {
  const query = selectOf(view);
  const [from] = query?.from ?? [];
  if (query === null || from?.kind !== "relation" || from.cte) return undefined;
  if (!isSimple(query) || isHandledOtherwise(catalog, view)) return undefined;
  const read = view.query?.reads.find(({ span }) => span.start === from.span.start);
  return read === undefined ? undefined : catalog.state.relations.get(read.relation);
}

export function selectOf(view: Relation): Select | null {
  return view.query?.statement.kind === "select" ? view.query.statement : null;
}

function isSimple(query: Select): boolean {
  return (
    query.from.length === 1 &&
    query.setOperation === null &&
    query.values === null &&
    query.ctes.length === 0 &&
    query.distinct === false &&
    query.groupBy.length === 0 &&
    query.having === null &&
    query.limit === null &&
    query.offset === null &&
    !query.targets.some(({ value }) => value.kind === "call" && isAggregated(value))
  );
}

/** INSTEAD OF triggers and rules decide themselves what a write does. */
function isHandledOtherwise(catalog: Catalog, view: Relation): boolean {
  const { triggers, rules } = catalog.state;
  return (
    rules.by.relation.has(view.oid) ||
    triggers.by.relation.all(view.oid).some(({ event }) => event.timing === "instead-of")
  );
}

/** As the statement says, or as the option of that name was set later. */
export function checkOptionOf(view: Relation): Relation["checkOption"] {
  const set = view.options.get("check_option")?.value.toLowerCase();
  if (set === "local" || set === "cascaded") return set;
  return view.lostOptions.has("check_option") ? "none" : view.checkOption;
}

/** The outermost view whose filter is not checked for new rows. */
export function uncheckedFilter(views: readonly Relation[]): Relation | null {
  let cascaded = false;
  for (const view of views) {
    const option = checkOptionOf(view);
    if (option === "cascaded") cascaded = true;
    const filter = selectOf(view)?.where ?? null;
    if (filter !== null && !cascaded && option === "none") return view;
  }
  return null;
}

/** Columns that a view's filter names and that the outermost view shows, so that a writer can set them. */
export function settableFilterColumns(views: readonly Relation[], filtered: Relation): readonly string[] {
  const where = selectOf(filtered)?.where ?? null;
  const [outermost] = views;
  const targets = outermost === undefined ? [] : (selectOf(outermost)?.targets ?? []);
  const all = targets.some(({ value }) => value.kind === "column" && value.name.at(-1) === "*");
  const shown = new Set(
    targets.map(({ value }) => (value.kind === "column" ? value.name.at(-1) : undefined)),
  );
  const found = new Set<string>();
  if (where === null) return [];
  walkExpr(where, {
    expr(expr) {
      if (expr.kind === "column") {
        const name = expr.name.at(-1) ?? "";
        if (all || shown.has(name)) found.add(name);
      }
      return true;
    },
  });
  return [...found];
}
