/** In which order ALTER TABLE does what a statement lists (tablecmds.c). */
import type { AlterRelationAction } from "../../events/event.ts";
import { NOT_NULL } from "./constraints.ts";

/** The order in which ALTER TABLE works (AT_PASS_…), whatever the order of the statement. */
const PASSES: Partial<Record<AlterRelationAction["action"], number>> = {
  "drop-column": 0,
  "drop-constraint": 0,
  "drop-identity": 0,
  "drop-expression": 0,
  "alter-type": 1,
  "add-column": 2,
  "set-expression": 3,
  "add-identity": 8,
};

function passOf(action: AlterRelationAction): number {
  switch (action.action) {
    case "column-default":
      return action.default === null ? 0 : 8;
    case "column-not-null":
      return action.notNull ? 4 : 0;
    case "add-constraint": {
      const { type } = action.constraint;
      if (type === "not-null") return 5;
      return type === "primary" || type === "unique" || type === "exclude" ? 6 : 8;
    }
    default:
      return PASSES[action.action] ?? 9;
  }
}

/** `isNotNull`: of a column by its name, before the statement. */
export function inPasses(
  actions: readonly AlterRelationAction[],
  isNotNull: (column: string) => boolean,
): readonly AlterRelationAction[] {
  if (actions.length < 2) return actions;
  return actions.flatMap((action) => withNotNull(action, isNotNull)).sort((a, b) => passOf(a) - passOf(b));
}

/**
 * A primary key's NOT NULL constraints are made with the others, in its place among them, unless they are there when the statement
 * begins (ATPrepAddPrimaryKey).
 */
function withNotNull(
  action: AlterRelationAction,
  isNotNull: (column: string) => boolean,
): readonly AlterRelationAction[] {
  if (action.action !== "add-constraint" || action.constraint.type !== "primary") return [action];
  const { constraint, span } = action;
  const missing = constraint.columns.filter((name) => !isNotNull(name));
  return [
    ...missing.map((name) => ({
      ...action,
      constraint: { ...NOT_NULL, columns: [name], span: constraint.span },
      span,
    })),
    action,
  ];
}
