import type { Context } from "../context.ts";
import type { Relation } from "../model.ts";

/** A relation and all below it, parents before children. */
export function withDescendants(context: Context, relation: Relation): readonly Relation[] {
  const found = [relation];
  const seen = new Set([relation.oid]);
  for (const { oid } of found) {
    for (const child of context.state.relations.by.parent.all(oid)) {
      if (seen.has(child.oid)) continue;
      seen.add(child.oid);
      found.push(child);
    }
  }
  return found;
}
