/** Privileges as statements name them. */
import type { PrivilegeRef } from "../../events/event.ts";
import type { Span } from "../../text/span.ts";
import { type AclObject, allPrivileges } from "../acl.ts";
import { type Context, refuse } from "../context.ts";
import { PRIVILEGES, type Privilege } from "../model.ts";

const PRIVILEGE_NAMES: ReadonlySet<string> = new Set(PRIVILEGES);

function isPrivilege(name: string): name is Privilege {
  return PRIVILEGE_NAMES.has(name);
}

function privilegeNamed(context: Context, name: string, span: Span): Privilege {
  const folded = name === "temp" ? "temporary" : name === "alter system" ? "alter-system" : name;
  return isPrivilege(folded) ? folded : refuse(context, span, `unrecognized privilege type "${name}"`);
}

/** The privileges that a statement names for an object of this kind; ALL is everything the kind has. Refuses what the kind does not have. */
export function privilegesFor(
  context: Context,
  refs: readonly PrivilegeRef[],
  kind: AclObject,
  span: Span,
): readonly Privilege[] {
  const all = allPrivileges(kind, context.postgresVersion);
  const found = new Set<Privilege>();
  for (const ref of refs) {
    if (kind !== "column" && ref.columns.length > 0) {
      refuse(context, span, "column privileges are only valid for relations");
    }
    if (ref.privilege === "all") return all;
    const privilege = privilegeNamed(context, ref.privilege, span);
    if (!all.includes(privilege))
      refuse(context, span, `invalid privilege type ${ref.privilege} for ${kind}`);
    found.add(privilege);
  }
  return [...found];
}

/** GRANT … ON TABLE is also for sequences, which pass over what only tables have. */
export function relationPrivileges(
  context: Context,
  refs: readonly PrivilegeRef[],
  sequence: boolean,
  span: Span,
): readonly Privilege[] {
  if (!sequence) return privilegesFor(context, refs, "table", span);
  const own = allPrivileges("sequence", context.postgresVersion);
  const tables = allPrivileges("table", context.postgresVersion);
  const found = new Set<Privilege>();
  for (const ref of refs) {
    if (ref.privilege === "all") return own;
    const privilege = privilegeNamed(context, ref.privilege, span);
    if (own.includes(privilege)) found.add(privilege);
    else if (!tables.includes(privilege))
      refuse(context, span, `invalid privilege type ${ref.privilege} for relation`);
  }
  return [...found];
}
