/** FOR VALUES of partitions. */
import type { PartitionBound } from "../../events/event.ts";
import type { Span } from "../../text/span.ts";
import { type Context, refuse } from "../context.ts";
import type { Relation } from "../model.ts";

/** Refuses a bound of another strategy than the partitioned table's, and a second DEFAULT. */
export function requireBoundFits(context: Context, table: Relation, bound: PartitionBound, span: Span): void {
  const { partitionKey } = table;
  if (context.assume || partitionKey === null) return;
  const { strategy, elements } = partitionKey;
  if (bound.kind === "default") {
    if (strategy === "hash")
      refuse(context, span, "a hash-partitioned table may not have a default partition");
    return;
  }
  if (bound.kind !== strategy)
    refuse(context, span, `invalid bound specification for a ${strategy} partition`);
  if (
    bound.kind === "range" &&
    (bound.from.length !== elements.length || bound.to.length !== elements.length)
  )
    refuse(context, span, "FROM must specify exactly one value per partitioning column");
}
