/** What a routine sees as its owner, and its callers do not. */
import type { Catalog } from "../catalog/catalog.ts";
import { PUBLIC, type Relation, type Routine } from "../catalog/model.ts";
import type { Body } from "../events/tree.ts";
import { walkBody } from "../events/walk.ts";
import type { Place } from "../text/source.ts";
import type { Access } from "./access.ts";
import type { Reach } from "./chain.ts";
import { clients } from "./policies.ts";
import { bypassesRowSecurity, readsAllRows } from "./row-security.ts";

export interface HiddenRows {
  readonly table: Relation;
  /** Where the routine names the table. */
  readonly place: Place;
  /** Who makes the routine run without seeing all rows of the table. */
  readonly reach: readonly Reach[];
}

/** The first table in a routine's code whose rows its owner sees all, and some of its callers do not; null for none. */
export function hiddenFromCallers(
  context: {
    readonly catalog: Catalog;
    readonly access: Access;
    body(routine: Routine): Body;
    reach(routine: Routine): readonly Reach[];
  },
  routine: Routine,
): HiddenRows | null {
  const { catalog } = context;
  const callers = clients(context, context.reach(routine));
  if (callers.length === 0) return null;
  const path = catalog.searchPath(routine)?.values ?? routine.sessionPath;
  let found: HiddenRows | null = null;
  walkBody(context.body(routine), {
    relation(relation) {
      if (found !== null || relation.cte) return;
      const table = catalog.resolveRelation(relation.name, path);
      if (table === undefined || !table.rowSecurity.value) return;
      if (!bypassesRowSecurity(catalog, routine.owner, table)) return;
      const reach = callers.filter(({ role }) => {
        const oid = role === "PUBLIC" ? PUBLIC : (catalog.roleNamed(role)?.oid ?? PUBLIC);
        return !readsAllRows(catalog, oid, table);
      });
      if (reach.length === 0) return;
      found = { table, place: { source: routine.definitionPlace.source, span: relation.span }, reach };
    },
  });
  return found;
}
