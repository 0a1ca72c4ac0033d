/** Values in SQL that code executes: which are not quoted rightly for where they stand, and who chooses them. */

import { canActAs } from "../access/privileges.ts";
import { createTypeLookup } from "../access/type-lookup.ts";
import type { Routine } from "../catalog/model.ts";
import {
  classify,
  HOLE_NAME,
  type Hole,
  isHarmless,
  type Origin,
  type PlacedHole,
  type Sink,
  type SinkArgument,
  type Step,
} from "../templates/index.ts";
import type { Place, Source } from "../text/source.ts";
import { contains } from "../text/span.ts";
import { codeOf } from "./code.ts";
import type { RuleContext } from "./define.ts";
import type { Confidence, Reach, Related, Severity } from "./finding.ts";
import { withOwnRights } from "./own-rights.ts";
import { isSubscribe } from "./subscriptions.ts";
import {
  isHarmlessField,
  isListedByOwner,
  namers,
  rowWriters,
  tableNamed,
  valuesByDefiners,
  writersOf,
} from "./writers.ts";

/** A sink and where it is; without a routine it is a DO block's, a query's or a view's. */
export interface Executed {
  readonly source: Source;
  readonly routine: Routine | null;
  /** `app.f(text)`, `a DO block`, `view app.v`. */
  readonly object: string | null;
  /** Runs with the rights of whoever writes the row whose columns it reads. */
  readonly atWrite: boolean;
  readonly sink: Sink;
}

/** What is wrong with a value; one for each, the first that fits. */
export type Weakness =
  | "whole-statement"
  | "server-program"
  | "server-file"
  | "manual-escaping"
  | "dollar-quoted"
  | "quoted-placeholder"
  | "identifier-as-value"
  | "typed-in-quotes"
  | "number-after-minus"
  | "injection";

export interface OpenHole {
  readonly executed: Executed;
  readonly placed: PlacedHole;
  /** The origin that makes it a weakness. */
  readonly origin: Origin;
  readonly weakness: Weakness;
}

type Context = Pick<
  RuleContext,
  | "catalog"
  | "access"
  | "privilegedFunctions"
  | "flow"
  | "statementSinks"
  | "expressionSinks"
  | "blocks"
  | "body"
  | "uses"
  | "reach"
  | "written"
  | "hiddenCalls"
  | "isAsked"
  | "askedRoutines"
>;

/** All values in executed SQL that are not quoted rightly for where they stand and that somebody else chooses. */
export function* openHoles(context: Context): Iterable<OpenHole> {
  for (const executed of allExecuted(context)) {
    // pgr.subscribe has rules of its own.
    if (isSubscribe(executed.sink, context) || isJudgedOnTheWay(executed.sink.path, context)) continue;
    for (const argument of executed.sink.arguments) {
      for (const placed of argument.holes) {
        const weakness = weaknessOf(argument, placed, executed);
        const origin = weakness === null ? null : worstOrigin(context, executed.routine, placed.hole);
        if (weakness !== null && origin !== null) yield { executed, placed, origin, weakness };
      }
    }
  }
}

function* allExecuted(context: Context): Iterable<Executed> {
  const { catalog } = context;
  const of = (
    source: Source,
    routine: Routine | null,
    object: string | null,
    sinks: readonly Sink[],
    atWrite = false,
  ): readonly Executed[] => sinks.map((sink) => ({ source, routine, object, atWrite, sink }));
  for (const routine of context.askedRoutines()) {
    if (routine.prelude || routine.assumed) continue;
    yield* of(
      routine.definitionPlace.source,
      routine,
      catalog.routineName(routine),
      context.flow(routine).sinks,
    );
  }
  for (const block of context.blocks)
    if (context.isAsked(block.place.source)) yield* of(block.place.source, null, null, block.flow().sinks);
  for (const { kind, source, object, relation, statement, expr } of codeOf(context)) {
    if (statement !== null) yield* of(source, null, object ?? "a query", context.statementSinks(statement));
    if (expr === null || relation === null) continue;
    const atWrite = kind === "check" || kind === "trigger";
    yield* of(source, null, object, context.expressionSinks(expr, relation), atWrite);
  }
}

