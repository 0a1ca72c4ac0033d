/** What GRANT and REVOKE change in the records of the catalog. */
import type { PrivilegeRef } from "../../events/event.ts";
import { NO_ENTRIES } from "../../text/shared.ts";
import type { AclObject } from "../acl.ts";
import { type Context, placeOf, refuse } from "../context.ts";
import { changedAcl, type GrantChange, type GrantObject } from "../granting.ts";
import type { Acl, BuiltinObject, Oid, Privilege, Relation } from "../model.ts";
import type { Table } from "../table.ts";
import { plainColumn } from "./columns.ts";
import { privilegesFor, relationPrivileges } from "./privileges.ts";

interface Owned {
  readonly oid: Oid;
  readonly name: string;
  readonly owner: Oid;
  readonly acl: Acl;
}

/** GRANT or REVOKE on an object that has one ACL. */
export function grantOnRecord<T extends Owned>(
  context: Context,
  change: GrantChange,
  refs: readonly PrivilegeRef[],
  kind: AclObject,
  table: Table<T>,
  record: T,
): void {
  const privileges = privilegesFor(context, refs, kind, change.span);
  const object = { kind, owner: record.owner, acl: record.acl, what: `${kind} ${record.name}` };
  const acl = changedAcl(context, change, object, privileges);
  if (acl !== record.acl) table.put({ ...record, acl });
}

const COLUMN_PRIVILEGES: readonly Privilege[] = ["select", "insert", "update", "references"];
const SYSTEM_COLUMNS: ReadonlySet<string> = new Set(["tableoid", "ctid", "xmin", "xmax", "cmin", "cmax"]);

/** The ACLs of a relation and its columns after GRANT or REVOKE (ExecGrant_Relation). */
function relationAcls(
  context: Context,
  change: GrantChange,
  refs: readonly PrivilegeRef[],
  relation: {
    readonly name: string;
    readonly owner: Oid;
    readonly acl: Acl;
    readonly sequence: boolean;
    readonly systemTable: boolean;
    /** A view has none. */
    readonly systemColumns: boolean;
    /** Columns that have privileges of their own. */
    readonly columns: ReadonlyMap<string, Acl>;
  },
): { readonly acl: Acl; readonly columns: ReadonlyMap<string, Acl> } {
  const { span } = change;
  const { owner, sequence, systemTable } = relation;
  const whole = refs.filter((ref) => ref.columns.length === 0);
  const privileges = whole.length === 0 ? [] : relationPrivileges(context, whole, sequence, span);
  const object: GrantObject = {
    kind: sequence ? "sequence" : "table",
    owner,
    acl: relation.acl,
    systemTable,
    what: `relation ${relation.name}`,
  };
  const acl = changedAcl(context, change, object, privileges);
  const ofColumns = privileges.filter((privilege) => COLUMN_PRIVILEGES.includes(privilege));
  if (!change.grant && relation.systemColumns && !context.assume && ofColumns.length > 0) {
    const column: GrantObject = {
      ...object,
      kind: "column",
      acl: [],
      tableAcl: relation.acl,
      what: "column tableoid",
    };
    changedAcl(context, change, column, ofColumns);
  }
  // Revoking a privilege of the table takes the same privilege of its columns along.
  const perColumn = new Map<string, Set<Privilege>>();
  const add = (column: string, privilege: Privilege): void => {
    const known = perColumn.get(column);
    if (known === undefined) perColumn.set(column, new Set([privilege]));
    else known.add(privilege);
  };
  if (!change.grant) {
    for (const privilege of privileges) {
      if (!COLUMN_PRIVILEGES.includes(privilege)) continue;
      // Of a table the check above has spoken for the columns without an ACL.
      const checked = relation.systemColumns || context.assume;
      for (const [column, own] of relation.columns) if (own.length > 0 || !checked) add(column, privilege);
    }
  }
  for (const ref of refs) {
    if (ref.columns.length === 0) continue;
    for (const privilege of privilegesFor(context, [ref], "column", span)) {
      if (sequence && privilege !== "select") continue;
      for (const column of ref.columns) add(column, privilege);
    }
  }
  const columns = new Map<string, Acl>();
  for (const [name, wanted] of perColumn) {
    const before = relation.columns.get(name) ?? [];
    const column: GrantObject = {
      kind: "column",
      owner,
      acl: before,
      systemTable,
      tableAcl: relation.acl,
      what: `column ${name} of relation ${relation.name}`,
    };
    columns.set(name, changedAcl(context, change, column, [...wanted]));
  }
  return { acl, columns };
}

export function grantOnRelation(
  context: Context,
  change: GrantChange,
  refs: readonly PrivilegeRef[],
  relation: Relation,
): void {
  const { span } = change;
  if (relation.kind === "index") refuse(context, span, `"${relation.name}" is an index`);
  if (relation.kind === "composite-type") refuse(context, span, `"${relation.name}" is a composite type`);
  const known = withNamedColumns(context, change, refs, relation);
  const { acl, columns } = relationAcls(context, change, refs, {
    name: known.name,
    owner: known.owner,
    acl: known.acl,
    sequence: known.kind === "sequence",
    systemTable: false,
    systemColumns: known.kind !== "view",
    // A GRANT on the table leaves them alone.
    columns:
      change.grant && refs.every((ref) => ref.columns.length === 0)
        ? NO_ENTRIES
        : new Map(known.columns.map((column) => [column.name, column.acl])),
  });
  context.state.relations.put({
    ...known,
    acl,
    columns:
      columns.size === 0
        ? known.columns
        : known.columns.map((column) => ({ ...column, acl: columns.get(column.name) ?? column.acl })),
  });
}

/** The relation with all columns that the statement names; what is assumed, or has a query that is not understood, has them. */
function withNamedColumns(
  context: Context,
  change: GrantChange,
  refs: readonly PrivilegeRef[],
  relation: Relation,
): Relation {
  let { columns, nextColumn } = relation;
  for (const name of refs.flatMap((ref) => ref.columns)) {
    if (columns.some((column) => column.name === name) || isSystemColumn(relation, name)) continue;
    if (!context.assume || !(relation.assumed || relation.query !== null)) {
      refuse(context, change.span, `column "${name}" of relation "${relation.name}" does not exist`);
    }
    columns = [
      ...columns,
      plainColumn(nextColumn, name, { base: "?", array: false }, placeOf(context, change.span)),
    ];
    nextColumn += 1;
  }
  return columns === relation.columns ? relation : { ...relation, columns, nextColumn };
}

function isSystemColumn(relation: Relation, name: string): boolean {
  return relation.kind !== "view" && SYSTEM_COLUMNS.has(name);
}

/** GRANT or REVOKE on an object of initdb. */
export function grantOnBuiltin(
  context: Context,
  change: GrantChange,
  refs: readonly PrivilegeRef[],
  object: BuiltinObject,
): void {
  const { builtins } = context.state;
  if (object.kind !== "relation") {
    grantOnRecord(context, change, refs, object.kind, builtins, object);
    return;
  }
  for (const name of refs.flatMap((ref) => ref.columns)) {
    if (!object.columns.has(name) && !SYSTEM_COLUMNS.has(name)) {
      refuse(context, change.span, `column "${name}" of relation "${object.name}" does not exist`);
    }
  }
  const { acl, columns } = relationAcls(context, change, refs, {
    ...object,
    sequence: false,
    systemColumns: false,
  });
  builtins.put({ ...object, acl, columns: new Map([...object.columns, ...columns]) });
}
