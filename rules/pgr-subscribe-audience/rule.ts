import { defineRule, type RuleContext } from "../../src/rule/define.ts";
import {
  IDENTITY_KEYS,
  isIdentity,
  protectedReads,
  type Subscription,
  subscriptions,
} from "../../src/rule/subscriptions.ts";
import { constantText, type Hole, holesOf, objectsOf, type SinkArgument } from "../../src/templates/index.ts";
import type { Span } from "../../src/text/span.ts";

const VARIANTS = {
  missing: "a stream of one user's rows is open to every client that knows its query id",
  "not-identity": "the audience of a stream of one user's rows does not name the user",
  "too-large": "an audience that has no room in the 512 bytes kept for it",
} as const;

type Variant = keyof typeof VARIANTS;

export default defineRule<Variant>({
  title: "Live query of one user's rows without an audience that names the user",
  severity: "high",
  category: "pg-reactive",
  cwe: [862, 863],
  since: "0.1.0",
  variants: VARIANTS,
  why: "The audience is what the proxy compares with the token of a client that opens the stream. Without it, or with a role only, any client that knows the query id reads the rows.",
  check(context) {
    for (const subscription of subscriptions(context)) {
      const { audience } = subscription;
      const large = audience === null ? null : unbounded(audience);
      if (large !== null) reportLarge(context, subscription, large);
      const objects = audience === null ? ["null" as const] : objectsOf(audience.value);
      // What is not known at all is the business of pgr-subscribe-identity.
      if (objects.includes("unknown")) continue;
      if (objects.includes("null")) {
        if (isPerUser(subscription) || protectedReads(subscription, context).length > 0) {
          report(context, subscription, "missing");
        }
        continue;
      }
      const binds = objects.every(
        (object) =>
          typeof object !== "string" &&
          object.entries.some(({ key }) => key === null || IDENTITY_KEYS.has(key)),
      );
      if (!binds && isPerUser(subscription)) report(context, subscription, "not-identity");
    }
  },
});

/** Bytes that pg_reactive keeps for a serialised audience. */
const MOST_BYTES = 512;

interface Large {
  readonly what: string;
  readonly span: Span;
}

/** A part of the audience that may have any size: all claims, JSON and arrays from elsewhere, or constants that are too long already. */
function unbounded(audience: SinkArgument): Large | null {
  for (const hole of holesOf(audience.value.pieces)) {
    if (hole.object === null && isAllClaims(hole))
      return { what: "all claims of the token", span: hole.span };
  }
  for (const object of objectsOf(audience.value)) {
    if (typeof object === "string") continue;
    let bytes = 2;
    for (const { key, value, span } of object.entries) {
      const open = holesOf(value.pieces).find((hole) => isAllClaims(hole) || isOpen(hole));
      if (open !== undefined) return { what: `${key ?? "a key"} of any size`, span: open.span };
      const text = (key ?? "") + (constantText(value) ?? "");
      bytes += Buffer.byteLength(text, "utf8") + 6;
      if (bytes > MOST_BYTES) return { what: `${bytes} bytes and more`, span };
    }
  }
  return null;
}

/** `auth.jwt()`, `current_setting('request.jwt.claims')`: not one claim of it. */
function isAllClaims(hole: Hole): boolean {
  return hole.origins.some(
    (origin) => origin.kind === "identity" && origin.claim === null && /claims|jwt/.test(origin.by),
  );
}

/** JSON from elsewhere, arrays, and claims that are objects. */
function isOpen(hole: Hole): boolean {
  if (hole.object !== null) return false;
  const type = hole.type?.name.at(-1);
  if (hole.type?.array === true || type === "json" || type === "jsonb") return true;
  return hole.origins.some((origin) => origin.kind === "identity" && /metadata$/.test(origin.claim ?? ""));
}

function reportLarge(context: RuleContext<Variant>, subscription: Subscription, { what, span }: Large): void {
  const { source, sink, reach, object } = subscription;
  context.report({
    variant: "too-large",
    severity: context.access.severity("low", reach),
    confidence: "medium",
    message: `${object ?? "a script"} registers a live query with an audience that may exceed ${MOST_BYTES} bytes: ${what}`,
    label: "may be too large",
    place: { source, span },
    object,
    reach,
    related: [{ place: { source, span: sink.nameSpan ?? sink.span }, message: "registered here" }],
    why: `pg_reactive keeps an audience in ${MOST_BYTES} bytes of shared memory; and the proxy compares every key of it with the token of whoever opens the stream.`,
    help: "keep the claims that decide: `jsonb_build_object('sub', auth.uid()::text)`",
  });
}

/** Whether the query or its id is made for one caller. */
function isPerUser({ sql, queryId }: Subscription): boolean {
  return [sql, queryId].some(
    (argument) => argument !== null && holesOf(argument.value.pieces).some(isIdentity),
  );
}

function report(context: RuleContext<Variant>, subscription: Subscription, variant: Variant): void {
  const { source, sink, audience, reach, object } = subscription;
  const missing = variant === "missing";
  const span = audience?.span ?? sink.nameSpan ?? sink.span;
  context.report({
    variant,
    severity: context.access.severity("high", reach),
    confidence: "high",
    message: missing
      ? `${object ?? "a script"} registers a live query of rows that policies protect or one user sees, without an audience`
      : `${object ?? "a script"} registers a live query for one user with an audience that does not name the user`,
    label:
      audience === null
        ? "no audience"
        : missing
          ? "may be NULL: every client may open the stream"
          : "names no user",
    place: { source, span },
    object,
    reach,
    related:
      audience === null
        ? []
        : [{ place: { source, span: sink.nameSpan ?? sink.span }, message: "registered here" }],
    help: "give the audience as fourth argument: `jsonb_build_object('sub', auth.uid()::text)`",
  });
}
