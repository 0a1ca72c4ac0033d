/** Runs rules over a replayed database. */
import { type Access, createAccess } from "../access/access.ts";
import type { Reach } from "../access/chain.ts";
import { pathOf } from "../access/definers.ts";
import { type HiddenCall, hiddenCalls } from "../access/hidden-calls.ts";
import { createMentions } from "../access/mentions.ts";
import { createReach } from "../access/reach.ts";
import { createTypeLookup } from "../access/type-lookup.ts";
import { isUnstated } from "../access/unstated.ts";
import { type Called, createUses } from "../access/uses.ts";
import type { Catalog } from "../catalog/catalog.ts";
import type { Oid, Relation, Routine } from "../catalog/model.ts";
import { callsIn } from "../catalog/references.ts";
import { remembered } from "../catalog/remembered.ts";
import { optionKey } from "../config/rule-options.ts";
import type { Confidence } from "../config/severity.ts";
import type { Config } from "../config/types.ts";
import { readBody } from "../events/body.ts";
import type { Body, Expr, Statement } from "../events/tree.ts";
import type { PostgresParser } from "../parser/postgres.ts";
import type { Problem } from "../parser/types.ts";
import { createAsked } from "../rule/asked.ts";
import type { Block, RuleContext } from "../rule/define.ts";
import type { Finding, Unknown } from "../rule/finding.ts";
import type { Rule } from "../rule/rule.ts";
import {
  analyseRoutine,
  type Flow,
  type Sink,
  sinksOfExpression,
  sinksOfStatement,
} from "../templates/index.ts";
import type { Place, Source } from "../text/source.ts";
import { beyondBounds, calledBeyondBounds, crowdedBeyondBounds } from "./beyond-bounds.ts";
import type { ReplayedDatabase } from "./database.ts";
import { createFlows, type Flows } from "./flows.ts";
import { severityFor } from "./severity-for.ts";
import { type Judged, watchRule } from "./watch-rule.ts";

/** Where a rule failed before it looked at anything: the start of a file. */
const NOWHERE = { start: 0, end: 0 };
/** Roles that a finding names; of the others it says how many they are. */
const MOST_TOLD = 20;

export interface RuleRun {
  readonly findings: readonly Finding[];
  readonly unknown: readonly Unknown[];
}

/**
 * Findings that rules have of a database, in no particular order: those that stand in the files in `focus` (null: in all).
 * A rule that throws becomes an `internal-error` finding.
 */
export type RunRules = (rules: readonly Rule[], focus: ReadonlySet<Source> | null) => RuleRun;

/** Bodies, flows and whatever else rules ask for are found out once for all runs. `isWhole`: a run will be about all files. */
export function rulesRunner(
  database: ReplayedDatabase,
  config: Config,
  parser: PostgresParser,
  isWhole: boolean,
): RunRules {
  const unknown: Unknown[] = [];
  const { catalog } = database;
  const access: Access = createAccess(catalog, config.trust);
  const problems: { source: Source; problem: Problem }[] = [];
  for (const { source, problems: own, prelude } of database.sources) {
    if (!prelude) for (const problem of own) problems.push({ source, problem });
  }

  const files = new Map(database.sources.map(({ source, file }) => [source, file]));
  const written = database.sources.filter((read) => !read.prelude);

  const bodies = new Map<number, Body>();
  const body = (routine: Routine): Body => {
    let found = bodies.get(routine.oid);
    if (found === undefined) {
      found = bodyOf(routine, parser);
      bodies.set(routine.oid, found);
      if (found.language === "unparsed" && !routine.prelude) {
        unknown.push({
          place: { source: routine.definitionPlace.source, span: found.at },
          message: `the body of ${catalog.routineName(routine)} could not be read: ${found.message}`,
        });
      }
    }
    return found;
  };
  const flows = createFlows(catalog, body, (path) => ({
    extraSinks: config.privilegedFunctions,
    parser,
    types: createTypeLookup(catalog, path),
  }));
  const { flow } = flows;
  const hidden = new Map<Oid, readonly HiddenCall[]>();
  const hiddenCallsOf = (routine: Routine): readonly HiddenCall[] =>
    remembered(hidden, routine.oid, () => {
      const path = pathOf(catalog, routine);
      return hiddenCalls(catalog, routine, body(routine), path, flow(routine).accesses);
    });
  const calledBy = (routine: Routine): Called => {
    const calls = callsIn(body(routine));
    if (routine.prelude) return { calls, hidden: [] };
    return { calls: [...calls, ...flow(routine).dynamicCalls], hidden: hiddenCallsOf(routine) };
  };
  const mayRun = isWhole ? () => null : createMentions(catalog);
  const uses = createUses(catalog, calledBy, mayRun);
  let manyCallers = false;
  const reach = createReach(catalog, access, uses, (routine) => {
    if (!manyCallers) unknown.push(calledBeyondBounds(catalog, routine));
    manyCallers = true;
  });
  const transitionTables = (routine: Routine): ReadonlySet<string> =>
    new Set(
      catalog.state.triggers.by.routine.all(routine.oid).flatMap((trigger) => trigger.event.transitionTables),
    );
  const outside = {
    extraSinks: config.privilegedFunctions,
    parser,
    types: createTypeLookup(catalog, ["public"]),
    callee: flows.callee(["public"]),
  };
  const sinks = new Map<Statement | Expr, readonly Sink[]>();
  const statementSinks = (statement: Statement): readonly Sink[] =>
    remembered(sinks, statement, () => sinksOfStatement(statement, outside));
  const expressionSinks = (expr: Expr, relation: Relation): readonly Sink[] =>
    remembered(sinks, expr, () => {
      const name = [catalog.schemaName(relation.schema), relation.name];
      return sinksOfExpression(expr, name, outside);
    });
  const blocks = blocksOf(database, config, catalog, parser, flows);

  unknown.push(...beyondBounds(catalog));

  return (rules, focus) => {
    const findings: Finding[] = [];
    const asked = createAsked(catalog, focus);
    for (const rule of rules) {
      const context: RuleContext = {
        catalog,
        access,
        parser,
        problems,
        written,
        ...asked,
        privilegedFunctions: config.privilegedFunctions,
        option: ({ name, default: otherwise }) => config.options.get(optionKey(rule.id, name)) ?? otherwise,
        body,
        flow,
        statementSinks,
        expressionSinks,
        blocks,
        reach,
        uses,
        mayRun,
        hiddenCalls: hiddenCallsOf,
        transitionTables,
        report(reported) {
          if (!asked.isAsked(reported.place.source)) return;
          const severity = severityFor(
            config,
            rule.id,
            reported.variant,
            reported.severity,
            files.get(reported.place.source) ?? null,
          );
          if (severity === null) return;
          const { reach: all = [] } = reported;
          findings.push({
            related: [],
            why: rule.why,
            persona: rule.persona ?? "regular",
            ...reported,
            reach: told(access, all),
            reachMore: Math.max(0, all.length - MOST_TOLD),
            confidence: sureOfReach(reported.confidence, all),
            rule: rule.id,
            severity,
            fingerprint: "",
          });
        },
        unknown(place, message) {
          unknown.push({ place, message });
        },
      };
      try {
        rule.check(context);
      } catch (error) {
        const own = new Set(written.map(({ source }) => source));
        const [first] = own;
        if (first === undefined) throw error;
        const judged = watchRule(rule, context, own);
        findings.push(
          internalError(rule, error, judged ?? { place: { source: first, span: NOWHERE }, object: null }),
        );
      }
    }
    for (const { place, message } of catalog.state.failures)
      if (asked.isAsked(place.source)) findings.push(replayFailed(place, message));
    // What cannot be read is said, whether a rule has asked for it or not.
    for (const routine of asked.askedRoutines()) body(routine);
    return { findings, unknown: [...unknown, ...crowdedBeyondBounds(access)] };
  };
}

