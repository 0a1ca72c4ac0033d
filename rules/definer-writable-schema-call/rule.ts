import { actorsOf, rolesIn } from "../../src/access/actors.ts";
import { fits, routineTypes, type TypeReader } from "../../src/access/argument-types.ts";
import { type Definer, definers, pathOf } from "../../src/access/definers.ts";
import { quoteIdentifier } from "../../src/catalog/catalog.ts";
import type { Oid, Routine, Schema } from "../../src/catalog/model.ts";
import { callsIn } from "../../src/catalog/references.ts";
import { remembered } from "../../src/catalog/remembered.ts";
import type { Call } from "../../src/events/tree.ts";
import { defineRule, type RuleContext } from "../../src/rule/define.ts";

export default defineRule({
  title: "SECURITY DEFINER routine calls into a schema where others may create functions",
  severity: "critical",
  category: "definer",
  cwe: [426],
  since: "0.1.0",
  variants: {},
  why: "Writing the schema does not decide which function is called: whoever may create in that schema adds one whose parameters fit the arguments better, and whoever owns the function or the schema replaces it. It runs as the owner of the routine.",
  check(context) {
    const known: Candidates = new Map();
    for (const definer of definers(context)) {
      const seen = new Set<string>();
      const { routine, body } = definer;
      const types = routineTypes(context.catalog, routine, body, pathOf(context.catalog, routine));
      for (const call of callsIn(body)) {
        const key = call.name.join(".");
        if (call.grammar || call.name.length !== 2 || seen.has(key)) continue;
        const found = resolve(context, types, call, known);
        if (
          found !== null &&
          (judgeOwner(context, definer, call, found) || judge(context, definer, call, found))
        )
          seen.add(key);
      }
    }
  },
});

/** What a call can mean: functions of that name, and how well the arguments are known to fit each. */
interface Resolved {
  readonly schema: Schema;
  readonly args: readonly (string | null)[];
  readonly candidates: readonly { readonly routine: Routine; readonly fit: ReturnType<typeof fits> }[];
}

/** Functions by `schema.name`, with the names of their parameters' types. */
type Candidates = Map<string, readonly { readonly routine: Routine; readonly types: readonly string[] }[]>;

function resolve(
  { catalog }: RuleContext,
  types: TypeReader,
  call: Call,
  known: Candidates,
): Resolved | null {
  const [schemaName = "", functionName = ""] = call.name;
  const schema = catalog.schemaNamed(schemaName);
  if (schema === undefined || schema.assumed || schemaName === "pg_catalog") return null;
  const args = call.args.map(({ value }) => types.typeOf(value));
  const candidates = remembered(known, call.name.join("."), () =>
    catalog
      .routinesIn(schemaName, functionName)
      .filter(({ assumed }) => !assumed)
      .map((candidate) => ({ routine: candidate, types: candidate.inputTypes.map(catalog.typeName) })),
  ).map((candidate) => ({ routine: candidate.routine, fit: fits(args, candidate.types) }));
  return { schema, args, candidates };
}

/** Whether the function that is called belongs to somebody weaker, who may replace its code, and was reported. */
function judgeOwner(context: RuleContext, definer: Definer, call: Call, found: Resolved): boolean {
  const { catalog, access } = context;
  const { routine, body, name, owner } = definer;
  const isWeaker = (role: Oid): boolean =>
    role !== routine.owner && !access.hasRightsOf(role, routine.owner) && access.trustOf(role) !== "admin";
  const exact = found.candidates.filter(({ fit }) => fit === "exact");
  const callee = (exact.length > 0 ? exact : found.candidates).find(
    (candidate) =>
      !candidate.routine.prelude && candidate.routine.extension === null && isWeaker(candidate.routine.owner),
  )?.routine;
  // The owner of a schema may drop what others have created in it, and create it again; not what a bound body depends on.
  const bound = body.language === "sql" && body.atomic;
  const weak =
    callee ?? (!bound && isWeaker(found.schema.owner) && !found.schema.prelude ? found.schema : undefined);
  if (weak === undefined) return false;
  const called = call.name.join(".");
  const what = callee === undefined ? `schema ${found.schema.name}` : called;
  const step = { place: weak.place, text: `${catalog.roleName(weak.owner)} owns ${what}` };
  const reach = actorsOf(catalog, access, weak.owner, step);
  context.report({
    variant: null,
    severity: access.severity(callee === undefined ? "high" : "critical", reach, { needsSql: true }),
    confidence: callee === undefined ? "medium" : "high",
    message: `${name} calls ${called}, and ${rolesIn(reach)} may ${found.candidates.length === 0 ? "create" : "replace"} it: it runs as ${owner}`,
    label:
      callee === undefined
        ? `in a schema of ${catalog.roleName(weak.owner)}`
        : `belongs to ${catalog.roleName(weak.owner)}`,
    place: definer.place(call.span),
    object: name,
    reach,
    related: [
      { place: weak.place, message: step.text },
      { place: routine.securityDefiner.place, message: `runs as ${owner}` },
    ],
    help: `let ${owner}, or a role that is trusted as much, own ${what}; or let a role with no more rights than ${catalog.roleName(weak.owner)} own the routine`,
  });
  return true;
}

/** Whether a better match could be added, and was reported. */
function judge(context: RuleContext, definer: Definer, call: Call, found: Resolved): boolean {
  const { catalog, access } = context;
  const { routine, body, name, owner } = definer;
  const { schema, args } = found;
  // BEGIN ATOMIC and RETURN bound the function when the routine was created.
  if (body.language === "sql" && body.atomic) return false;
  const creators = access.foreignCreators(schema, routine.owner);
  const [creator] = creators;
  if (creator === undefined || call.args.length === 0) return false;
  const answers = found.candidates.map(({ fit }) => fit);
  if (answers.length === 0 || answers.includes("exact")) return false;
  const unsure = answers.includes("unknown");
  const reach = creators.map(({ role, held }) => ({ role: access.nameOf(role), via: held.steps }));
  const grant = creator.held.steps.find((step) => step.place !== null);
  const who = catalog.roleName(creator.role);
  context.report({
    variant: null,
    severity: access.severity(unsure ? "medium" : "critical", reach, { needsSql: true }),
    confidence: unsure ? "low" : "high",
    message: `${name} calls ${call.name.join(".")}, and ${who} may create a function in ${schema.name} that fits the arguments better: it runs as ${owner}`,
    label: `${args.map((type) => type ?? "?").join(", ")}: not the types it is declared with`,
    place: definer.place(call.span),
    object: name,
    reach,
    related: [
      ...(grant?.place == null ? [] : [{ place: grant.place, message: grant.text }]),
      { place: routine.securityDefiner.place, message: `runs as ${owner}` },
    ],
    help: `REVOKE CREATE ON SCHEMA ${quoteIdentifier(schema.name)} FROM ${who}; or cast the arguments to the parameters' types`,
  });
  return true;
}
