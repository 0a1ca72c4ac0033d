import { mustNotBeGuessed, randomIn, randomValues } from "../../src/access/random-values.ts";
import { ownSources } from "../../src/rule/code.ts";
import { defineRule, type RuleContext } from "../../src/rule/define.ts";
import type { Reach } from "../../src/rule/finding.ts";
import type { Place } from "../../src/text/source.ts";

export default defineRule({
  title: "Token or code made with random()",
  severity: "high",
  category: "secrets",
  cwe: [338, 340],
  since: "0.1.0",
  variants: {},
  why: "random() is no secret: setseed() in the same session decides what it gives, and some values tell the next ones. Whoever can have a token made knows it.",
  check(context) {
    routines(context);
    defaults(context);
  },
});

function routines(context: RuleContext<never>): void {
  const { catalog } = context;
  for (const routine of context.askedRoutines()) {
    if (routine.prelude || routine.assumed || routine.extension !== null) continue;
    const path = catalog.searchPath(routine)?.values ?? routine.sessionPath;
    const named = mustNotBeGuessed(routine.name);
    const value = randomValues(catalog, context.body(routine), path).find(
      ({ names }) => named || names.some(mustNotBeGuessed),
    );
    if (value === undefined) continue;
    const name = catalog.routineName(routine);
    const what = value.names.find(mustNotBeGuessed) ?? null;
    const place = { source: routine.definitionPlace.source, span: value.span };
    report(context, place, what === null ? name : `${what} in ${name}`, name, context.reach(routine));
  }
}

/** Columns that get such a value when a row is inserted without one. */
function defaults(context: RuleContext<never>): void {
  const { catalog, access } = context;
  const own = ownSources(context);
  for (const table of context.askedRelations()) {
    if (table.prelude || table.assumed) continue;
    for (const { name, default: value } of table.columns) {
      if (value === null || !own.has(value.place.source) || !mustNotBeGuessed(name)) continue;
      const span = randomIn(value.expr);
      if (span === null) continue;
      const object = `${catalog.relationName(table)}.${name}`;
      report(
        context,
        { source: value.place.source, span },
        `the default of ${object}`,
        object,
        access.users(table, "insert"),
      );
    }
  }
}

function report(
  context: RuleContext<never>,
  place: Place,
  what: string,
  object: string,
  reach: readonly Reach[],
): void {
  context.report({
    variant: null,
    severity: context.access.severity("high", reach, { needsSql: true }),
    confidence: "medium",
    message: `random() decides ${what}`,
    label: "can be predicted",
    place,
    object,
    reach,
    help: "encode(gen_random_bytes(32), 'hex') of pgcrypto, or gen_random_uuid()",
  });
}
