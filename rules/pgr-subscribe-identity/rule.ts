import { namesOwner } from "../../src/access/owner-columns.ts";
import { defineRule, type RuleContext } from "../../src/rule/define.ts";
import {
  bindsIdentity,
  comparisons,
  ends,
  holesIn,
  isIdentity,
  protectedReads,
  type Subscription,
  settingIn,
  subscriptions,
  uncheckedParameters,
  unknownReads,
} from "../../src/rule/subscriptions.ts";
import { allHoles, type Hole, holesOf, objectsOf } from "../../src/templates/index.ts";
import type { Span } from "../../src/text/span.ts";

const VARIANTS = {
  "query-id": "the caller chooses the query id, or it is the same for every caller",
  audience: "the caller chooses the audience",
  "unchecked-argument":
    "the query shows the rows of a user that the caller names, who is not compared with the caller's identity",
} as const;

type Variant = keyof typeof VARIANTS;

export default defineRule<Variant>({
  title: "Live query takes the caller's word for who he is",
  severity: "high",
  category: "pg-reactive",
  cwe: [639, 863],
  since: "0.1.0",
  variants: VARIANTS,
  why: "Query id, audience and the condition on rows say whose stream it is. Taken from an argument, they are whatever the caller writes.",
  check(context) {
    for (const subscription of subscriptions(context)) {
      if (subscription.routine !== null) judge(context, subscription);
    }
    for (const { source, sink, queryId, reach, object } of ends(context)) {
      const holes = queryId === null ? [] : holesOf(queryId.value.pieces);
      const [chosen] = holes.some(isIdentity) ? [] : uncheckedParameters(holes);
      if (chosen === undefined) continue;
      context.report({
        variant: "query-id",
        severity: context.access.severity("medium", reach),
        confidence: "high",
        message: `${object}: argument ${chosen.name} decides which live query ends`,
        label: "the caller's choice",
        place: { source, span: chosen.hole.span },
        object,
        reach,
        related: [{ place: { source, span: sink.nameSpan ?? sink.span }, message: "ended here" }],
        why: "pgr.unsubscribe ends any subscription by its query id: the caller disconnects other users' live queries.",
        help: WORDS["query-id"].help,
      });
    }
  },
});

/** One finding per parameter, the worst of what it is used for. */
function judge(context: RuleContext<Variant>, subscription: Subscription): void {
  const reported = new Set<string>();
  const report = (variant: Variant, holes: readonly Hole[]): void => {
    for (const { hole, name, key } of uncheckedParameters(holes)) {
      if (reported.has(key)) continue;
      reported.add(key);
      reportOne(context, subscription, variant, hole, name);
    }
  };
  const ofRows = identityHoles(subscription, context);
  report("unchecked-argument", ofRows);
  const { audience, queryId } = subscription;
  // A further key only narrows an audience that names the caller.
  if (audience !== null && !bindsIdentity(audience)) report("audience", audienceHoles(audience));
  if (queryId !== null) {
    const holes = holesOf(queryId.value.pieces);
    // With the caller's identity in it, it can be nobody else's.
    if (!holes.some(isIdentity)) report("query-id", holes);
    if (holes.length === 0) sharedQueryId(context, subscription, queryId.span);
  }
  if (reported.size > 0) return;
  const believed = settingIn([...ofRows, ...(audience === null ? [] : audienceHoles(audience))]);
  if (believed !== null) reportSetting(context, subscription, believed.hole, believed.name);
}

/** An identity that is read from a setting: the server's own are the verified claims. */
function reportSetting(
  context: RuleContext<Variant>,
  { source, sink, reach, object }: Subscription,
  hole: Hole,
  name: string,
): void {
  const { directSql } = context.access.trust;
  context.report({
    variant: "unchecked-argument",
    // Behind an API only code of the project's own can set it.
    severity: context.access.severity(directSql ? "high" : "medium", reach),
    confidence: directSql ? "high" : "medium",
    message: `${object ?? "a script"}: the setting ${name}, which every role may SET, says whose live query it is`,
    label: "not a verified claim",
    place: { source, span: hole.span },
    object,
    reach,
    related: [{ place: { source, span: sink.nameSpan ?? sink.span }, message: "registered here" }],
    why: "Only auth.uid() and the claims of the request are what the server has verified.",
    help: "take the identity from auth.uid() or the verified claims",
  });
}

