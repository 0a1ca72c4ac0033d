/** Subscriptions, as subscriptioncmds.c does them. */
import type { EventOf } from "../../events/event.ts";
import type { NamedOption } from "../../events/object-events.ts";
import type { Span } from "../../text/span.ts";
import { type Context, currentUser, placeOf, refuse } from "../context.ts";
import { hasPrivilegesOf, isSuperuser } from "../membership.ts";
import type { Subscription } from "../model.ts";
import { requireDatabaseCreate, requireOwner } from "../permissions.ts";
import { newOid } from "../store.ts";

type Options = Pick<Subscription, "enabled" | "passwordRequired" | "runAsOwner">;

/** defGetBoolean(): an option without a value is set. */
export function isTrue(value: string | null): boolean {
  return value === null || !["false", "off", "no", "0", "f", "n"].includes(value.toLowerCase());
}

function changed(context: Context, before: Options, options: readonly NamedOption[]): Options {
  let { enabled, passwordRequired, runAsOwner } = before;
  for (const { name, value, span } of options) {
    if (name === "enabled" || (name === "connect" && !isTrue(value)))
      enabled = name === "enabled" && isTrue(value);
    else if (name === "password_required")
      passwordRequired = { value: isTrue(value), place: placeOf(context, span) };
    else if (name === "run_as_owner") runAsOwner = { value: isTrue(value), place: placeOf(context, span) };
  }
  return { enabled, passwordRequired, runAsOwner };
}

function isPlainUser(context: Context): boolean {
  return !context.assume && !isSuperuser(context.state, currentUser(context));
}

/** CREATE SUBSCRIPTION needs membership in pg_create_subscription, before PostgreSQL 16 a superuser. */
function requireMayCreate(context: Context, span: Span): void {
  if (!isPlainUser(context)) return;
  const { state, postgresVersion } = context;
  const role = state.roles.by.name.first("pg_create_subscription");
  if (role === undefined || !hasPrivilegesOf(state, currentUser(context), role.oid, postgresVersion))
    refuse(context, span, "permission denied to create subscription");
  requireDatabaseCreate(context, span);
}

/** Without a password the subscription's worker would connect as the server's own user. */
function requirePassword(context: Context, span: Span, connection: string): void {
  if (!/(^|\s)password\s*=\s*('[^']|[^\s'])|^postgres(ql)?:\/\/[^/@]*:[^/@]+@/.test(connection))
    refuse(context, span, "password is required");
}

function requireMayWaivePassword(context: Context, span: Span, { passwordRequired }: Options): void {
  if (!passwordRequired.value && isPlainUser(context))
    refuse(context, span, "password_required=false is superuser-only");
}

export function createSubscription(context: Context, event: EventOf<"create-subscription">): void {
  const { state } = context;
  const { connection, span } = event;
  const place = placeOf(context, span);
  const initial: Options = {
    enabled: true,
    passwordRequired: { value: true, place },
    runAsOwner: { value: false, place },
  };
  const options = changed(context, initial, event.options);
  requireMayCreate(context, span);
  requireMayWaivePassword(context, span, options);
  const existing = state.subscriptions.by.name.first(event.name);
  if (existing !== undefined && !existing.prelude)
    refuse(context, span, `subscription "${event.name}" already exists`);
  if (options.passwordRequired.value && isPlainUser(context)) requirePassword(context, span, connection);
  state.subscriptions.put({
    oid: existing?.oid ?? newOid(state),
    name: event.name,
    place,
    prelude: context.prelude,
    assumed: false,
    owner: currentUser(context),
    connection: { value: connection, place },
    publications: event.publications,
    ...options,
  });
}

export function alterSubscription(context: Context, event: EventOf<"alter-subscription">): void {
  const { change, span } = event;
  const subscription = context.state.subscriptions.by.name.first(event.name);
  if (subscription === undefined) refuse(context, span, `subscription "${event.name}" does not exist`);
  requireMayChange(context, span, subscription);
  const place = placeOf(context, span);
  const put = (part: Partial<Subscription>) => context.state.subscriptions.put({ ...subscription, ...part });
  switch (change) {
    case "options":
    case "enabled": {
      const options = changed(context, subscription, event.options);
      requireMayWaivePassword(context, span, options);
      put(options);
      return;
    }
    case "connection": {
      const value = event.connection ?? "";
      const { owner, passwordRequired } = subscription;
      if (!context.assume && passwordRequired.value && !isSuperuser(context.state, owner))
        requirePassword(context, span, value);
      put({ connection: { value, place } });
      return;
    }
    case "set-publications":
    case "add-publications":
    case "drop-publications":
      put({ publications: publications(context, span, subscription, change, event.publications) });
      return;
    case "other":
  }
}

/** What ALTER and DROP ask for. */
export function requireMayChange(context: Context, span: Span, subscription: Subscription): void {
  requireOwner(context, span, subscription.owner, `subscription ${subscription.name}`);
  requireMayWaivePassword(context, span, subscription);
}

/** RENAME and OWNER TO, after what is asked for with every object. */
export function requireMayGive(context: Context, span: Span, subscription: Subscription): void {
  requireMayWaivePassword(context, span, subscription);
  requireDatabaseCreate(context, span);
}

function publications(
  context: Context,
  span: Span,
  { name, publications: before }: Subscription,
  change: "set-publications" | "add-publications" | "drop-publications",
  named: readonly string[],
): readonly string[] {
  const twice = named.find((each, i) => named.indexOf(each) < i);
  if (twice !== undefined) refuse(context, span, `publication name "${twice}" used more than once`);
  if (change === "set-publications") return named;
  const isThere = (each: string) => before.includes(each);
  if (change === "add-publications") {
    const there = named.find(isThere);
    if (there !== undefined)
      refuse(context, span, `publication "${there}" is already in subscription "${name}"`);
    return [...before, ...named];
  }
  const missing = named.find((each) => !isThere(each));
  if (missing !== undefined)
    refuse(context, span, `publication "${missing}" is not in subscription "${name}"`);
  const rest = before.filter((each) => !named.includes(each));
  if (rest.length === 0) refuse(context, span, "cannot drop all the publications from a subscription");
  return rest;
}
