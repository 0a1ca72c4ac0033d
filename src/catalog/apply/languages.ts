/** Procedural languages, as proclang.c does them. */
import type { EventOf } from "../../events/event.ts";
import type { Span } from "../../text/span.ts";
import { defaultAcl } from "../acl.ts";
import { type Context, currentUser, placeOf, refuse } from "../context.ts";
import { deleteObjects } from "../depend.ts";
import { isSuperuser } from "../membership.ts";
import type { Language } from "../model.ts";
import { requireOwner } from "../permissions.ts";
import { newOid } from "../store.ts";

/** The language of this name; null when nothing created it and that is no matter: an extension of that name may have. */
export function languageNamed(context: Context, name: string, span: Span): Language | null {
  const found = context.state.languages.by.name.first(name);
  if (found !== undefined) return found;
  if (!context.assume) refuse(context, span, `language "${name}" does not exist`);
  return null;
}

export function createLanguage(context: Context, event: EventOf<"create-language">): void {
  const { state } = context;
  const owner = currentUser(context);
  if (!context.assume && !isSuperuser(state, owner))
    refuse(context, event.span, "must be superuser to create custom procedural language");
  const existing = state.languages.by.name.first(event.name);
  if (existing !== undefined && !event.orReplace && !existing.prelude) {
    refuse(context, event.span, `language "${event.name}" already exists`);
  }
  state.languages.put({
    oid: existing?.oid ?? newOid(state),
    name: event.name,
    place: placeOf(context, event.span),
    prelude: context.prelude,
    assumed: false,
    // OR REPLACE keeps owner and privileges.
    owner: existing?.owner ?? owner,
    acl: existing?.acl ?? defaultAcl("language", owner, context.postgresVersion),
    trusted: event.trusted,
  });
}

export function renameLanguage(context: Context, language: Language, name: string, span: Span): void {
  const { state } = context;
  requireOwner(context, span, language.owner, `language ${language.name}`);
  if (state.languages.by.name.has(name)) refuse(context, span, `language "${name}" already exists`);
  state.languages.put({ ...language, name });
  for (const routine of [...state.routines.all()]) {
    if (routine.language === language.name) state.routines.put({ ...routine, language: name });
  }
}

export function dropLanguage(context: Context, language: Language, event: EventOf<"drop">): void {
  const { span, cascade } = event;
  const what = `language ${language.name}`;
  requireOwner(context, span, language.owner, what);
  const written = [...context.state.routines.all()].filter((routine) => routine.language === language.name);
  if (written.length > 0 && !cascade)
    refuse(context, span, `cannot drop ${what} because other objects depend on it`);
  deleteObjects(
    context,
    [language, ...written].map(({ oid }) => ({ oid })),
    { cascade, span, what },
  );
}