/** So many of those who reach something as a finding names, the most dangerous first when they are more. */
function told(access: Access, reach: readonly Reach[]): readonly Reach[] {
  if (reach.length <= MOST_TOLD) return reach;
  const isUntrusted = (one: Reach): boolean => access.worst([one]) === "untrusted";
  const untrusted = reach.filter(isUntrusted);
  return [...untrusted, ...reach.filter((one) => !isUntrusted(one))].slice(0, MOST_TOLD);
}

/** Where no file says who reaches something, nothing about it is certain. */
function sureOfReach(confidence: Confidence, reach: readonly Reach[]): Confidence {
  return confidence === "high" && isUnstated(reach) ? "medium" : confidence;
}

function blocksOf(
  database: ReplayedDatabase,
  config: Config,
  catalog: Catalog,
  parser: PostgresParser,
  flows: Flows,
): readonly Block[] {
  const blocks: Block[] = [];
  for (const { source, prelude, events } of database.sources) {
    if (prelude) continue;
    for (const event of events) {
      if (event.kind !== "do") continue;
      let flow: Flow | null = null;
      blocks.push({
        place: { source, span: event.span },
        flow: () => {
          const header = {
            language: event.language,
            source: event.source,
            parameters: [],
            returns: null,
            isProcedure: true,
          };
          flow ??= analyseRoutine({
            parameters: [],
            body: readBody(header, parser),
            isTrigger: false,
            extraSinks: config.privilegedFunctions,
            parser,
            types: createTypeLookup(catalog, ["public"]),
            callee: flows.callee(["public"]),
          });
          return flow;
        },
      });
    }
  }
  return blocks;
}

function bodyOf(routine: Routine, parser: PostgresParser): Body {
  return readBody(
    {
      language: routine.language,
      source: routine.source,
      parameters: routine.parameters.map((parameter) => parameter.written),
      returns: routine.returns,
      isProcedure: routine.kind === "procedure",
    },
    parser,
  );
}

function internalError({ id }: Rule, error: unknown, { place, object }: Judged): Finding {
  const reason = error instanceof Error ? error.message : String(error);
  const on = place.span === NOWHERE ? "" : ` on ${object ?? "this statement"}`;
  return {
    ...INTERNAL_ERROR,
    message: `rule ${id} failed${on}: ${reason}`,
    label: `not judged by ${id}`,
    place,
    object,
    why: "A bug in one rule: what it would have found in this database is not known. The other rules went on.",
    help: `report it with the SQL that shows it; meanwhile "rules": {"${id}": "off"} in the configuration switches the rule off`,
  };
}

function replayFailed(place: Place, reason: string): Finding {
  return {
    ...INTERNAL_ERROR,
    message: `replaying this statement failed: ${reason}`,
    label: "left out",
    place,
    object: null,
    why: "A bug: what the statement does is not known, and everything is judged as if it were not there.",
    help: "report it with the SQL that shows it",
  };
}

const INTERNAL_ERROR = {
  rule: "internal-error",
  variant: null,
  severity: "medium",
  confidence: "high",
  persona: "regular",
  reach: [],
  reachMore: 0,
  related: [],
  fingerprint: "",
} as const;
