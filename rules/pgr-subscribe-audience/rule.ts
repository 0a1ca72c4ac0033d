import { defineRule, type RuleContext } from "../../src/rule/define.ts";
import {
  IDENTITY_KEYS,
  isIdentity,
  protectedReads,
  type Subscription,
  subscriptions,
} from "../../src/rule/subscriptions.ts";
import { holesOf, objectsOf } from "../../src/templates/index.ts";

const VARIANTS = {
  missing: "a stream of one user's rows is open to every client that knows its query id",
  "not-identity": "the audience of a stream of one user's rows does not name the user",
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
