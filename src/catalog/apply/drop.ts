/** DROP of relations and of what is put on them. The other kinds are in objects.ts. */
import type { EventOf } from "../../events/event.ts";
import { type Context, refuse } from "../context.ts";
import { deleteObjects } from "../depend.ts";
import type { Address, RelationKind } from "../model.ts";
import { ownsAs, requireOwner } from "../permissions.ts";
import { findRelation } from "../resolve.ts";

type Dropped = EventOf<"drop">["objects"][number];

const ON_TABLE: ReadonlySet<string> = new Set(["policy", "trigger", "rule"]);

/** DROP: all objects that the statement names go together, with what hangs on them. */
export function drop(context: Context, event: EventOf<"drop">): void {
  const roots: Address[] = [];
  for (const object of event.objects) {
    const found = droppedObject(context, event, object);
    if (found !== null) roots.push(found);
    else if (!event.ifExists && !assumedAway(context, event, object)) {
      refuse(context, event.span, `${event.objectKind} "${object.name.join(".")}" does not exist`);
    }
  }
  if (roots.length === 0) return;
  const what = `${event.objectKind} ${event.objects.map((object) => object.name.join(".")).join(", ")}`;
  deleteObjects(context, roots, { cascade: event.cascade, span: event.span, what });
}

/** What replay does not hold (text search, conversions, …) is taken to have been there. */
function assumedAway(context: Context, event: EventOf<"drop">, object: Dropped): boolean {
  return (
    event.objectKind === "other" ||
    (context.assume && object.of !== undefined && findRelation(context, object.of)?.assumed === true)
  );
}

function droppedObject(context: Context, event: EventOf<"drop">, object: Dropped): Address | null {
  const { state } = context;
  const last = object.name.at(-1) ?? "";
  const kind = event.objectKind;
  if (ON_TABLE.has(kind)) {
    const table = findRelation(context, object.of ?? []);
    if (table === undefined) return null;
    const rows = kind === "policy" ? state.policies : kind === "trigger" ? state.triggers : state.rules;
    const row = rows.by.relation.all(table.oid).find((candidate) => candidate.name === last);
    if (row === undefined) return null;
    requireOwner(context, event.span, table.owner, `relation ${table.name}`);
    return { oid: row.oid };
  }
  switch (kind) {
    case "table":
    case "view":
    case "materialized-view":
    case "sequence":
    case "index":
    case "foreign-table": {
      const relation = findRelation(context, object.name);
      if (relation === undefined) return null;
      if (!relation.assumed && !droppable(relation.kind, kind))
        refuse(context, event.span, `"${relation.name}" is not a ${kind}`);
      const schema = state.schemas.get(relation.schema);
      if (schema === undefined || !ownsAs(context, schema.owner))
        requireOwner(context, event.span, relation.owner, `${kind} ${relation.name}`);
      return { oid: relation.oid };
    }
    default:
      return null;
  }
}

/** Whether DROP of this kind takes the relation: DROP TABLE takes partitioned ones too. */
function droppable(kind: RelationKind, wanted: string): boolean {
  return kind === wanted || (wanted === "table" && kind === "partitioned-table");
}