/** One query id for streams that are made for one caller each. */
function sharedQueryId(context: RuleContext<Variant>, subscription: Subscription, span: Span): void {
  const { source, sink, sql, audience, reach, object } = subscription;
  const perUser = [sql, audience].some(
    (argument) => argument !== null && allHoles(argument.value).some(isIdentity),
  );
  if (!perUser) return;
  context.report({
    variant: "query-id",
    severity: context.access.severity("medium", reach),
    confidence: "high",
    message: `${object ?? "a script"}: every caller's own live query has the same query id`,
    label: "the same for everybody",
    place: { source, span },
    object,
    reach,
    related: [{ place: { source, span: sink.nameSpan ?? sink.span }, message: "registered here" }],
    why: WORDS["query-id"].why,
    help: "build the query id from auth.uid() or the verified claims, as the query and its audience are",
  });
}

/** Values that the template compares with a column by which policies tie rows to callers. */
function identityHoles(subscription: Subscription, context: RuleContext<Variant>): readonly Hole[] {
  const known = protectedReads(subscription, context).flatMap(({ statement, identity, template }) =>
    comparisons(statement)
      .filter(({ column }) => identity.has(column))
      .flatMap(({ others }) => holesIn(others, template)),
  );
  // Of a table that no file creates only the names of columns can say it.
  const byName = unknownReads(subscription, context).flatMap(({ statement, template }) =>
    comparisons(statement)
      .filter(({ column }) => namesOwner(column))
      .flatMap(({ others }) => holesIn(others, template)),
  );
  return [...known, ...byName];
}

function audienceHoles(audience: NonNullable<Subscription["audience"]>): readonly Hole[] {
  const inside = objectsOf(audience.value).flatMap((object) =>
    typeof object === "string" ? [] : object.entries.flatMap(({ value }) => allHoles(value)),
  );
  return inside.length > 0 ? inside : holesOf(audience.value.pieces);
}

const WORDS = {
  "query-id": {
    message: (name: string) => `argument ${name} decides the query id of a live query`,
    label: "the caller's choice",
    why: "Registering a query id again replaces the stream that has it: another user's stream is rebound or disconnected.",
    help: "build the query id from auth.uid() or the verified claims",
  },
  audience: {
    message: (name: string) => `argument ${name} decides the audience of a live query`,
    label: "the caller's choice",
    why: "The audience is what the proxy checks before it opens the stream: the caller writes himself in.",
    help: "build the audience from auth.uid() or the verified claims: `jsonb_build_object('sub', auth.uid()::text)`",
  },
  "unchecked-argument": {
    message: (name: string) =>
      `argument ${name} names the user whose rows a live query shows, and is not compared with the caller's identity`,
    label: "whose rows are shown",
    why: "The query is run again as the extension's owner, past row-level security: the caller subscribes to the rows of any user he names.",
    help: "take the identity from auth.uid(), or refuse other values first: `IF p IS NULL OR p IS DISTINCT FROM auth.uid() THEN RAISE EXCEPTION …`",
  },
} as const;

function reportOne(
  context: RuleContext<Variant>,
  subscription: Subscription,
  variant: Variant,
  hole: Hole,
  name: string,
): void {
  const { source, sink, reach, object } = subscription;
  const { message, label, why, help } = WORDS[variant];
  context.report({
    variant,
    severity: context.access.severity("high", reach),
    confidence: hole.through.length > 0 ? "medium" : "high",
    message: `${object ?? "a script"}: ${message(name)}`,
    label,
    place: { source, span: hole.span },
    object,
    reach,
    related: [{ place: { source, span: sink.nameSpan ?? sink.span }, message: "registered here" }],
    why,
    help,
  });
}
