/** Arguments by which a caller names whose rows a definer works on. */
import type { Definer } from "../access/definers.ts";
import { pathOf } from "../access/definers.ts";
import { identityColumns } from "../access/identity-columns.ts";
import { primaryKey } from "../access/keys.ts";
import { handsOutNext, raisedCounters } from "../access/next-numbers.ts";
import { namesOwner } from "../access/owner-columns.ts";
import { readsAllRows } from "../access/row-security.ts";
import { PUBLIC, type Relation } from "../catalog/model.ts";
import type { Body, Expr, Select } from "../events/tree.ts";
import { walkBody, walkStatement } from "../events/walk.ts";
import type { Comparison, Origin, TableAccess } from "../templates/index.ts";
import { asksWhoCalls } from "./caller.ts";
import type { RuleContext } from "./define.ts";
import type { Reach } from "./finding.ts";
import { perDefiner } from "./shared.ts";

type ArgumentContext = Pick<RuleContext, "catalog" | "access" | "body" | "flow">;

export interface IdentityArgument {
  readonly argument: string;
  readonly column: string;
  readonly table: Relation;
  readonly command: TableAccess["command"];
  readonly comparison: Comparison;
  /** The rows are only counted, or asked for the next number. */
  readonly counted: boolean;
  /** Counters are raised by one, nothing else is changed. */
  readonly raised: boolean;
}

const ARGUMENT =
  /^(?:p|in|arg|v|the|target|input|lookup|_)?_*(?:(?:user|uid|owner|tenant|account|org|organi[sz]ation|customer|member|team|workspace|company|profile|client|patient)s?_?(?:id|uid|uuid)?)_*(?:param|in)?$/i;
const SECRET = /token|secret|passw|code|key|hash|nonce|otp|signature|pin$/i;

/**
 * Where the rows of a table are chosen by an argument that names a user, tenant or the like, and nothing in the routine asks
 * whether the caller is that user. Rows that the callers may read anyway, and those for which a secret must be known, are left out.
 */
export const identityArguments = perDefiner(findArguments);

function findArguments(context: ArgumentContext, definer: Definer): readonly IdentityArgument[] {
  const found: IdentityArgument[] = [];
  const { catalog } = context;
  const { routine } = definer;
  const callers = context.access.callers(routine);
  if (!routine.parameters.some(({ mode }) => mode !== "out" && mode !== "table")) return found;
  let numbers: Numbers | null = null;
  for (const access of context.flow(routine).accesses) {
    const table = catalog.resolveRelation(access.relation, pathOf(catalog, routine));
    if (table === undefined || table.assumed || asksForSecret(access)) continue;
    if (access.command === "select" && isOpenTo(context, table, callers)) continue;
    // An owner of no table, made for this routine: the policies decide about its rows as well.
    if (access.command === "select" && !readsAllRows(catalog, routine.owner, table)) continue;
    for (const comparison of access.compared) {
      const { column, origins, relation } = comparison;
      if (relation.at(-1) !== access.relation.at(-1)) continue;
      const argument = openArgument(origins);
      if (argument === null || !ARGUMENT.test(argument)) continue;
      const identity = identityColumns(catalog, table);
      const key = primaryKey(catalog, table);
      if (!identity.has(column) && !namesOwner(column) && !(key.length === 1 && key[0] === column)) continue;
      numbers ??= numbersIn(definer.body);
      const { command, span } = access;
      found.push({
        argument,
        column,
        table,
        command,
        comparison,
        counted: command === "select" && (numbers.handsOutNext || numbers.counted.has(span.start)),
        raised: numbers.raised.has(span.start),
      });
    }
  }
  return found.length === 0 || asksWhoCalls(context, definer) ? [] : found;
}

/** The parameter that a value is, when nothing was checked about it. */
function openArgument(origins: readonly Origin[]): string | null {
  const [only] = origins;
  if (origins.length !== 1 || only?.kind !== "parameter") return null;
  const checked = only.checks.some(
    ({ kind }) => kind === "identity" || kind === "authorised" || kind === "allow-list",
  );
  return checked ? null : only.name;
}

export function asksForSecret({ compared }: TableAccess): boolean {
  return compared.some(
    ({ column, origins }) =>
      SECRET.test(column) && origins.some((origin) => origin.kind === "parameter" || origin.kind === "call"),
  );
}

/** Whether all callers may read every row of the table themselves. Behind an API everybody comes as one of its roles. */
export function isOpenTo(
  { catalog, access }: Pick<ArgumentContext, "catalog" | "access">,
  table: Relation,
  callers: readonly Reach[],
): boolean {
  const { directSql, untrusted } = access.trust;
  const names = callers.flatMap(({ role }) => (role === "PUBLIC" && !directSql ? untrusted : [role]));
  return (
    names.length > 0 &&
    names.every((name) => {
      const oid = name === "PUBLIC" ? PUBLIC : catalog.roleNamed(name)?.oid;
      if (oid === undefined) return false;
      return access.canUse(oid, table, "select") !== null && readsAllRows(catalog, oid, table);
    })
  );
}

type Numbers = ReturnType<typeof numbersIn>;

/** What the code only counts, or numbers. */
function numbersIn(body: Body) {
  return {
    counted: countedReads(body),
    handsOutNext: handsOutNext(body),
    raised: raisedCounters(body),
  };
}

/** Where relations stand whose rows are only counted, or asked whether there are any. */
function countedReads(body: Body): ReadonlySet<number> {
  const found = new Set<number>();
  const all = (query: Select): void =>
    walkStatement(query, { relation: ({ span }) => void found.add(span.start) });
  walkBody(body, {
    expr(expr) {
      if (expr.kind === "subquery" && expr.form === "exists") all(expr.query);
    },
    statement(statement) {
      if (statement.kind !== "select" || statement.targets.length === 0 || statement.from.length === 0)
        return;
      if (statement.targets.every(({ value }) => isCount(value))) all(statement);
    },
  });
  return found;
}

function isCount(value: Expr): boolean {
  if (value.kind === "cast") return isCount(value.operand);
  if (value.kind === "call") return value.name.at(-1) === "count";
  return value.kind === "number" || value.kind === "boolean" || value.kind === "string";
}