/** Whether a routine on the way can be called by others with the same weakness: it is reported there. */
function isJudgedOnTheWay(path: readonly Step[], context: Context): boolean {
  const { access } = context;
  return path.some((step, i) => {
    const routine = context.catalog.state.routines.get(step.routine);
    if (routine === undefined || routine.prelude || definerOn(path.slice(i), context) === null) return false;
    return access.severity("critical", access.callers(routine)) !== "info";
  });
}

/** The last routine on a way that changes whose rights apply; null: none does. */
function definerOn(path: readonly Step[], context: Pick<Context, "catalog">): Routine | null {
  const routines = path.map((step) => context.catalog.state.routines.get(step.routine));
  return routines.findLast((routine) => routine?.securityDefiner.value === true) ?? null;
}

/** With whose rights the SQL runs; null: with those of whoever runs the code. */
export function runsAs(executed: Executed, context: Pick<Context, "catalog">): Routine | null {
  const further = definerOn(executed.sink.path, context);
  if (further !== null) return further;
  return executed.routine?.securityDefiner.value === true ? executed.routine : null;
}

const COMPARED: ReadonlySet<string> = new Set("= <> != < > <= >= like ilike ~ ~* !~ limit offset".split(" "));
const NUMBERS = /^(int[248]|smallint|integer|bigint|numeric|decimal|float[48]|real|number)$/;

function weaknessOf(argument: SinkArgument, placed: PlacedHole, executed: Executed): Weakness | null {
  if (argument.role !== "query" && argument.role !== "fragment") return null;
  const { hole, positions, around } = placed;
  const quoted = positions.includes("quoted");
  const plain = positions.includes("value") || positions.includes("other");
  const isText = quoted || (hole.guard !== "identifier" && !positions.includes("statement"));
  if (
    around.command === "copy" &&
    around.depth === 0 &&
    isText &&
    !isHarmless(hole.guard) &&
    !hole.harmless
  ) {
    if (around.last === "program") return "server-program";
    if (around.last === "from" || around.last === "to") return "server-file";
  }
  const number = hole.type?.name.at(-1) ?? "";
  if (hole.guard === "type" && placed.touching === "-" && plain && NUMBERS.test(number))
    return "number-after-minus";
  if (hole.guard === "identifier" && isQuotedName(hole) && isValue(placed)) return "identifier-as-value";
  if (placed.safe) return null;
  if (positions.includes("statement")) return "whole-statement";
  // Where backslashes are text for certain, doubled quotes hold between quotes.
  const certain = executed.routine?.settings.get("standard_conforming_strings")?.values[0] === "on";
  if (hole.escaped && !(certain && quoted)) return "manual-escaping";
  if (hole.escaped) return null;
  if (positions.includes("dollar-quoted")) return "dollar-quoted";
  if (quoted && hole.guard === "literal") return "quoted-placeholder";
  const kind = classify(hole.type, null);
  const typed = kind === "json" || kind === "array" || kind === "identifier" || isOpenType(hole);
  if (quoted && hole.through.length === 0 && typed) return "typed-in-quotes";
  return "injection";
}

const OPEN_TYPES = /^(xml|tsquery|tsvector|hstore|jsonpath|record|bytea|point|box|path|polygon|circle)$/;

function isOpenType({ type }: Hole): boolean {
  return type !== null && OPEN_TYPES.test(type.name.at(-1) ?? "");
}

function isQuotedName(hole: Hole): boolean {
  return hole.by === "%I" || hole.by === "quote_ident";
}

/** Where a comparison, LIMIT or VALUES wants a value, and a name makes a column of it. */
function isValue({ positions, around }: PlacedHole): boolean {
  if (!positions.every((position) => position === "value")) return false;
  const { command, clause, last, second } = around;
  // `%I = %I` compares two columns on purpose.
  if (second === "\0" || second === '""') return false;
  if (clause === "values") return command === "insert" && (last === "(" || last === ",");
  return ["where", "having", "limit", "offset"].includes(clause) && COMPARED.has(last);
}

