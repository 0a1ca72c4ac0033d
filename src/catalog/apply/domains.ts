/** CREATE DOMAIN and ALTER DOMAIN, as typecmds.c does them. */

import type { EventOf, TableConstraint } from "../../events/event.ts";
import type { Span } from "../../text/span.ts";
import { boundExpr, boundValueExpr } from "../bind/query.ts";
import { type Context, placeOf, refuse } from "../context.ts";
import { deleteObjects, dependOn, typeUses, usesOf } from "../depend.ts";
import type { Constraint, UserType } from "../model.ts";
import { newOid } from "../store.ts";
import { knownType, requireTypeUsage } from "../types-by-name.ts";
import { isPlainType } from "./columns.ts";
import { NOT_NULL } from "./constraints.ts";
import { chooseConstraintName } from "./names.ts";
import { requireOnlyColumns } from "./type-users.ts";
import { putType, typeNamed } from "./types.ts";

export function createDomain(context: Context, event: EventOf<"create-domain">): void {
  const baseType = knownType(context, event.base, event.span);
  requireTypeUsage(context, baseType, event.span);
  const domain = putType(context, event.name, event.span, {
    kind: "domain",
    baseType,
    default:
      event.default === null || (event.default.kind === "null" && isPlainType(context, baseType))
        ? null
        : boundExpr(context, event.default, null).bound,
    notNull: event.notNull,
  });
  dependOn(context.state, { oid: domain.oid }, [
    ...typeUses([baseType]),
    ...(domain.default === null ? [] : usesOf(domain.default.bindings)),
  ]);
  for (const constraint of event.constraints) addConstraint(context, event.span, domain, constraint);
}

function addConstraint(context: Context, span: Span, domain: UserType, definition: TableConstraint): void {
  const { state } = context;
  const kind: Constraint["kind"] = definition.type === "not-null" ? "not-null" : "check";
  const rows = state.constraints.by.relation.all(domain.oid);
  if (kind === "not-null" && rows.some((row) => row.kind === "not-null")) return;
  const label = kind === "not-null" ? "not_null" : "check";
  const name = definition.name ?? chooseConstraintName(state, domain.name, null, label, domain.schema);
  if (rows.some((row) => row.name === name)) {
    refuse(context, span, `constraint "${name}" for domain "${domain.name}" already exists`);
  }
  // Before 17 NOT NULL of a domain is a flag and no constraint.
  if (kind === "not-null" && context.postgresVersion < 17) return;
  const expression =
    definition.expression === null
      ? null
      : boundValueExpr(context, definition.expression, { base: domain.oid, array: false });
  const row = state.constraints.put({
    oid: newOid(state),
    name,
    place: placeOf(context, definition.span),
    prelude: context.prelude,
    assumed: false,
    relation: domain.oid,
    kind,
    columns: [],
    expression,
    references: null,
    index: null,
    definition,
    local: true,
    inheritCount: 0,
    parent: null,
  });
  if (expression !== null) dependOn(state, { oid: row.oid }, usesOf(expression.bindings, domain.oid));
}

export function alterDomain(context: Context, event: EventOf<"alter-domain">): void {
  const { state } = context;
  const { change, span } = event;
  const domain = typeNamed(context, event.name, span, ["domain"]);
  const notNull = state.constraints.by.relation.all(domain.oid).find((row) => row.kind === "not-null");
  switch (change.action) {
    case "set-default": {
      const value =
        change.default === null ||
        (change.default.kind === "null" &&
          (domain.baseType === null || isPlainType(context, domain.baseType)))
          ? null
          : boundExpr(context, change.default, null).bound;
      state.types.put({ ...domain, default: value });
      return;
    }
    case "set-not-null":
      if (domain.notNull) return;
      requireOnlyColumns(context, domain.oid, span);
      state.types.put({ ...domain, notNull: true });
      addConstraint(context, span, domain, { ...NOT_NULL, span });
      return;
    case "drop-not-null":
      if (notNull !== undefined) state.constraints.delete(notNull.oid);
      state.types.put({ ...domain, notNull: false });
      return;
    case "add-constraint":
      if (change.constraint.validated) requireOnlyColumns(context, domain.oid, span);
      if (change.constraint.type === "not-null") state.types.put({ ...domain, notNull: true });
      addConstraint(context, span, domain, change.constraint);
      return;
    case "drop-constraint": {
      const row = state.constraints.by.relation.all(domain.oid).find((each) => each.name === change.name);
      if (row === undefined) {
        if (!change.ifExists)
          refuse(context, span, `constraint "${change.name}" of domain "${domain.name}" does not exist`);
        return;
      }
      deleteObjects(context, [{ oid: row.oid }], {
        cascade: change.cascade,
        span,
        what: `constraint ${row.name}`,
      });
      if (row.kind === "not-null") state.types.put({ ...domain, notNull: false });
      return;
    }
    case "validate-constraint": {
      const row = state.constraints.by.relation.all(domain.oid).find((each) => each.name === change.name);
      if (row === undefined) {
        refuse(context, span, `constraint "${change.name}" of domain "${domain.name}" does not exist`);
      }
      if (row.kind !== "check")
        refuse(
          context,
          span,
          `constraint "${change.name}" of domain "${domain.name}" is not a check constraint`,
        );
      state.constraints.put({ ...row, definition: { ...row.definition, validated: true } });
    }
  }
}
