import { type Definer, definers } from "../../src/access/definers.ts";
import { walkStatement } from "../../src/events/walk.ts";
import { asksWhoCalls } from "../../src/rule/caller.ts";
import { chosenArgument, chosenInHoles } from "../../src/rule/chosen-argument.ts";
import { defineRule, type RuleContext } from "../../src/rule/define.ts";
import { HOLE_NAME, type ParsedTemplate, parseTemplate, type Sink } from "../../src/templates/index.ts";
import type { Span } from "../../src/text/span.ts";

export default defineRule({
  title: "SECURITY DEFINER routine works on whichever table its caller names",
  severity: "critical",
  category: "definer",
  cwe: [639, 269],
  since: "0.1.0",
  variants: {},
  why: "Quoting keeps the name from being SQL, not from being the wrong table: the caller names a table that only the owner may read, or one of his own, whose trigger or view functions then run as the owner.",
  check(context) {
    for (const definer of definers(context)) {
      const chosen = firstChosen(context, definer);
      if (chosen !== null && !asksWhoCalls(context, definer)) report(context, definer, chosen);
    }
  },
});

interface Chosen {
  readonly argument: string;
  readonly at: Span;
  readonly sink: Sink;
  /** The author wrote the schema: nobody's own table can be meant. */
  readonly inSchema: string | null;
}

function firstChosen(context: RuleContext, { routine }: Definer): Chosen | null {
  for (const sink of context.flow(routine).sinks) {
    if (sink.query !== null) {
      for (const template of parseTemplate(sink.query.value, context.parser)) {
        const found = inTemplate(template, sink);
        if (found !== null) return found;
      }
    }
    // Reads the table; other functions with names of objects only look them up.
    if (!/^(table|schema)_to_xml/.test(sink.name?.at(-1) ?? "")) continue;
    const named = sink.arguments.find(({ role }) => role === "object");
    const argument = named === undefined ? null : chosenArgument(named.value);
    if (named !== undefined && argument !== null) return { argument, at: named.span, sink, inSchema: null };
  }
  return null;
}

/** The first relation in the statements whose name is a hole. */
function inTemplate({ statements, holes }: ParsedTemplate, sink: Sink): Chosen | null {
  let found: Chosen | null = null;
  for (const statement of statements ?? []) {
    walkStatement(statement, {
      relation({ name, span, cte }) {
        if (found !== null || cte || !name.includes(HOLE_NAME)) return;
        for (const { hole, place } of holes) {
          // Unquoted names are the business of dynamic-sql-injection.
          if (hole.guard !== "identifier" && hole.guard !== "type") continue;
          if (place.start < span.start || place.start > span.end) continue;
          const argument = chosenInHoles([hole]);
          const [schema = ""] = name;
          const inSchema = name.length > 1 && schema !== HOLE_NAME ? schema : null;
          if (argument !== null) found ??= { argument, at: hole.span, sink, inSchema };
        }
      },
    });
  }
  return found;
}

function report(context: RuleContext, definer: Definer, { argument, at, sink, inSchema }: Chosen): void {
  const { access } = context;
  const { routine, name, owner } = definer;
  const reach = context.reach(routine);
  context.report({
    variant: null,
    severity:
      inSchema === null
        ? access.severity("critical", reach, { needsSql: true })
        : access.severity("high", reach),
    confidence: "high",
    message:
      inSchema === null
        ? `${name} works as ${owner} on the table that its argument ${argument} names, which can be the caller's own`
        : `${name} works as ${owner} on whichever table of ${inSchema} its argument ${argument} names`,
    label: "quoted, but the caller's choice",
    place: definer.place(at),
    object: name,
    reach,
    related: [
      { place: definer.place(sink.span), message: "executed here" },
      { place: routine.securityDefiner.place, message: `runs as ${owner}` },
    ],
    help: `allow a list: IF ${argument} IS NULL OR ${argument} NOT IN ('…') THEN RAISE EXCEPTION …; or make the routine SECURITY INVOKER`,
  });
}
