import type { Relation, Routine } from "../../src/catalog/model.ts";
import { defineRule, type RuleContext } from "../../src/rule/define.ts";
import type { Confidence, Reach, Severity } from "../../src/rule/finding.ts";
import { isSubscribe } from "../../src/rule/subscriptions.ts";
import type { Hole, Origin, PlacedHole, Sink } from "../../src/templates/index.ts";
import type { Source } from "../../src/text/source.ts";
import type { Span } from "../../src/text/span.ts";

const VARIANTS = {
  "whole-statement": "a SECURITY DEFINER routine executes a statement that the caller writes",
  parameter: "an argument becomes part of SQL that a SECURITY DEFINER routine executes",
  invoker: "an argument becomes part of SQL that a routine of an API executes with the client's own rights",
  "trigger-row": "a value of the row, or the name of the table, becomes part of SQL that a trigger executes",
  "session-setting": "a setting that any role can set, or a claim, becomes part of SQL",
  "stored-value": "a value read from a table becomes part of SQL",
  "catalog-name": "a name from the system catalogs becomes part of SQL: whoever creates objects chooses it",
  "query-function": "a value becomes part of the SQL text given to a function that runs it",
} as const;

type Variant = keyof typeof VARIANTS;

export default defineRule<Variant>({
  title: "Value becomes part of dynamic SQL without quoting",
  severity: "critical",
  category: "dynamic-sql",
  cwe: [89],
  since: "0.1.0",
  variants: VARIANTS,
  why: "The value is SQL now: it can end the statement it stands in and go on with another, with the rights of whoever the code runs as.",
  check(context) {
    for (const routine of context.catalog.routines()) {
      if (routine.prelude || routine.assumed) continue;
      const { source } = routine.definitionPlace;
      for (const sink of context.flow(routine).sinks) judgeSink(context, { source, routine, sink });
    }
    for (const block of context.blocks) {
      for (const sink of block.flow().sinks)
        judgeSink(context, { source: block.place.source, routine: null, sink });
    }
  },
});

/** A sink and where it is; without a routine it is a DO block's, which runs as whoever runs the script. */
interface Executed {
  readonly source: Source;
  readonly routine: Routine | null;
  readonly sink: Sink;
}

function judgeSink(context: RuleContext<Variant>, executed: Executed): void {
  // pgr.subscribe has rules of its own.
  if (isSubscribe(executed.sink, context)) return;
  for (const argument of executed.sink.arguments) {
    if (argument.role === "other") continue;
    for (const placed of argument.holes) {
      if (placed.safe) continue;
      const origin = worstOrigin(placed.hole);
      if (origin !== null) judgeHole(context, executed, placed, origin);
    }
  }
}

const ORDER: readonly Origin["kind"][] = [
  "parameter",
  "trigger-row",
  "setting",
  "identity",
  "stored",
  "catalog",
];

/** The origin that makes the hole a weakness; null when none is known to be foreign. */
function worstOrigin(hole: Hole): Origin | null {
  const open = hole.origins.filter(
    (origin) =>
      !origin.checks.some(({ kind }) => kind === "allow-list" || kind === "pattern") &&
      // Names of roles are chosen by those who may create them.
      !(
        origin.kind === "identity" &&
        /^(session_user|current_user|current_role|user|auth\.role)/.test(origin.by)
      ),
  );
  for (const kind of ORDER) {
    const found = open.find((origin) => origin.kind === kind);
    if (found !== undefined) return found;
  }
  return null;
}

interface Judgement {
  readonly variant: Variant;
  readonly base: Severity;
  readonly reach: readonly Reach[];
  readonly confidence: Confidence;
  readonly needsSql: boolean;
  readonly what: string;
  readonly why?: string;
}

/** Functions that run the text as somebody else than their caller, whatever the routine's rights. */
const AS_SOMEBODY_ELSE =
  /^(dblink|.*stream_table|exec_stream_ddl|write_and_refresh|replicate_ddl|run_command)/;

