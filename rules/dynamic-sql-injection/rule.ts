import { isExtensionScript } from "../../src/catalog/catalog.ts";
import { defineRule, type RuleContext } from "../../src/rule/define.ts";
import {
  type Judgement,
  judgeOrigin,
  type OpenHole,
  openHoles,
  relatedOf,
} from "../../src/rule/dynamic-sql.ts";
import type { Severity } from "../../src/rule/finding.ts";
import { holesOfRoutine } from "../../src/rule/foreign-code.ts";
import { perStatement, type Together } from "../../src/rule/per-statement.ts";
import type { PlacedHole, Sink } from "../../src/templates/index.ts";

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

interface Found {
  readonly open: OpenHole;
  readonly variant: Variant;
  /** Who chooses the value. */
  readonly kind: string;
  readonly judgement: Judgement;
  readonly severity: Severity;
}

export default defineRule<Variant>({
  title: "Value becomes part of dynamic SQL without quoting",
  severity: "critical",
  category: "dynamic-sql",
  cwe: [89],
  since: "0.1.0",
  variants: VARIANTS,
  why: "The value is SQL now: it can end the statement it stands in and go on with another, with the rights of whoever the code runs as.",
  check(context) {
    const found: Found[] = [];
    for (const open of openHoles(context)) {
      if (open.weakness !== "injection" && open.weakness !== "whole-statement") continue;
      const judgement = judgeOrigin(context, open, "critical");
      const place = { source: open.executed.source, span: open.placed.hole.span };
      if (typeof judgement === "string") context.unknown(place, judgement);
      else if (judgement !== null) {
        const { base, reach, needsSql } = judgement;
        const reached = context.access.severity(base, reach, { needsSql });
        // Databases from before PostgreSQL 15 let everybody create in public, and quoting costs nothing.
        const known = reached !== "info" || !judgement.ownRights || isExtensionScript(context.catalog);
        const severity = judgement.by === "catalog-name" && !known ? "low" : reached;
        found.push({ open, variant: variantOf(open, judgement), kind: judgement.by, judgement, severity });
      }
    }
    for (const one of perStatement(found)) report(context, one);
    reportOtherLanguages(context);
  },
});

/** SQL that definers in plv8, PL/Python and PL/Perl put together. */
function reportOtherLanguages(context: RuleContext<Variant>): void {
  const { catalog, access } = context;
  for (const routine of context.askedRoutines()) {
    if (routine.prelude || routine.assumed || !routine.securityDefiner.value) continue;
    const reach = context.reach(routine);
    const object = catalog.routineName(routine);
    for (const { argument, span } of holesOfRoutine(catalog, routine)) {
      context.report({
        variant: "parameter",
        severity: access.severity("critical", reach),
        confidence: "medium",
        message: `argument ${argument} becomes part of the SQL that ${object} executes`,
        label: "part of the statement",
        place: { source: routine.definitionPlace.source, span },
        object,
        reach,
        related: [
          {
            place: routine.securityDefiner.place,
            message: `runs as ${catalog.roleName(routine.owner)}`,
          },
        ],
        help: "write `$1` in the query and give the value beside it; put a name in with quote_ident",
      });
    }
  }
}

function variantOf(open: OpenHole, judgement: Judgement): Variant {
  const { by, ownRights } = judgement;
  if (by === "stored-value" || by === "catalog-name") return by;
  if (ownRights) return "invoker";
  if (by !== "parameter") return by;
  if (open.weakness === "whole-statement") return "whole-statement";
  return open.executed.sink.name === null ? "parameter" : "query-function";
}

function report(context: RuleContext<Variant>, { first, related }: Together<Found>): void {
  const { open, variant, judgement, severity } = first;
  const { executed, placed } = open;
  const { source, sink } = executed;
  const { reach, confidence, what, why } = judgement;
  const object = executed.object ?? "a DO block";
  const next = sink.path[0]?.name ?? sink.name;
  const runner = next === null ? "executes" : `gives to ${next.join(".")}`;
  const whole = variant === "whole-statement";
  context.report({
    variant,
    severity,
    confidence,
    message: whole
      ? `${object} ${runner} a statement that ${what} decides`
      : `${what} becomes part of the SQL that ${object} ${runner}`,
    label: whole ? "the whole statement" : labelOf(placed),
    place: { source, span: placed.hole.span },
    object: executed.object,
    reach,
    related: [...relatedOf(context, open), ...(judgement.way ?? []), ...related],
    ...(why === undefined ? {} : { why }),
    help: helpFor(placed, sink),
  });
}

function labelOf({ positions }: PlacedHole): string {
  if (positions.includes("quoted")) return "between quotes, but not quoted";
  if (positions.includes("identifier")) return "a name, but not quoted as one";
  return "part of the statement";
}

function helpFor({ positions }: PlacedHole, sink: Sink): string {
  if (positions.includes("identifier"))
    return "put names in with format and `%I`, or allow only a list of constants";
  if (positions.includes("value")) {
    return sink.name === null
      ? "give a value with USING and write `$1`; put a name in with format and `%I`"
      : "put a value in with format and `%L`, a name with `%I`";
  }
  if (positions.includes("quoted")) {
    return sink.name === null
      ? "give the value with USING and write `$1`, or put it in with format and `%L`, outside of quotes"
      : "put the value in with format and `%L`, outside of quotes";
  }
  return "write the statement as a constant; choose between constants where words of it change";
}
