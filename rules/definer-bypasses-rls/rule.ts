import { isBoolean } from "../../src/access/conditions.ts";
import { type Definer, definers, pathOf } from "../../src/access/definers.ts";
import { identityColumns } from "../../src/access/identity-columns.ts";
import { primaryKey } from "../../src/access/keys.ts";
import { returnedReads } from "../../src/access/returned-reads.ts";
import { bypassesRowSecurity } from "../../src/access/row-security.ts";
import { PUBLIC, type Relation, type Routine } from "../../src/catalog/model.ts";
import { asksWhoCalls } from "../../src/rule/caller.ts";
import { defineRule, type RuleContext } from "../../src/rule/define.ts";
import type { Reach, Severity } from "../../src/rule/finding.ts";
import { asksForSecret, identityArguments, isOpenTo } from "../../src/rule/identity-arguments.ts";
import { type Origin, originsOf, type TableAccess } from "../../src/templates/index.ts";

export default defineRule({
  title: "SECURITY DEFINER routine works on rows that row-level security keeps from its callers",
  severity: "medium",
  category: "definer",
  cwe: [863, 285],
  since: "0.1.0",
  variants: {},
  why: "The routine reads as its owner, to whom the table's policies do not apply: its callers get at rows that the policies keep from them.",
  check(context) {
    for (const definer of definers(context)) {
      const { routine } = definer;
      if (routine.returnsTrigger !== null) continue;
      const callers = context.access.callers(routine);
      if (context.access.worst(callers) === null) continue;
      const silent = isBoolean(routine) || routine.returns?.name.at(-1) === "void";
      const found =
        (silent ? null : firstHidden(context, definer, callers)) ?? chosenRow(context, definer, callers);
      if (found === null || asksWhoCalls(context, definer)) continue;
      // Whose rows they are is an argument: definer-unchecked-identity says so.
      if (identityArguments(context, definer).length === 0) report(context, definer, found, callers);
    }
  },
});

interface Hidden {
  readonly table: Relation;
  readonly read: TableAccess;
  readonly severity: Severity;
}

/** The worst read of a table whose policies are passed, of which something is returned. */
function firstHidden(context: RuleContext, definer: Definer, callers: readonly Reach[]): Hidden | null {
  const { catalog } = context;
  const { routine, body } = definer;
  const flow = context.flow(routine);
  // What changes rows is judged by what it changes; who has a secret has shown what he may see.
  if (flow.accesses.some(({ command }) => command !== "select")) return null;
  if (takesSecret(routine)) return null;
  const direct = returnedReads(body);
  const stored = flow.returns === null ? [] : originsOf(flow.returns);
  let found: Hidden | null = null;
  for (const read of flow.accesses) {
    if (read.command !== "select" || asksForSecret(read)) continue;
    const how = direct.get(read.span.start);
    const returned =
      how ??
      (stored.some(
        (origin) => origin.kind === "stored" && origin.relation?.join(".") === read.relation.join("."),
      )
        ? "rows"
        : null);
    const table = catalog.resolveRelation(read.relation, pathOf(catalog, routine));
    if (returned === null || table === undefined || table.assumed || !table.rowSecurity.value) continue;
    if (!bypassesRowSecurity(catalog, routine.owner, table) || isOpenTo(context, table, callers)) continue;
    const [key, ...more] = primaryKey(catalog, table);
    const oneRow = more.length === 0 && read.compared.some(({ column }) => column === key);
    const severity: Severity =
      returned === "totals" || (oneRow && isScalar(context, routine))
        ? "info"
        : oneRow || identityColumns(catalog, table).size === 0
          ? "low"
          : "medium";
    if (found === null || (severity === "medium" && found.severity !== "medium"))
      found = { table, read, severity };
  }
  return found;
}

/**
 * A row of somebody else's that the caller chooses and deletes, or gives values to. Where EXECUTE is PUBLIC's by default only,
 * definer-public-execute says so.
 */
function chosenRow(context: RuleContext, definer: Definer, callers: readonly Reach[]): Hidden | null {
  const { catalog } = context;
  const { routine } = definer;
  const byDefault = ({ grantee, privilege, origin }: Routine["acl"][number]): boolean =>
    grantee === PUBLIC && privilege === "execute" && origin.kind !== "grant";
  if (routine.kind !== "function" || routine.acl.some(byDefault) || takesSecret(routine)) return null;
  for (const read of context.flow(routine).accesses) {
    const { command, compared, written } = read;
    const fromCaller = ({ origins }: { readonly origins: readonly Origin[] }): boolean =>
      origins.some(({ kind }) => kind === "parameter");
    const chooses = command === "delete" || (command === "update" && written.some(fromCaller));
    if (!chooses || !compared.some(fromCaller) || asksForSecret(read)) continue;
    const table = catalog.resolveRelation(read.relation, pathOf(catalog, routine));
    if (table === undefined || table.assumed || !table.rowSecurity.value) continue;
    if (!bypassesRowSecurity(catalog, routine.owner, table) || isOpenTo(context, table, callers)) continue;
    if (identityColumns(catalog, table).size > 0) return { table, read, severity: "medium" };
  }
  return null;
}

function takesSecret({ parameters }: Routine): boolean {
  return parameters.some(({ name }) =>
    /token|secret|passw|otp|api_?key|signature|(?:invite|reset|verif\w*)_?code/i.test(name ?? ""),
  );
}

/** Gives one value, not rows or JSON: an id looked up by another. */
function isScalar({ catalog }: RuleContext, { returnType, returnsSet }: Routine): boolean {
  if (returnType === null || returnsSet || returnType.array) return false;
  return /^(uuid|bigint|integer|smallint|boolean|text)$/.test(catalog.typeName(returnType));
}

function report(
  context: RuleContext,
  definer: Definer,
  { table, read, severity }: Hidden,
  callers: readonly Reach[],
): void {
  const { catalog, access } = context;
  const { routine, name, owner } = definer;
  const helper = context.uses(routine).some(({ by }) => by === "policy");
  context.report({
    variant: null,
    severity: helper || severity === "info" ? "info" : access.severity(severity, callers),
    confidence: severity === "medium" ? "medium" : "low",
    message: `${name} ${read.command === "select" ? "reads" : `can ${read.command.toUpperCase()} any row of`} ${catalog.relationName(table)} as ${owner}, past its row-level security, and does not ask who calls`,
    label: "policies do not apply here",
    place: definer.place(read.span),
    object: name,
    reach: callers,
    related: [
      { place: table.rowSecurity.place, message: "row-level security" },
      { place: routine.securityDefiner.place, message: `runs as ${owner}` },
    ],
    help: "make the routine SECURITY INVOKER, or put what the policies ask (auth.uid()) into its conditions",
  });
}
