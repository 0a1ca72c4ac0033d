/** CREATE TYPE, ALTER TYPE of enums and composite types, as typecmds.c and pg_enum.c do them. Domains are in domains.ts. */
import type { AlterRelationAction, ColumnDefinition, EventOf, QualifiedName } from "../../events/event.ts";
import type { TypeName } from "../../events/tree.ts";
import type { Span } from "../../text/span.ts";
import { catalogType } from "../builtin/index.ts";
import { type Context, currentUser, placeOf, refuse } from "../context.ts";
import { deleteObjects, dependOn, independent, typeUses } from "../depend.ts";
import type { Attribute, Oid, Schema, TypeRef, UserType } from "../model.ts";
import { newObjectAcl } from "../object-acl.ts";
import { mayUse, requireOnSchema, requireOwner } from "../permissions.ts";
import { remembered } from "../remembered.ts";
import { findType, targetName, typeRef } from "../resolve.ts";
import { sameType } from "../same-type.ts";
import { newOid } from "../store.ts";
import { checkTypeName, isUnknown, knownType, requireTypeUsage, typeOrShellNamed } from "../types-by-name.ts";
import { requireNotStored } from "./type-users.ts";
import { followType, requireTypedTables } from "./typed-tables.ts";

type Details = Partial<
  Pick<UserType, "baseType" | "attributes" | "nextAttribute" | "labels" | "default" | "notNull">
> &
  Pick<UserType, "kind">;

/** The schema that a new type goes to; refuses when it may not. */
function typeTarget(
  context: Context,
  name: QualifiedName,
  span: Span,
): { readonly schema: Schema; readonly name: string } {
  const target = targetName(context, name.name, name.span);
  if (target === null) return refuse(context, span, "no schema has been selected to create in");
  requireOnSchema(context, span, target.schema, "create");
  return target;
}

/** A new type, or a shell filled in. */
export function putType(context: Context, name: QualifiedName, span: Span, details: Details): UserType {
  const target = typeTarget(context, name, span);
  const existing = context.state.types.by.member.first(target.schema.oid, target.name);
  const fills =
    existing?.kind === "shell" &&
    details.kind !== "composite" &&
    details.kind !== "enum" &&
    details.kind !== "domain";
  if (existing === undefined || (!fills && !(context.assume && existing.prelude))) {
    checkTypeName(context, span, target.schema.oid, target.name);
  }
  if (details.kind === "base" && existing?.kind !== "shell" && !context.assume) {
    refuse(context, span, `type "${target.name}" does not exist`);
  }
  const owner = fills ? existing.owner : currentUser(context);
  if (fills) requireOwner(context, span, owner, `type ${target.name}`);
  return context.state.types.put({
    oid: existing?.oid ?? newOid(context.state),
    name: target.name,
    place: placeOf(context, name.span),
    prelude: context.prelude,
    assumed: false,
    schema: target.schema.oid,
    owner,
    acl: fills ? existing.acl : newObjectAcl(context, "type", owner, target.schema.oid),
    baseType: null,
    attributes: [],
    nextAttribute: 1,
    labels: [],
    default: null,
    notNull: false,
    extension: null,
    ...details,
  });
}

/** What a function returns: a type that is not there yet becomes a shell when the function may be its input function. */
export function typeOrShell(
  context: Context,
  type: TypeName,
  language: string | null | undefined,
  span: Span,
): TypeRef {
  const mayBeInput = language === "c" || language === "internal";
  if (
    context.assume ||
    !mayBeInput ||
    type.of !== undefined ||
    type.array ||
    !isUnknown(typeRef(context, type))
  )
    return typeOrShellNamed(context, type, span);
  const { oid } = putType(context, type, span, { kind: "shell" });
  return { base: oid, array: false };
}

export function createType(context: Context, event: EventOf<"create-type">): void {
  switch (event.typeKind) {
    case "composite":
      createCompositeType(context, event);
      return;
    case "range":
      createRange(context, event);
      return;
    case "enum": {
      const twice = event.labels.find((label, i) => event.labels.indexOf(label) !== i);
      if (twice !== undefined) refuse(context, event.span, `enum label "${twice}" used more than once`);
      putType(context, event.name, event.span, { kind: "enum", labels: event.labels });
      return;
    }
    case "base":
    case "shell":
      putType(context, event.name, event.span, { kind: event.typeKind });
      return;
  }
}

