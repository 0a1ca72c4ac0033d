/** Routines, types, schemas, operators and what else is no relation: the object that a statement names, and changes to its record. */
import type { ObjectKind, RoutineRef } from "../../events/event.ts";
import type { Span } from "../../text/span.ts";
import { changeAclOwner } from "../acl.ts";
import { type Context, refuse } from "../context.ts";
import type {
  EventTrigger,
  Extension,
  ForeignDataWrapper,
  ForeignServer,
  Oid,
  Operator,
  Publication,
  Routine,
  Schema,
  Subscription,
  UserType,
} from "../model.ts";
import { findRoutine, findType, schemaNamed } from "../resolve.ts";
import { sameTypes } from "../same-type.ts";
import { checkTypeName } from "../types-by-name.ts";
import { operatorNamed } from "./operators.ts";

/** An object as a statement names it, with the kind of its record. */
export type Named =
  | { readonly is: "routine"; readonly record: Routine }
  | { readonly is: "type"; readonly record: UserType }
  | { readonly is: "schema"; readonly record: Schema }
  | { readonly is: "operator"; readonly record: Operator }
  | { readonly is: "event-trigger"; readonly record: EventTrigger }
  | { readonly is: "extension"; readonly record: Extension }
  | { readonly is: "foreign-data-wrapper"; readonly record: ForeignDataWrapper }
  | { readonly is: "foreign-server"; readonly record: ForeignServer }
  | { readonly is: "publication"; readonly record: Publication }
  | { readonly is: "subscription"; readonly record: Subscription };

export const KINDS: ReadonlySet<ObjectKind> = new Set([
  "function",
  "procedure",
  "routine",
  "aggregate",
  "type",
  "domain",
  "schema",
  "operator",
  "event-trigger",
  "extension",
  "foreign-data-wrapper",
  "foreign-server",
  "publication",
  "subscription",
]);

/** The object; undefined when there is none. Refuses an ambiguous name and an object of another kind. */
export function named(context: Context, kind: ObjectKind, ref: RoutineRef, span: Span): Named | undefined {
  const { state } = context;
  const last = ref.name.at(-1) ?? "";
  const known = <I extends string, T>(
    is: I,
    record: T | undefined,
  ): { readonly is: I; readonly record: T } | undefined =>
    record === undefined ? undefined : { is, record };
  switch (kind) {
    case "function":
    case "procedure":
    case "routine":
    case "aggregate": {
      const routine = findRoutine(context, ref, kind);
      if (routine === "ambiguous")
        return refuse(context, span, `${kind} name "${ref.name.join(".")}" is not unique`);
      return known("routine", routine);
    }
    case "type":
    case "domain": {
      const found = findType(context, ref.name);
      const type = found === undefined ? undefined : state.types.get(found.oid);
      if (found !== undefined && type === undefined)
        return refuse(context, span, `${found.name} is a table's row type`);
      if (kind === "domain" && type !== undefined && type.kind !== "domain")
        return refuse(context, span, `"${type.name}" is not a domain`);
      return known("type", type);
    }
    case "schema":
      return known("schema", schemaNamed(state, last));
    case "operator":
      return known("operator", operatorNamed(context, ref));
    case "event-trigger":
      return known("event-trigger", state.eventTriggers.by.name.first(last));
    case "extension":
      return known("extension", state.extensions.by.name.first(last));
    case "foreign-data-wrapper":
      return known("foreign-data-wrapper", state.foreignDataWrappers.by.name.first(last));
    case "foreign-server":
      return known("foreign-server", state.foreignServers.by.name.first(last));
    case "publication":
      return known("publication", state.publications.by.name.first(last));
    case "subscription":
      return known("subscription", state.subscriptions.by.name.first(last));
    default:
      return undefined;
  }
}

/** An object that is no relation, by what a statement calls it; undefined: there is none. */
export function objectNamed(
  context: Context,
  kind: ObjectKind,
  ref: RoutineRef,
  span: Span,
): { readonly oid: Oid; readonly owner: Oid } | undefined {
  return named(context, kind, ref, span)?.record;
}

/** Puts a changed copy of the record in the place of it. */
export function put(
  context: Context,
  { is, record }: Named,
  change: { readonly name?: string; readonly owner?: Oid; readonly schema?: Oid },
): void {
  const { state } = context;
  const ownerChange = <T extends { readonly owner: Oid; readonly acl: UserType["acl"] }>(row: T): T =>
    change.owner === undefined ? row : { ...row, acl: changeAclOwner(row.acl, row.owner, change.owner) };
  switch (is) {
    case "routine":
      state.routines.put({ ...ownerChange(record), ...change });
      return;
    case "type":
      state.types.put({ ...ownerChange(record), ...change });
      return;
    case "schema":
      state.schemas.put({ ...ownerChange(record), ...change });
      return;
    case "operator":
      state.operators.put({ ...record, ...change });
      return;
    case "event-trigger":
      state.eventTriggers.put({ ...record, ...change });
      return;
    case "extension":
      state.extensions.put({ ...record, ...change });
      return;
    case "foreign-data-wrapper":
      state.foreignDataWrappers.put({ ...ownerChange(record), ...change });
      return;
    case "foreign-server":
      state.foreignServers.put({ ...ownerChange(record), ...change });
      return;
    case "publication":
      state.publications.put({ ...record, ...change });
      return;
    case "subscription":
      state.subscriptions.put({ ...record, ...change });
  }
}

/** Refuses a name that another object of the kind has, in the schema where it is or goes. */
export function checkName(
  context: Context,
  span: Span,
  object: Named,
  name: string,
  schema: Oid | null,
): void {
  const { state } = context;
  const taken = (rows: readonly unknown[]): void => {
    if (rows.length > 0) refuse(context, span, `${object.is} "${name}" already exists`);
  };
  switch (object.is) {
    case "routine":
      taken(
        state.routines.by.member
          .all(schema ?? object.record.schema, name)
          .filter((other) => sameTypes(other.inputTypes, object.record.inputTypes)),
      );
      return;
    case "type":
      checkTypeName(context, span, schema ?? object.record.schema, name);
      return;
    case "operator":
      taken(
        state.operators.by.member
          .all(schema ?? object.record.schema, name)
          .filter(
            (other) =>
              JSON.stringify([other.left, other.right]) ===
              JSON.stringify([object.record.left, object.record.right]),
          ),
      );
      return;
    case "schema":
      if (name.startsWith("pg_")) refuse(context, span, `unacceptable schema name "${name}"`);
      taken(state.schemas.by.name.all(name));
      return;
    case "event-trigger":
      taken(state.eventTriggers.by.name.all(name));
      return;
    case "extension":
      return;
    case "foreign-data-wrapper":
      taken(state.foreignDataWrappers.by.name.all(name));
      return;
    case "foreign-server":
      taken(state.foreignServers.by.name.all(name));
      return;
    case "publication":
      taken(state.publications.by.name.all(name));
      return;
    case "subscription":
      taken(state.subscriptions.by.name.all(name));
      return;
  }
}

/** The schema an object is in; null for those that are in none. */
export function schemaOf(context: Context, { is, record }: Named): Schema | null {
  return is === "routine" || is === "type" || is === "operator"
    ? (context.state.schemas.get(record.schema) ?? null)
    : null;
}
