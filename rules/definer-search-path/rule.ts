import type { PathProblem } from "../../src/access/search-path.ts";
import { judgeSearchPath } from "../../src/access/search-path.ts";
import { quoteIdentifier } from "../../src/catalog/catalog.ts";
import type { Routine } from "../../src/catalog/model.ts";
import { namesOf } from "../../src/catalog/references.ts";
import { defineRule, type RuleContext } from "../../src/rule/define.ts";
import type { Reach, Related, Severity } from "../../src/rule/finding.ts";

const VARIANTS = {
  unset: "no SET search_path: names resolve in the caller's path",
  "from-current": "SET search_path FROM CURRENT freezes the path of whoever deployed it",
  "no-pg-temp": "pg_temp is not in the path, so it is searched first for relations and types",
  empty: "SET search_path = '': pg_temp is still searched first for relations and types",
  "writable-schema": "a schema of the path lets somebody else create better-matching objects",
  "pg-temp-not-last": "pg_temp is listed before other schemas",
  "quoted-list": "'a, b' is one schema with a comma in its name",
  "dollar-user": '"$user" is a schema that whoever may create schemas can make',
  "missing-schema": "a schema of the path does not exist: whoever may create it decides what is in it",
  "set-in-body": "search_path is set inside the body, after names have been resolved",
} as const;

type Variant = keyof typeof VARIANTS;

export default defineRule<Variant>({
  title: "SECURITY DEFINER routine without a safe search_path",
  severity: "critical",
  category: "definer",
  cwe: [426, 427],
  since: "0.1.0",
  variants: VARIANTS,
  why: "The routine runs with its owner's rights, but names in its body are looked up when it is called: whoever can put an object of that name earlier on the path decides what they mean.",
  check(context) {
    for (const routine of context.askedRoutines()) {
      if (routine.prelude || routine.assumed || !routine.securityDefiner.value) continue;
      const problem = judge(context, routine);
      if (problem !== null) report(context, routine, problem);
    }
  },
});

function judge(context: RuleContext<Variant>, routine: Routine): PathProblem | null {
  const body = context.body(routine);
  switch (body.language) {
    case "sql":
      // BEGIN ATOMIC and RETURN bind every name when the routine is created.
      if (body.atomic) return null;
      break;
    case "plpgsql":
      break;
    case "unparsed":
      return null;
    case "other":
      // What C and internal functions look up cannot be seen, and most look up nothing.
      if (["c", "internal", "unknown"].includes(body.name) || asksNothing(routine, body.name)) return null;
      break;
  }
  const names = body.language === "other" ? null : namesOf(body, context.transitionTables(routine));
  return judgeSearchPath(context.catalog, context.access, routine, body, names);
}

/** What code of other languages begins with that gives the server a query. */
const QUERIES: readonly (readonly [RegExp, RegExp])[] = [
  [/^plpython\d?u$/, /\bplpy\b/],
  [/^(?:plperlu?|pltclu?)$/, /\bspi_/],
  [/^plv8$/, /\bplv8\b/],
];

/** Code that cannot be read, but has no query either. */
function asksNothing({ definition }: Routine, language: string): boolean {
  const query = QUERIES.find(([name]) => name.test(language))?.[1];
  const code = definition?.kind === "create-routine" ? definition.source : null;
  return query !== undefined && code?.kind === "text" && !query.test(code.text.text);
}

const RISK: Record<Variant, Severity> = {
  unset: "critical",
  "set-in-body": "critical",
  "writable-schema": "critical",
  empty: "critical",
  "no-pg-temp": "critical",
  "pg-temp-not-last": "high",
  "quoted-list": "high",
  "from-current": "high",
  "dollar-user": "high",
  "missing-schema": "medium",
};

/** Paths that nobody means to have: no name of the body is open today, the triggers that it fires and the next edit may be. */
const UNMEANT: ReadonlySet<Variant> = new Set(["unset", "quoted-list", "pg-temp-not-last"]);

function ofHarmless(variant: Variant, worst: Severity): Severity {
  return UNMEANT.has(variant) && worst !== "info" ? "low" : "info";
}

function report(context: RuleContext<Variant>, routine: Routine, problem: PathProblem): void {
  const { catalog, access } = context;
  const reach: readonly Reach[] = context
    .reach(routine)
    .filter((one) => problem.attackers === null || problem.attackers(one));
  const base = problem.severity ?? RISK[problem.variant];
  const worst: Severity = access.severity(base, reach, { needsSql: true });
  const severity = problem.harmless ? ofHarmless(problem.variant, worst) : worst;
  const name = catalog.routineName(routine);
  const related: Related[] = problem.names.slice(0, 3).map(({ span, text }) => ({
    place: { source: routine.definitionPlace.source, span },
    message: text,
  }));
  if (problem.place !== routine.securityDefiner.place) {
    related.unshift({
      place: routine.securityDefiner.place,
      message: `runs as ${catalog.roleName(routine.owner)}`,
    });
  }
  const signature = `${routine.kind === "procedure" ? "PROCEDURE" : "FUNCTION"} ${name}`;
  const schemas = problem.keep.map(quoteIdentifier).join(", ");
  context.report({
    variant: problem.variant,
    severity,
    confidence: problem.names.length === 0 && problem.variant === "unset" ? "low" : "high",
    message: `SECURITY DEFINER ${routine.kind} ${name} ${problem.message}`,
    label: problem.label,
    place: problem.place,
    object: name,
    reach,
    related,
    help: `qualify the names in the body, and ALTER ${signature} SET search_path = ${schemas}, pg_temp;`,
  });
}