function judgeHole(
  context: RuleContext<Variant>,
  executed: Executed,
  placed: PlacedHole,
  origin: Origin,
): void {
  const judgement = judge(context, executed, placed, origin);
  if (judgement === null) return;
  const { source, routine, sink } = executed;
  const { hole } = placed;
  const { access, catalog } = context;
  const { variant, base, reach, confidence, needsSql, what, why } = judgement;
  const object = routine === null ? null : catalog.routineName(routine);
  const runner = sink.name === null ? "executes" : `gives to ${sink.name.join(".")}`;
  const whole = variant === "whole-statement";
  context.report({
    variant,
    severity: access.severity(base, reach, { needsSql }),
    confidence: hole.through.length > 0 && confidence === "high" ? "medium" : confidence,
    message: whole
      ? `${object ?? "a DO block"} ${runner} a statement that ${what} decides`
      : `${what} becomes part of the SQL that ${object ?? "a DO block"} ${runner}`,
    label: whole ? "the whole statement" : labelOf(placed),
    place: { source, span: hole.span },
    object,
    reach,
    related: [
      ...(isInside(sink.span, hole.span)
        ? []
        : [{ place: { source, span: sink.span }, message: "executed here" }]),
      ...(routine?.securityDefiner.value === true
        ? [{ place: routine.securityDefiner.place, message: `runs as ${catalog.roleName(routine.owner)}` }]
        : []),
    ],
    ...(why === undefined ? {} : { why }),
    help: helpFor(placed, sink),
  });
}

function judge(
  context: RuleContext<Variant>,
  executed: Executed,
  placed: PlacedHole,
  origin: Origin,
): Judgement | null {
  const { routine, sink } = executed;
  const definer = routine?.securityDefiner.value === true;
  const reach = routine === null ? [] : context.reach(routine);
  const common = { reach, confidence: "high", needsSql: false } as const;
  const ownRights = !definer && !(sink.name !== null && AS_SOMEBODY_ELSE.test(sink.name.at(-1) ?? ""));
  switch (origin.kind) {
    case "parameter": {
      const what = `argument ${origin.name}`;
      if (ownRights) return routine === null ? null : invoker(context, routine, reach, what);
      if (placed.positions.includes("statement"))
        return { ...common, variant: "whole-statement", base: "critical", what };
      return {
        ...common,
        variant: sink.name === null ? "parameter" : "query-function",
        base: "critical",
        what,
      };
    }
    case "trigger-row": {
      if (routine === null) return null;
      const what =
        origin.field === null
          ? origin.variable.toUpperCase()
          : `${origin.variable.toUpperCase()}.${origin.field}`;
      if (ownRights) return invoker(context, routine, reach, what);
      // Whoever can call the function can attach it to a table of his own.
      const writers = rowWriters(context, routine);
      const byRow = /^(new|old)$/.test(origin.variable) && writers.length > 0;
      return {
        ...common,
        variant: "trigger-row",
        base: "critical",
        reach: byRow ? writers : reach,
        needsSql: !byRow,
        what,
      };
    }
    case "setting":
    case "identity": {
      const what =
        origin.kind === "setting" ? `setting ${origin.name ?? "with a name that is not known"}` : origin.by;
      if (origin.kind === "setting" && !origin.custom) return null;
      if (ownRights) return routine === null ? null : invoker(context, routine, reach, what);
      const confidence = origin.kind === "setting" ? "high" : "medium";
      return { ...common, confidence, variant: "session-setting", base: "critical", what };
    }
    case "stored": {
      const table = origin.relation === null ? undefined : tableNamed(context, routine, origin.relation);
      if (table === undefined || table.assumed) {
        const name = origin.relation?.join(".") ?? "a table that is not known";
        const message = `a value read from ${name} becomes part of SQL: who can write it is not known`;
        context.unknown({ source: executed.source, span: placed.hole.span }, message);
        return null;
      }
      const writers = writersOf(context, table);
      const what = `a value of ${context.catalog.relationName(table)}${origin.column === null ? "" : `.${origin.column}`}`;
      const why =
        "Whoever can write the table writes SQL that runs later, with the rights of whoever the code runs as.";
      return {
        ...common,
        variant: "stored-value",
        base: definer ? "critical" : "high",
        reach: writers,
        what,
        why,
      };
    }
    case "catalog": {
      const what = `${origin.column ?? "a name"} of ${origin.relation.join(".")}`;
      const why =
        "Names in the system catalogs are chosen by whoever creates objects, and can hold SQL: it runs with the rights of whoever runs this code.";
      return { ...common, variant: "catalog-name", base: "critical", reach: creators(context), what, why };
    }
    case "call":
    case "constant":
    case "unknown":
      return null;
  }
}

