import { type Definer, definers } from "../../src/access/definers.ts";
import type { Event, RoleRef } from "../../src/events/event.ts";
import { walkStatement } from "../../src/events/walk.ts";
import { argumentReach } from "../../src/rule/argument-reach.ts";
import { asksWhoCalls } from "../../src/rule/caller.ts";
import { chosenArgument, chosenInHoles } from "../../src/rule/chosen-argument.ts";
import { defineRule, type RuleContext } from "../../src/rule/define.ts";
import { isListedByOwner } from "../../src/rule/writers.ts";
import {
  HOLE_NAME,
  type Origin,
  type ParsedTemplate,
  parseTemplate,
  type Sink,
} from "../../src/templates/index.ts";
import type { Span } from "../../src/text/span.ts";

export default defineRule({
  title: "SECURITY DEFINER routine works on whichever table or role its caller names",
  severity: "critical",
  category: "definer",
  cwe: [639, 269],
  since: "0.1.0",
  variants: {},
  why: "Quoting keeps the name from being SQL, not from being the wrong one: the caller names a table that only the owner may read, one of his own, whose trigger or view functions then run as the owner, or a superuser's role.",
  check(context) {
    for (const definer of definers(context)) {
      const chosen = firstChosen(context, definer);
      if (chosen !== null && !asksWhoCalls(context, definer)) report(context, definer, chosen);
    }
  },
});

interface Chosen {
  readonly what: "table" | "role";
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
        const found = inTemplate(template, sink, (origin) => isListedByOwner(context, routine, origin));
        if (found !== null) return found;
      }
    }
    // Reads the table; other functions with names of objects only look them up.
    if (!/^(table|schema)_to_xml/.test(sink.name?.at(-1) ?? "")) continue;
    const named = sink.arguments.find(({ role }) => role === "object");
    const argument = named === undefined ? null : chosenArgument(named.value);
    if (named !== undefined && argument !== null) {
      return { what: "table", argument, at: named.span, sink, inSchema: null };
    }
  }
  return null;
}

/** The first relation or role in the statements whose name is a hole. */
function inTemplate(
  { statements, holes }: ParsedTemplate,
  sink: Sink,
  isLimited: (origin: Origin) => boolean,
): Chosen | null {
  let found: Chosen | null = null;
  const note = (what: Chosen["what"], span: Span, inSchema: string | null): void => {
    for (const { hole, place } of holes) {
      // Unquoted names are the business of dynamic-sql-injection.
      if (hole.guard !== "identifier" && hole.guard !== "type") continue;
      if (place.start < span.start || place.start > span.end) continue;
      const argument = chosenInHoles([hole], isLimited);
      if (argument !== null) found ??= { what, argument, at: hole.span, sink, inSchema };
    }
  };
  for (const statement of statements ?? []) {
    walkStatement(statement, {
      relation({ name, span, cte }) {
        if (cte || !name.includes(HOLE_NAME)) return;
        const [schema = ""] = name;
        note("table", span, name.length > 1 && schema !== HOLE_NAME ? schema : null);
      },
    });
    for (const event of statement.kind === "utility" ? statement.events : [])
      for (const span of rolesOf(event)) note("role", span, null);
  }
  return found;
}

/** Roles that a statement changes, or makes somebody a member of, where the name is a hole. */
function rolesOf(event: Event): readonly Span[] {
  switch (event.kind) {
    case "grant-role":
      return event.grant ? event.roles.filter(({ name }) => name === HOLE_NAME).map(({ span }) => span) : [];
    case "alter-role":
      return named([event.role]);
    case "alter-role-set":
      return event.role === null ? [] : named([event.role]);
    case "drop-role":
    case "drop-owned":
    case "reassign-owned":
      return named(event.roles);
    default:
      return [];
  }
}

function named(roles: readonly RoleRef[]): readonly Span[] {
  return roles.flatMap((role) => (role.kind === "role" && role.name === HOLE_NAME ? [role.span] : []));
}

function report(context: RuleContext, definer: Definer, chosen: Chosen): void {
  const { what, argument, at, sink, inSchema } = chosen;
  const { access } = context;
  const { routine, name, owner } = definer;
  const reach = argumentReach(context, routine, argument);
  context.report({
    variant: null,
    severity:
      inSchema === null
        ? access.severity("critical", reach, { needsSql: what === "table" })
        : access.severity("high", reach),
    confidence: "high",
    message:
      what === "role"
        ? `${name} changes or grants as ${owner} whichever role its argument ${argument} names`
        : inSchema === null
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