const ORDER: readonly Origin["kind"][] = [
  "parameter",
  "trigger-row",
  "setting",
  "identity",
  "stored",
  "catalog",
];

/** A number, a truth value: what code makes of it is not text that somebody chooses. */
function carriesNoText({ catalog }: Context, routine: Routine | null, parameter: string): boolean {
  const found = routine?.parameters.find(({ name }, i) => name === parameter || `$${i + 1}` === parameter);
  return found !== undefined && classify(found.written.type, createTypeLookup(catalog, [])) === "safe";
}

/** The origin that makes the hole a weakness; null when none is known to be foreign. */
function worstOrigin(context: Context, routine: Routine | null, hole: Hole): Origin | null {
  const open = hole.origins.filter(
    (origin) =>
      !(
        origin.kind === "parameter" &&
        hole.guard === "none" &&
        carriesNoText(context, routine, origin.name)
      ) &&
      !origin.checks.some(({ kind }) => kind === "allow-list" || kind === "pattern") &&
      !isListedByOwner(context, routine, origin) &&
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

/** Who chooses a value, and what follows from that. */
export interface Judgement {
  readonly by: "parameter" | "trigger-row" | "session-setting" | "stored-value" | "catalog-name";
  /** The SQL runs with the rights of whoever supplies the value: nothing is gained but by clients of an API. */
  readonly ownRights: boolean;
  readonly base: Severity;
  readonly reach: readonly Reach[];
  readonly confidence: Confidence;
  readonly needsSql: boolean;
  /** `argument p`, `a value of app.t.c`. */
  readonly what: string;
  readonly why?: string;
  /** How the value comes here. */
  readonly way?: readonly Related[];
}

/** Functions that run the text as somebody else than their caller, whatever the routine's rights. */
const AS_SOMEBODY_ELSE = /^(dblink|.*stream_table|exec_stream_ddl|write_and_refresh|replicate_ddl)/;

/** Null: nobody gains anything. A text: what is not known. */
export function judgeOrigin(context: Context, open: OpenHole, worst: Severity): Judgement | string | null {
  const { executed, origin, placed } = open;
  const { routine, sink } = executed;
  const definer = runsAs(executed, context) !== null;
  const ownRights = !definer && !(sink.name !== null && AS_SOMEBODY_ELSE.test(sink.name.at(-1) ?? ""));
  const reach = routine === null ? [] : context.reach(routine);
  const confidence: Confidence = placed.hole.through.length > 0 ? "medium" : "high";
  const common = { ownRights, base: worst, reach, confidence, needsSql: false } as const;
  const owned = (judgement: Judgement): Judgement | null => {
    if (!ownRights) return judgement;
    return routine === null
      ? null
      : { ...judgement, ...withOwnRights(context, routine, judgement.by === "parameter" ? placed : null) };
  };
  switch (origin.kind) {
    case "parameter": {
      if (routine === null) return null;
      // What other routines give it is judged where they give it.
      const callers = context.access.callers(routine);
      return owned({ ...common, by: "parameter", reach: callers, what: `argument ${origin.name}` });
    }
    case "trigger-row":
      return routine === null ? null : judgeRow(context, routine, origin, common, owned);
    case "setting":
      if (!origin.custom) return null;
      return owned({
        ...common,
        by: "session-setting",
        what: `setting ${origin.name ?? "with a name that is not known"}`,
      });
    case "identity":
      return owned({ ...common, confidence: "medium", by: "session-setting", what: origin.by });
    case "stored": {
      const table = origin.relation === null ? undefined : tableNamed(context, routine, origin.relation);
      if (table === undefined || table.assumed) {
        const name = origin.relation?.includes(HOLE_NAME)
          ? "a table whose name is built"
          : (origin.relation?.join(".") ?? "a table that is not known");
        return `a value read from ${name} becomes part of SQL: who can write it is not known`;
      }
      if (ownRights && executed.atWrite) return null;
      return {
        ...common,
        by: "stored-value",
        base: worst === "critical" && !definer ? "high" : worst,
        reach: others(context, executed, writersOf(context, table)),
        what: `a value of ${context.catalog.relationName(table)}${origin.column === null ? "" : `.${origin.column}`}`,
        why: "Whoever can write the table writes SQL that runs later, with the rights of whoever the code runs as.",
      };
    }
    case "catalog": {
      const reach = namers(context, origin.relation.at(-1) ?? "");
      if (reach === null) return null;
      return {
        ...common,
        by: "catalog-name",
        reach: others(context, executed, reach),
        what: `${origin.column ?? "a name"} of ${origin.relation.join(".")}`,
        why: "Names in the system catalogs are chosen by whoever creates objects, and can hold SQL: it runs with the rights of whoever runs this code.",
      };
    }
    case "call":
    case "constant":
    case "unknown":
      return null;
  }
}

/** Without those that have the rights of the code anyway. */
function others(context: Context, executed: OpenHole["executed"], reach: readonly Reach[]): readonly Reach[] {
  const { catalog } = context;
  const owner = runsAs(executed, context)?.owner;
  if (owner === undefined) return reach;
  return reach.filter(({ role }) => {
    const oid = catalog.roleNamed(role)?.oid;
    return oid === undefined || !canActAs(catalog, oid, owner);
  });
}

type Common = Pick<Judgement, "ownRights" | "base" | "reach" | "confidence" | "needsSql">;

function judgeRow(
  context: Context,
  routine: Routine,
  { variable, field }: Extract<Origin, { kind: "trigger-row" }>,
  common: Common,
  owned: (judgement: Judgement) => Judgement | null,
): Judgement | null {
  const { ownRights, reach } = common;
  const what = field === null ? variable.toUpperCase() : `${variable.toUpperCase()}.${field}`;
  const judgement = { ...common, by: "trigger-row", what } as const;
  const isRow = /^(new|old)$/.test(variable);
  const row = isRow && !isHarmlessField(context, routine, field);
  // A definer that fires the trigger lends it its rights, and gives it what its callers say.
  const lent = row && variable === "new" ? valuesByDefiners(context, routine, field) : [];
  const writers = row ? rowWriters(context, routine) : [];
  const given = [...lent.flatMap(({ writer }) => context.reach(writer)), ...(ownRights ? [] : writers)];
  const way = lent.slice(0, 3).map(({ writer, span }): Related => {
    const place = { source: writer.definitionPlace.source, span };
    const name = context.catalog.routineName(writer);
    return { place, message: `${name} writes it as ${context.catalog.roleName(writer.owner)}` };
  });
  if (given.length > 0) return { ...judgement, ownRights: false, reach: given, way };
  if (ownRights) return isRow && !row ? null : owned(judgement);
  // Whoever can call the function can attach it to a table of his own.
  return { ...judgement, reach: isRow && !row ? context.access.callers(routine) : reach, needsSql: true };
}

/** Where the text goes, and whose rights apply. */
export function relatedOf(context: Pick<Context, "catalog">, open: OpenHole): readonly Related[] {
  const { executed, placed } = open;
  const { source, sink } = executed;
  const { catalog } = context;
  const related: Related[] = [];
  const inside = contains(sink.span, placed.hole.span);
  if (sink.path.length > 0) {
    const span = sink.nameSpan ?? sink.span;
    related.push({ place: { source, span }, message: "given on to this function" });
    sink.path.forEach((step, i) => {
      const routine = catalog.state.routines.get(step.routine);
      if (routine === undefined) return;
      const following = sink.path[i + 1]?.name.join(".");
      const message =
        following === undefined ? "executed here" : `${step.name.join(".")} gives it to ${following}`;
      related.push({ place: { source: routine.definitionPlace.source, span: step.span }, message });
    });
  } else if (!inside) related.push({ place: { source, span: sink.span }, message: "executed here" });
  const definer = runsAs(executed, context);
  if (definer !== null) {
    const place: Place = definer.securityDefiner.place;
    related.push({ place, message: `runs as ${catalog.roleName(definer.owner)}` });
  }
  return related;
}
