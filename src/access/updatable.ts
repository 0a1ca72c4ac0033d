/** Views that PostgreSQL updates by itself, and which of their filters a write through them need not meet. */
import type { Catalog } from "../catalog/catalog.ts";
import type { Relation } from "../catalog/model.ts";
import type { Select } from "../events/tree.ts";
import { walkExpr } from "../events/walk.ts";
import { isAggregated } from "./view-shape.ts";

/** Views from the outermost to the one over the table, with the table; null: not updatable by itself. */
export function updatableChain(
  catalog: Catalog,
  view: Relation,
): { readonly views: readonly Relation[]; readonly table: Relation } | null {
  const views = new Set<Relation>();
  let next: Relation | undefined = view;
  while (next !== undefined) {
    if (next.kind === "table" || next.kind === "partitioned-table" || next.kind === "foreign-table")
      return { views: [...views], table: next };
    if (next.kind !== "view" || views.has(next)) return null;
    const query = selectOf(next);
    const [from] = query?.from ?? [];
    if (
      query === null ||
      from?.kind !== "relation" ||
      from.cte ||
      !isSimple(query) ||
      isHandledOtherwise(catalog, next)
    )
      return null;
    views.add(next);
    const [read]: readonly { readonly relation: number }[] =
      next.query?.reads.filter(({ span }) => span.start === from.span.start) ?? [];
    next = read === undefined ? undefined : catalog.state.relations.get(read.relation);
  }
  return null;
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
  for (const trigger of catalog.state.triggers.all()) {
    if (trigger.relation === view.oid && trigger.event.timing === "instead-of") return true;
  }
  for (const rule of catalog.state.rules.all()) if (rule.relation === view.oid) return true;
  return false;
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
