import { defineRule, type RuleContext } from "../../src/rule/define.ts";
import {
  bindsIdentity,
  comparisons,
  holesIn,
  ownedReads,
  protectedReads,
  type Subscription,
  subscriptions,
  type TableRead,
} from "../../src/rule/subscriptions.ts";
import {
  constantText,
  isForeign,
  isHarmless,
  objectsOf,
  type PlacedHole,
} from "../../src/templates/index.ts";

const VARIANTS = {
  dynamic: "the query's text is not fixed: a value becomes part of it otherwise than as a quoted literal",
  unfiltered: "the query reads rows of several users without a condition on whose they are",
} as const;

type Variant = keyof typeof VARIANTS;

export default defineRule<Variant>({
  title: "Live query without a fixed template",
  severity: "critical",
  category: "pg-reactive",
  cwe: [89, 863],
  since: "0.1.0",
  variants: VARIANTS,
  why: "pgr.subscribe stores the text and runs it again after every change, as the owner of the extension: whoever supplies part of the text runs SQL as that owner.",
  check(context) {
    for (const subscription of subscriptions(context)) {
      if (subscription.routine !== null) reportHoles(context, subscription);
      reportUnfiltered(context, subscription);
    }
  },
});

/** `%L` and quote_literal where a value stands, nothing else. */
function isFixed({ hole, positions }: PlacedHole): boolean {
  if (!hole.origins.some(isForeign)) return true;
  return (
    hole.guard === "literal" && positions.every((position) => position === "value" || position === "other")
  );
}

function reportHoles(context: RuleContext<Variant>, subscription: Subscription): void {
  const { source, sink, sql, reach, object } = subscription;
  for (const placed of sql?.holes ?? []) {
    if (isFixed(placed)) continue;
    const { hole, positions } = placed;
    const harmless = isHarmless(hole.guard);
    const whole = positions.includes("statement");
    context.report({
      variant: "dynamic",
      // A number or a uuid carries no SQL, but the next edit of such a template may.
      severity: context.access.severity(harmless ? "medium" : "critical", reach),
      confidence: hole.origins.every((origin) => origin.kind === "call") ? "medium" : "high",
      message: whole
        ? `${object ?? "a script"} gives pgr.subscribe a query whose text is not fixed`
        : `${object ?? "a script"} puts a value into the text of a live query without quoting it as a literal`,
      label: whole ? "the query's text" : "becomes part of the query's text",
      place: { source, span: hole.span },
      object,
      reach,
      related: [
        {
          place: { source, span: sink.nameSpan ?? sink.span },
          message: "registered here, run again as the extension's owner",
        },
      ],
      help: "write the whole query as a constant and put values in with format and `%L`, where a value stands and outside of quotes",
    });
  }
}

function reportUnfiltered(context: RuleContext<Variant>, subscription: Subscription): void {
  const { source, sink, audience, reach, object } = subscription;
  // A stream for one role or tenant that is named shows what that one may see.
  if (audience !== null && isForRole(audience)) return;
  const seen = new Set<number>();
  reportSharedRows(context, subscription);
  for (const read of protectedReads(subscription, context)) {
    if (isFiltered(read) || seen.has(read.span.start)) continue;
    seen.add(read.span.start);
    const { table, identity, span } = read;
    const name = context.catalog.relationName(table);
    const column = [...identity].join(", ");
    context.report({
      variant: "unfiltered",
      severity: context.access.severity("high", reach),
      confidence: "high",
      message: `live query reads ${name}, whose policies tie rows to ${column}, without a condition on ${column}`,
      label: "every row is read",
      place: { source, span },
      object: object ?? name,
      reach,
      related: [
        { place: { source, span: sink.nameSpan ?? sink.span }, message: "registered here" },
        ...context.catalog
          .policiesOf(table)
          .slice(0, 1)
          .map((policy) => ({ place: policy.place, message: "the policy that does not apply there" })),
      ],
      why: "The query is run again as the extension's owner, to whom row-level security does not apply: every client of the stream gets every row.",
      help: `add the policy's condition to the template: \`WHERE ${column} = %L\``,
    });
  }
}

/** A stream for one user, by its audience, of a query that asks of nobody whose the rows are. */
function reportSharedRows(context: RuleContext<Variant>, subscription: Subscription): void {
  const { source, sink, sql, audience, reach, object } = subscription;
  if (audience === null || !bindsIdentity(audience) || sql === null || sql.holes.length > 0) return;
  for (const read of ownedReads(subscription, context)) {
    if (isFiltered(read) || countsOnly(read.statement)) continue;
    const name = context.catalog.relationName(read.table);
    const column = [...read.identity].join(", ");
    context.report({
      variant: "unfiltered",
      severity: context.access.severity("high", reach),
      confidence: "medium",
      message: `live query for one user reads the rows of all users in ${name}: no condition on ${column}`,
      label: "every row is read",
      place: { source, span: read.span },
      object: object ?? name,
      reach,
      related: [
        { place: { source, span: sink.nameSpan ?? sink.span }, message: "registered here" },
        { place: { source, span: audience.span }, message: "for one user" },
      ],
      why: "The audience decides who may open the stream, not which rows it has: every user gets a stream of everybody's rows.",
      help: `add the condition to the template: \`WHERE ${column} = %L\``,
    });
    return;
  }
}

/** Numbers over all rows, not the rows. */
function countsOnly(statement: TableRead["statement"]): boolean {
  return (
    statement.kind === "select" &&
    statement.targets.length > 0 &&
    statement.targets.every(({ value }) => value.kind === "call")
  );
}

/** A constant role, organisation and the like other than those that every client has. */
function isForRole(audience: NonNullable<Subscription["audience"]>): boolean {
  return objectsOf(audience.value).every(
    (object) =>
      typeof object !== "string" &&
      object.entries.some(({ key, value }) => {
        const text = constantText(value);
        return (
          key !== null && text !== null && !(key === "role" && (text === "authenticated" || text === "anon"))
        );
      }),
  );
}

/** Whether a condition compares one of the columns with a value: a constant or a hole. */
function isFiltered({ statement, identity, template }: TableRead): boolean {
  return comparisons(statement).some(
    ({ column, operator, others }) =>
      identity.has(column) &&
      operator !== "<>" &&
      others.length > 0 &&
      (holesIn(others, template).length > 0 || others.every(isValue)),
  );
}

function isValue(expr: Parameters<typeof holesIn>[0][number]): boolean {
  let inner = expr;
  while (inner.kind === "cast") inner = inner.operand;
  return inner.kind === "string" || inner.kind === "number" || inner.kind === "call";
}
