/** Constraints of tables, columns and domains. */
import type { Constraint, Node } from "@pgsql/types";
import { fitted, sharedName } from "../text/shared.ts";
import { nameOf, qualifiedName, type StatementText, spanFrom, stringsOf } from "./ast.ts";
import type { ForeignKeyAction, TableConstraint } from "./event.ts";
import { expressionOf } from "./tree-from-ast.ts";

export function constraintOf(constraint: Constraint, statement: StatementText): TableConstraint {
  const type = constraintType(constraint.contype);
  const columns = sharedName([...stringsOf(constraint.keys), ...stringsOf(constraint.fk_attrs)]);
  return {
    name: constraint.conname ?? null,
    type,
    expression: constraint.raw_expr === undefined ? null : expressionOf(constraint.raw_expr, statement.text),
    columns,
    references: constraint.pktable === undefined ? null : qualifiedName(constraint.pktable, statement),
    referencedColumns: stringsOf(constraint.pk_attrs),
    onUpdate: foreignKeyAction(constraint.fk_upd_action),
    onDelete: foreignKeyAction(constraint.fk_del_action),
    deleteColumns: stringsOf(constraint.fk_del_set_cols),
    match: constraint.fk_matchtype === "f" ? "full" : "simple",
    deferrable: constraint.deferrable === true,
    initiallyDeferred: constraint.initdeferred === true,
    noInherit: constraint.is_no_inherit === true,
    validated: constraint.skip_validation !== true,
    enforced: type !== "check" && type !== "foreign" ? true : constraint.is_enforced === true,
    nullsNotDistinct: constraint.nulls_not_distinct === true,
    including: stringsOf(constraint.including),
    usingIndex: constraint.indexname ?? null,
    withoutOverlaps: constraint.without_overlaps === true,
    period: constraint.fk_with_period === true,
    method: constraint.access_method ?? null,
    exclusions: exclusions(constraint.exclusions, statement),
    where:
      constraint.where_clause === undefined ? null : expressionOf(constraint.where_clause, statement.text),
    span: spanFrom(statement, constraint.location),
  };
}

function foreignKeyAction(letter: string | undefined): ForeignKeyAction {
  switch (letter) {
    case "r":
      return "restrict";
    case "c":
      return "cascade";
    case "n":
      return "set null";
    case "d":
      return "set default";
    default:
      return "no action";
  }
}

function constraintType(type: Constraint["contype"]): TableConstraint["type"] {
  switch (type) {
    case "CONSTR_CHECK":
      return "check";
    case "CONSTR_PRIMARY":
      return "primary";
    case "CONSTR_UNIQUE":
      return "unique";
    case "CONSTR_FOREIGN":
      return "foreign";
    case "CONSTR_EXCLUSION":
      return "exclude";
    case "CONSTR_NOTNULL":
      return "not-null";
    default:
      return "other";
  }
}

/** `EXCLUDE (a WITH =, lower(b) WITH &&)`: pairs of an index element and an operator's name. */
function exclusions(
  nodes: readonly Node[] | undefined,
  statement: StatementText,
): TableConstraint["exclusions"] {
  const found: TableConstraint["exclusions"][number][] = [];
  for (const node of nodes ?? []) {
    if (!("List" in node)) continue;
    const [element, operator] = node.List.items ?? [];
    if (element === undefined || !("IndexElem" in element)) continue;
    const { name, expr } = element.IndexElem;
    found.push({
      column: name ?? null,
      expression: expr === undefined ? null : expressionOf(expr, statement.text),
      operator: nameOf(operator),
    });
  }
  return fitted(found);
}
