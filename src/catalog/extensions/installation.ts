/** What all members of an extension need that are put into the catalog: names, types, privileges. */
import type { Span } from "../../text/span.ts";
import { type AclObject, mergeAcls } from "../acl.ts";
import { catalog } from "../bind/types.ts";
import { type Context, placeOf, refuse } from "../context.ts";
import { dependOn } from "../depend.ts";
import {
  type Acl,
  type Extension,
  type ObjectBase,
  type Oid,
  type Privilege,
  PUBLIC,
  type TypeRef,
} from "../model.ts";
import { newObjectAcl } from "../object-acl.ts";
import { schemaNamed } from "../resolve.ts";
import { newOid } from "../store.ts";
import type { ExtensionData, ExtensionGrant } from "./data.ts";

export interface Installation {
  readonly context: Context;
  readonly extension: Extension;
  readonly data: ExtensionData;
  /** Of what the script creates: not the extension's when the script runs as the bootstrap superuser. */
  readonly owner: Oid;
  readonly span: Span;
  /** Where types of this extension and of those it requires are looked for, in this order. */
  readonly schemas: readonly Oid[];
}

/** The fields of every member; it is nothing that the project wrote. */
export function base(at: Installation, name: string): ObjectBase & { readonly extension: string } {
  return {
    oid: newOid(at.context.state),
    name,
    place: placeOf(at.context, at.span),
    prelude: true,
    assumed: false,
    extension: at.extension.name,
  };
}

export function belongs(at: Installation, oid: Oid): void {
  dependOn(at.context.state, { oid }, [{ oid: at.extension.oid }], "extension");
}

/**
 * Whether the project has something of that name and shape itself: the script fails on it. Where it is only assumed that nothing else
 * is there, what the project has stays. What a statement spoke of before is the member.
 */
export function taken(at: Installation, existing: ObjectBase | undefined, what: string): boolean {
  if (existing === undefined || existing.assumed) return false;
  if (!at.context.assume) refuse(at.context, at.span, `${what} "${existing.name}" already exists`);
  return true;
}

/** `cron.job` is in that schema, a name without one in the extension's. */
export function placed(at: Installation, text: string): { readonly schema: Oid; readonly name: string } {
  const dot = text.indexOf(".");
  const schema = dot <= 0 ? undefined : schemaNamed(at.context.state, text.slice(0, dot));
  return schema === undefined
    ? { schema: at.extension.schema, name: text }
    : { schema: schema.oid, name: text.slice(dot + 1) };
}

export function typeNamed(at: Installation, text: string): TypeRef {
  if (text.endsWith("[]")) return { ...typeNamed(at, text.slice(0, -2)), array: true };
  const { state } = at.context;
  const dot = text.indexOf(".");
  if (dot < 0) return catalog(text);
  const name = text.slice(dot + 1);
  const named = dot === 0 ? undefined : schemaNamed(state, text.slice(0, dot))?.oid;
  for (const schema of named === undefined ? at.schemas : [named]) {
    const found = state.types.by.member.first(schema, name) ?? state.relations.by.member.first(schema, name);
    if (found !== undefined) return { base: found.oid, array: false };
  }
  // information_schema has types, too.
  return dot > 0 ? catalog(text) : { base: `?${name}`, array: false };
}

const LETTERS: Readonly<Record<string, Privilege>> = {
  r: "select",
  a: "insert",
  w: "update",
  d: "delete",
  D: "truncate",
  x: "references",
  t: "trigger",
  m: "maintain",
  U: "usage",
  C: "create",
  X: "execute",
};

export function granted(at: Installation, grants: readonly ExtensionGrant[]): Acl {
  return grants.flatMap(({ role, privileges }) => {
    const grantee = role === null ? PUBLIC : at.context.state.roles.by.name.first(role)?.oid;
    if (grantee === undefined) return [];
    return [...privileges].flatMap((letter) => {
      const privilege = LETTERS[letter];
      if (privilege === undefined || (privilege === "maintain" && at.context.postgresVersion < 17)) return [];
      const origin = { kind: "grant", place: placeOf(at.context, at.span), prelude: true } as const;
      return [{ grantee, grantor: at.owner, privilege, grantable: false, origin }];
    });
  });
}

export function aclOf(
  at: Installation,
  object: AclObject,
  schema: Oid | null,
  grants: readonly ExtensionGrant[],
): Acl {
  return mergeAcls(newObjectAcl(at.context, object, at.owner, schema), granted(at, grants));
}
