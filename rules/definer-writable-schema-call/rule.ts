import { fits, routineTypes } from "../../src/access/argument-types.ts";
import { type Definer, definers, pathOf } from "../../src/access/definers.ts";
import { callsIn } from "../../src/catalog/references.ts";
import type { Call } from "../../src/events/tree.ts";
import { defineRule, type RuleContext } from "../../src/rule/define.ts";

export default defineRule({
  title: "SECURITY DEFINER routine calls into a schema where others may create functions",
  severity: "critical",
  category: "definer",
  cwe: [426],
  since: "0.1.0",
  variants: {},
  why: "Writing the schema does not decide which function is called: whoever may create in that schema adds one whose parameters fit the arguments better, and it runs as the owner.",
  check(context) {
    for (const definer of definers(context)) {
      // BEGIN ATOMIC and RETURN bound the function when the routine was created.
      if (definer.body.language === "sql" && definer.body.atomic) continue;
      const seen = new Set<string>();
      for (const call of callsIn(definer.body)) {
        const key = call.name.join(".");
        if (call.grammar || call.name.length !== 2 || seen.has(key)) continue;
        if (judge(context, definer, call)) seen.add(key);
      }
    }
  },
});

/** Whether a better match could be added, and was reported. */
function judge(context: RuleContext, definer: Definer, call: Call): boolean {
  const { catalog, access } = context;
  const { routine, body, name, owner } = definer;
  const [schemaName = "", functionName = ""] = call.name;
  const schema = catalog.schemaNamed(schemaName);
  if (schema === undefined || schema.assumed || schemaName === "pg_catalog") return false;
  const creators = access.foreignCreators(schema, routine.owner);
  const [creator] = creators;
  if (creator === undefined || call.args.length === 0) return false;
  const types = routineTypes(catalog, routine, body, pathOf(catalog, routine));
  const args = call.args.map(({ value }) => types.typeOf(value));
  const answers = catalog
    .routinesIn(schemaName, functionName)
    .filter(({ assumed }) => !assumed)
    .map((candidate) => fits(args, candidate.inputTypes.map(catalog.typeName)));
  if (answers.length === 0 || answers.includes("exact")) return false;
  const unsure = answers.includes("unknown");
  const reach = creators.map(({ role, held }) => ({ role: access.nameOf(role), via: held.steps }));
  const grant = creator.held.steps.find((step) => step.place !== null);
  const who = catalog.roleName(creator.role);
  context.report({
    variant: null,
    severity: access.severity(unsure ? "medium" : "critical", reach, { needsSql: true }),
    confidence: unsure ? "low" : "high",
    message: `${name} calls ${call.name.join(".")}, and ${who} may create a function in ${schemaName} that fits the arguments better: it runs as ${owner}`,
    label: `${args.map((type) => type ?? "?").join(", ")}: not the types it is declared with`,
    place: definer.place(call.span),
    object: name,
    reach,
    related: [
      ...(grant?.place == null ? [] : [{ place: grant.place, message: grant.text }]),
      { place: routine.securityDefiner.place, message: `runs as ${owner}` },
    ],
    help: `REVOKE CREATE ON SCHEMA ${schemaName} FROM ${who}; or cast the arguments to the parameters' types`,
  });
  return true;
}