/** With the caller's own rights nothing is gained but by clients that cannot send SQL of their own. */
function invoker(
  context: RuleContext<Variant>,
  routine: Routine,
  reach: readonly Reach[],
  what: string,
): Judgement {
  const { access, catalog } = context;
  const schema = catalog.schema(routine.schema);
  const api =
    !access.trust.directSql || (schema !== undefined && access.trust.exposedSchemas.includes(schema.name));
  return {
    variant: "invoker",
    base: api ? "medium" : "info",
    reach,
    confidence: "high",
    needsSql: false,
    what,
    why: "A client that can only call functions gets to write SQL of its own, with the rights of its role.",
  };
}

function rowWriters(context: RuleContext<Variant>, routine: Routine): readonly Reach[] {
  const found: Reach[] = [];
  for (const use of context.uses(routine)) {
    if (use.by !== "trigger" || use.relation === null) continue;
    for (const one of writersOf(context, use.relation)) {
      if (!found.some(({ role }) => role === one.role)) found.push(one);
    }
  }
  return found;
}

function writersOf(context: RuleContext<Variant>, table: Relation): readonly Reach[] {
  const inserters = context.access.users(table, "insert");
  const updaters = context.access.users(table, "update");
  return [...inserters, ...updaters.filter(({ role }) => !inserters.some((other) => other.role === role))];
}

function tableNamed(
  context: RuleContext<Variant>,
  routine: Routine | null,
  name: readonly string[],
): Relation | undefined {
  const { catalog } = context;
  const path = routine === null ? [] : (catalog.searchPath(routine)?.values ?? routine.sessionPath);
  return catalog.resolveRelation(name, [...path, "public"]);
}

/** Roles that can create objects, and so choose names, in some schema or the database. */
function creators(context: RuleContext<Variant>): readonly Reach[] {
  const { access, catalog } = context;
  const found: Reach[] = [];
  for (const role of access.principals) {
    for (const schema of catalog.state.schemas.all()) {
      const held = access.canCreateIn(role, schema);
      if (held === null) continue;
      found.push({ role: access.nameOf(role), via: held.steps });
      break;
    }
  }
  for (const { role, held } of access.databaseCreators()) {
    const name = access.nameOf(role);
    if (!found.some((other) => other.role === name)) found.push({ role: name, via: held.steps });
  }
  return found;
}

function isInside(outer: Span, inner: Span): boolean {
  return outer.start <= inner.start && inner.end <= outer.end;
}

function labelOf({ positions, hole }: PlacedHole): string {
  if (hole.guard === "literal" && positions.includes("quoted"))
    return "quoted between quotes: the quotes cancel out";
  if (positions.includes("quoted")) return "between quotes, but not quoted";
  if (positions.includes("identifier")) return "a name, but not quoted as one";
  return "part of the statement";
}

function helpFor({ positions }: PlacedHole, sink: Sink): string {
  if (positions.includes("identifier"))
    return "put names in with format and `%I`, or allow only a list of constants";
  if (positions.includes("value") || positions.includes("quoted")) {
    return sink.name === null
      ? "give the value with USING and write `$1`, or put it in with format and `%L`, outside of quotes"
      : "put the value in with format and `%L`, outside of quotes";
  }
  return "write the statement as a constant; choose between constants where words of it change";
}