function createCompositeType(context: Context, event: EventOf<"create-type">): void {
  const target = typeTarget(context, event.name, event.span);
  if (target.schema.name === "pg_catalog" && !context.assume)
    refuse(context, event.span, `permission denied to create "pg_catalog.${target.name}"`);
  const attributes: Attribute[] = [];
  for (const column of event.columns)
    addAttribute(context, event.span, attributes, attributes.length + 1, column);
  const type = putType(context, event.name, event.span, {
    kind: "composite",
    attributes,
    nextAttribute: attributes.length + 1,
  });
  for (const attribute of attributes) attributeUses(context, type.oid, attribute);
}

function addAttribute(
  context: Context,
  span: Span,
  attributes: Attribute[],
  number: number,
  column: ColumnDefinition,
): Attribute {
  if (attributes.some((attribute) => attribute.name === column.name)) {
    refuse(context, span, `column "${column.name}" specified more than once`);
  }
  const attribute = { number, name: column.name, type: columnType(context, column.type, column.span) };
  requireTypeUsage(context, attribute.type, span);
  attributes.push(attribute);
  return attribute;
}

function columnType(context: Context, type: TypeName | null, span: Span): TypeRef {
  return type === null ? { base: "?", array: false } : knownType(context, type, span);
}

function attributeUses(context: Context, type: Oid, attribute: Attribute): void {
  dependOn(context.state, { oid: type, column: attribute.number }, typeUses([attribute.type]));
}

/** A range type brings its multirange type along. */
function createRange(context: Context, event: EventOf<"create-type">): void {
  if (event.subtype === null) refuse(context, event.span, 'type attribute "subtype" is required');
  const subtype = knownType(context, event.subtype, event.span);
  const range = putType(context, event.name, event.span, { kind: "range", baseType: subtype });
  // Its constructors are the bootstrap superuser's, and are checked like any new function.
  const acl = newObjectAcl(context, "routine", context.bootstrap, range.schema);
  if (!mayUse(context, acl, "execute"))
    refuse(context, event.span, `permission denied for function ${range.name}`);
  dependOn(context.state, { oid: range.oid }, typeUses([subtype]));
  const name = event.multirange ?? [...event.name.name.slice(0, -1), multirangeName(range.name)];
  const multirange = putType(context, { name, span: event.name.span }, event.span, {
    kind: "multirange",
    baseType: { base: range.oid, array: false },
  });
  dependOn(context.state, { oid: multirange.oid }, [{ oid: range.oid }], "internal");
}

/** makeMultirangeTypeName() */
function multirangeName(range: string): string {
  const at = range.indexOf("range");
  return at < 0 ? `${range}_multirange` : `${range.slice(0, at)}multi${range.slice(at)}`;
}

/** The user-made type that a statement names; refused when it is missing or not of these kinds. */
export function typeNamed(
  context: Context,
  name: QualifiedName,
  span: Span,
  kinds: readonly UserType["kind"][],
): UserType {
  const found = findType(context, name.name);
  const type = found === undefined ? undefined : context.state.types.get(found.oid);
  const text = name.name.join(".");
  if (type === undefined) {
    const builtIn = catalogType(name.name.at(-1) ?? "", context.postgresVersion) !== null;
    if (builtIn) return refuse(context, span, `must be owner of type ${text}`);
    return refuse(
      context,
      span,
      context.assume
        ? `type ${text} is created nowhere here: what this changes in it is not seen`
        : `type "${text}" does not exist`,
    );
  }
  if (!kinds.includes(type.kind)) refuse(context, span, `${text} is not of the right kind`);
  requireOwner(context, span, type.owner, `type ${text}`);
  return type;
}

