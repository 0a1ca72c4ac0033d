/** Large objects: made and removed by functions, whose calls at top level are looked at. */
import type { Expr } from "../../events/tree.ts";
import type { Span } from "../../text/span.ts";
import { type Context, currentUser, placeOf, refuse } from "../context.ts";
import type { LargeObject } from "../model.ts";
import { newObjectAcl } from "../object-acl.ts";
import { requireOwner } from "../permissions.ts";
import { newOid } from "../store.ts";

/** The large object of this number; null when it is not known where it comes from. */
export function largeObjectNamed(context: Context, name: string, span: Span): LargeObject | null {
  const found = context.state.largeObjects.by.name.first(name);
  if (found !== undefined) return found;
  if (!context.assume) refuse(context, span, `large object ${name} does not exist`);
  return null;
}

/** Which argument holds the number of the object that a call creates. */
const CREATES: ReadonlyMap<string, number> = new Map([
  ["lo_create", 0],
  ["lo_from_bytea", 0],
  ["lo_import", 1],
]);

/** What `SELECT lo_create(42)` and its kin do. An object that gets the next free number cannot be named by later statements here. */
export function largeObjectCall(context: Context, name: string, args: readonly Expr[], span: Span): void {
  const { state } = context;
  const numberOf = (at: number | undefined): string | null => {
    const arg = at === undefined ? undefined : args[at];
    return arg?.kind === "number" && /^[1-9]\d*$/.test(arg.value) ? arg.value : null;
  };
  const created = numberOf(CREATES.get(name));
  if (created !== null) {
    if (state.largeObjects.by.name.has(created))
      refuse(context, span, `large object ${created} already exists`);
    const owner = currentUser(context);
    state.largeObjects.put({
      oid: newOid(state),
      name: created,
      place: placeOf(context, span),
      prelude: context.prelude,
      assumed: false,
      owner,
      acl: newObjectAcl(context, "large-object", owner, null),
    });
  }
  const removed = name === "lo_unlink" ? numberOf(0) : null;
  const object = removed === null ? null : largeObjectNamed(context, removed, span);
  if (object === null) return;
  requireOwner(context, span, object.owner, `large object ${object.name}`);
  state.largeObjects.delete(object.oid);
}
