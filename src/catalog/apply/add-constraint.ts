/** A constraint as CREATE TABLE or ALTER TABLE writes it. */
import type { TableConstraint } from "../../events/event.ts";
import type { Context } from "../context.ts";
import type { Relation } from "../model.ts";
import { current } from "./columns.ts";
import { addCheck, addNotNull } from "./constraints.ts";
import { addForeignKey } from "./foreign-keys.ts";
import { addKey } from "./keys.ts";

/**
 * Adds a written constraint; `column`: the column at whose definition it stands. Children get what they inherit. `merges`: a check
 * of the name of an inherited one is one with it, as in CREATE TABLE.
 */
export function addConstraint(
  context: Context,
  table: Relation,
  written: TableConstraint,
  column: string | null,
  only = false,
  merges = true,
): void {
  const relation = current(context, table);
  const names = column === null ? written.columns : [column];
  switch (written.type) {
    case "check":
      addCheck(context, relation, written, only, merges);
      return;
    case "not-null":
      addNotNull(context, relation, written, names[0] ?? "", only);
      return;
    case "primary":
    case "unique":
    case "exclude":
      addKey(context, relation, written, names, null, null, only);
      return;
    case "foreign":
      addForeignKey(context, relation, written, names, only);
      return;
    case "other":
      return;
  }
}
