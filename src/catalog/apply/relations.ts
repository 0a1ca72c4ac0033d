/** What all CREATE statements of relations have in common: the name, its schema, the owner, the options. */

import type { Persistence, QualifiedName, RelationOption } from "../../events/event.ts";
import { NO_ENTRIES } from "../../text/shared.ts";
import type { Span } from "../../text/span.ts";
import { mergeAcls } from "../acl.ts";
import { type Context, currentUser, placeOf, refuse } from "../context.ts";
import { deleteObjects } from "../depend.ts";
import type { CopiedTable, Relation, RelationKind, Written } from "../model.ts";
import { newObjectAcl } from "../object-acl.ts";
import { requireOnSchema } from "../permissions.ts";
import { emptyRelation, targetName } from "../resolve.ts";
import { newOid } from "../store.ts";

/** A fresh relation of this kind, or null when PostgreSQL would refuse it (said) or skip it (IF NOT EXISTS). */
export function newRelation(
  context: Context,
  name: QualifiedName,
  kind: RelationKind,
  options: {
    readonly temporary?: boolean;
    readonly persistence?: Persistence;
    readonly ifNotExists?: boolean;
    readonly span: Span;
  },
): Relation | null {
  const target = targetName(context, name.name, name.span, options.temporary === true);
  if (target === null) refuse(context, options.span, "no schema has been selected to create in");
  const temporary = options.temporary === true || target.schema.name === "pg_temp";
  if (options.temporary === true && name.name.length > 1 && name.name.at(-2) !== "pg_temp") {
    refuse(context, options.span, "cannot create temporary relation in non-temporary schema");
  }
  requireOnSchema(context, options.span, target.schema, "create");
  if (target.schema.name === "pg_catalog" && !context.assume)
    refuse(context, options.span, `permission denied to create "pg_catalog.${target.name}"`);
  if (options.persistence === "unlogged" && temporary)
    refuse(context, options.span, "only temporary relations may be created in temporary schemas");
  const existing = context.state.relations.by.member.first(target.schema.oid, target.name);
  if (existing !== undefined && !existing.assumed) {
    if (existing.prelude && !context.prelude && !(options.ifNotExists === true)) {
      deleteObjects(context, [{ oid: existing.oid }], {
        cascade: true,
        span: options.span,
        what: existing.name,
      });
    } else {
      if (options.ifNotExists !== true)
        refuse(context, options.span, `relation "${target.name}" already exists`);
      return null;
    }
  }
  // A relation's row type has its name.
  if (kind !== "sequence" && context.state.types.by.member.has(target.schema.oid, target.name)) {
    refuse(context, options.span, `type "${target.name}" already exists`);
  }
  const owner = currentUser(context);
  const object = kind === "sequence" ? "sequence" : "table";
  const assumed = existing?.assumed === true ? existing : undefined;
  const relation = emptyRelation({
    oid: assumed?.oid ?? newOid(context.state),
    name: target.name,
    schema: target.schema.oid,
    kind,
    owner,
    place: placeOf(context, name.span),
    prelude: context.prelude,
    assumed: false,
  });
  return {
    ...relation,
    temporary,
    unlogged: options.persistence === "unlogged",
    // What was granted before the object was seen (files without an order of their own) stays granted.
    acl: mergeAcls(newObjectAcl(context, object, owner, target.schema.oid), assumed?.acl ?? []),
    rowSecurity: assumed?.rowSecurity.value === true ? assumed.rowSecurity : relation.rowSecurity,
    forceRowSecurity:
      assumed?.forceRowSecurity.value === true ? assumed.forceRowSecurity : relation.forceRowSecurity,
  };
}

/** What a table is made from, as it is now. */
export function copied(context: Context, source: Relation, span: Span, withRows: boolean): CopiedTable {
  const schema = context.state.schemas.get(source.schema)?.name ?? "?";
  return {
    relation: source.oid,
    name: `${schema}.${source.name}`,
    rowSecurity: source.rowSecurity.value,
    place: placeOf(context, span),
    withRows,
  };
}

/** WITH options by name. */
export function optionMap(
  context: Context,
  options: readonly RelationOption[],
): ReadonlyMap<string, Written<string>> {
  if (options.length === 0) return NO_ENTRIES;
  const map = new Map<string, Written<string>>();
  for (const option of options) {
    // The toast table has its own, and whether a view checks is said apart.
    if (option.name.includes(".") || option.name === "check_option" || option.name === "oids") continue;
    map.set(option.name, { value: option.value ?? "true", place: placeOf(context, option.span) });
  }
  return map;
}