/** ALTER TYPE … ADD VALUE, RENAME VALUE. */
export function alterEnum(context: Context, event: EventOf<"alter-enum">): void {
  const type = typeNamed(context, event.name, event.span, ["enum"]);
  const { change } = event;
  const at = (label: string): number => {
    const index = type.labels.indexOf(label);
    return index >= 0 ? index : refuse(context, event.span, `"${label}" is not an existing enum label`);
  };
  const known = labelsOf(type);
  const labels = [...type.labels];
  if (change.action === "rename") {
    const index = at(change.from);
    if (known.has(change.to)) refuse(context, event.span, `enum label "${change.to}" already exists`);
    labels[index] = change.to;
  } else {
    if (known.has(change.label)) {
      if (change.ifNotExists) return;
      refuse(context, event.span, `enum label "${change.label}" already exists`);
    }
    const index = change.neighbour === null ? labels.length : at(change.neighbour) + (change.after ? 1 : 0);
    labels.splice(index, 0, change.label);
    known.add(change.label);
    labelSets.delete(type.labels);
    labelSets.set(labels, known);
  }
  context.state.types.put({ ...type, labels });
}

/** Handed on from list to list: types to which labels are added one by one have many of them. */
const labelSets = new WeakMap<readonly string[], Set<string>>();

function labelsOf({ labels }: UserType): Set<string> {
  return remembered(labelSets, labels, () => new Set(labels));
}

/** ALTER TYPE … ADD/DROP/ALTER ATTRIBUTE: in the grammar an ALTER TABLE. */
export function alterCompositeType(context: Context, event: EventOf<"alter-relation">): void {
  const { span } = event;
  for (const action of event.actions) {
    if (action.action === "owner") continue;
    const type = typeNamed(context, event.name, span, ["composite"]);
    if (action.action === "add-column" || action.action === "drop-column" || action.action === "alter-type")
      requireTypedTables(context, span, type, action.cascade);
    context.state.types.put(changeAttributes(context, span, type, action));
    followType(context, type);
  }
}

function changeAttributes(
  context: Context,
  span: Span,
  type: UserType,
  action: AlterRelationAction,
): UserType {
  switch (action.action) {
    case "add-column": {
      const attributes = [...type.attributes];
      const attribute = addAttribute(context, span, attributes, type.nextAttribute, action.column);
      attributeUses(context, type.oid, attribute);
      return { ...type, attributes, nextAttribute: type.nextAttribute + 1 };
    }
    case "drop-column": {
      const attribute = type.attributes.find((each) => each.name === action.name);
      if (attribute === undefined) {
        if (action.ifExists) return type;
        return refuse(context, span, `column "${action.name}" of relation "${type.name}" does not exist`);
      }
      deleteObjects(context, [{ oid: type.oid, column: attribute.number }], {
        cascade: action.cascade,
        span,
        what: `column ${action.name}`,
      });
      const attributes = type.attributes.filter((each) => each !== attribute);
      return { ...(context.state.types.get(type.oid) ?? type), attributes };
    }
    case "alter-type": {
      if (!type.attributes.some((each) => each.name === action.name)) {
        refuse(context, span, `column "${action.name}" of relation "${type.name}" does not exist`);
      }
      const ref = knownType(context, action.type, span);
      requireTypeUsage(context, ref, span);
      requireNotStored(context, type.oid, span);
      return {
        ...type,
        attributes: type.attributes.map((attribute) => {
          if (attribute.name !== action.name) return attribute;
          const changed = { ...attribute, type: ref };
          if (!sameType(attribute.type, ref)) {
            independent(context.state, { oid: type.oid, column: attribute.number });
            attributeUses(context, type.oid, changed);
          }
          return changed;
        }),
      };
    }
    default:
      return type;
  }
}

/** ALTER TYPE … RENAME ATTRIBUTE. */
export function renameAttribute(
  context: Context,
  span: Span,
  name: QualifiedName,
  from: string,
  to: string,
  cascade: boolean,
): void {
  const type = typeNamed(context, name, span, ["composite"]);
  if (!type.attributes.some((attribute) => attribute.name === from)) {
    refuse(context, span, `column "${from}" does not exist`);
  }
  if (type.attributes.some((attribute) => attribute.name === to)) {
    refuse(context, span, `column "${to}" of relation "${type.name}" already exists`);
  }
  requireTypedTables(context, span, type, cascade);
  const attributes = type.attributes.map((attribute) =>
    attribute.name === from ? { ...attribute, name: to } : attribute,
  );
  context.state.types.put({ ...type, attributes });
  followType(context, type);
}
