import { type Definer, definers } from "../../src/access/definers.ts";
import { denies } from "../../src/access/denial.ts";
import type { Expr, PlStatement, Statement } from "../../src/events/tree.ts";
import { walkBody, walkExpr, walkPlpgsql, walkStatement } from "../../src/events/walk.ts";
import { defineRule, type RuleContext } from "../../src/rule/define.ts";
import { HOLE_NAME, parseTemplate } from "../../src/templates/index.ts";
import type { Span } from "../../src/text/span.ts";

export default defineRule({
  title: "SECURITY DEFINER routine takes its caller's temporary table for its own",
  severity: "critical",
  category: "definer",
  cwe: [426, 377],
  since: "0.1.0",
  variants: {},
  why: "CREATE TEMP TABLE IF NOT EXISTS keeps a table that is already there: the caller's. He reads what the routine writes to it, and his trigger runs as the owner.",
  check(context) {
    for (const definer of definers(context)) {
      const reused = reusedTable(context, definer);
      if (reused !== null) report(context, definer, reused);
    }
  },
});

const LABELS = {
  "if-not-exists": "IF NOT EXISTS keeps the caller's",
  around: "where the caller has one, it is kept",
  none: "the caller's table",
} as const;

const INSTEAD = "drop it at the end, or use a WITH query or an array";

const HELP = {
  "if-not-exists": `leave IF NOT EXISTS out (the call then fails when the table is there) and ${INSTEAD}`,
  around: `DROP TABLE IF EXISTS before CREATE TEMP TABLE, without asking whether the table is there, and ${INSTEAD}`,
  none: `CREATE TEMP TABLE first (the call then fails when the table is there) and ${INSTEAD}`,
} as const;

interface Reused {
  readonly table: string;
  readonly span: Span;
  /** How the routine goes on when the table is there; null: it does not create it. */
  readonly kept: "if-not-exists" | "around" | null;
}

/** The first temporary table that the code takes as it finds it. */
function reusedTable(context: RuleContext, definer: Definer): Reused | null {
  const made = new Set<string>();
  const goesOn = creationsNotNeeded(definer.body);
  let found: Reused | null = null;
  const visit = (statement: Statement): void => {
    if (found !== null) return;
    if (statement.kind !== "utility") {
      const target = statement.kind === "select" ? null : statement.target;
      const [schema, table = ""] = target?.name ?? [];
      if (target !== null && schema === "pg_temp" && !made.has(table) && !table.includes(HOLE_NAME))
        found = { table, span: target.span, kept: null };
      return;
    }
    for (const event of statement.events) {
      // Dropping another's table fails, unless the owner is a superuser: either way it is gone.
      if (event.kind === "drop") for (const { name } of event.objects) made.add(name.at(-1) ?? "");
      if ((event.kind !== "create-table" && event.kind !== "create-table-as") || !event.temporary) continue;
      const table = event.name.name.at(-1) ?? "";
      if ((event.ifNotExists || goesOn.has(statement)) && !made.has(table) && !table.includes(HOLE_NAME))
        found ??= { table, span: statement.span, kept: event.ifNotExists ? "if-not-exists" : "around" };
      made.add(table);
    }
  };
  walkBody(definer.body, { statement: visit });
  for (const sink of context.flow(definer.routine).sinks) {
    if (sink.query === null || sink.path.length > 0) continue;
    for (const { statements } of parseTemplate(sink.query.value, context.parser))
      for (const statement of statements ?? []) walkStatement(statement, { statement: visit });
  }
  return found;
}

const CATCHES = new Set(["others", "duplicate_table", "42p07"]);
const CATALOGS = /^(pg_class|pg_tables|pg_table_is_visible|tables|to_regclass)$/;

/** CREATE statements that the routine can do without: it asks before whether the table is there, or catches the error. */
function creationsNotNeeded(body: Definer["body"]): ReadonlySet<Statement> {
  const found = new Set<Statement>();
  const collect = (statements: readonly PlStatement[]): void => {
    for (const one of statements) walkPlpgsql(one, { statement: (statement) => void found.add(statement) });
  };
  const isGone = (statements: readonly PlStatement[]): boolean => {
    let drops = false;
    for (const one of statements)
      walkPlpgsql(one, {
        statement(statement) {
          if (statement.kind === "utility" && statement.events.some(({ kind }) => kind === "drop"))
            drops = true;
        },
      });
    return drops;
  };
  walkBody(body, {
    plpgsql(statement) {
      // A handler of the whole routine ends it: nothing uses the table then.
      if (statement.kind === "block" && body.language === "plpgsql" && statement !== body.block) {
        const catching = statement.handlers.some(
          (handler) =>
            handler.conditions.some((condition) => CATCHES.has(condition.toLowerCase())) &&
            !denies(handler.body) &&
            !isGone(handler.body),
        );
        if (catching) collect(statement.body);
      } else if (statement.kind === "if" && !isGone(statement.otherwise)) {
        for (const branch of statement.branches) if (asksForTable(branch.condition)) collect(branch.body);
      }
    },
  });
  return found;
}

function asksForTable(condition: Expr): boolean {
  let asks = false;
  walkExpr(condition, {
    expr(expr) {
      if (expr.kind === "call" && CATALOGS.test(expr.name.at(-1) ?? "")) asks = true;
    },
    relation({ name }) {
      if (CATALOGS.test(name.at(-1) ?? "")) asks = true;
    },
  });
  return asks;
}

function report(context: RuleContext, definer: Definer, reused: Reused): void {
  const { access, catalog } = context;
  const { routine, name, owner } = definer;
  const reach = context.reach(routine).filter(({ role }) => {
    const oid = role === "PUBLIC" ? 0 : catalog.roleNamed(role)?.oid;
    return oid === undefined || access.canMakeTemporary(oid);
  });
  context.report({
    variant: null,
    severity: access.severity("critical", reach, { needsSql: true }),
    confidence: reused.kept === "if-not-exists" ? "high" : "medium",
    message:
      reused.kept !== null
        ? `${name} keeps a temporary table ${reused.table} that its caller already has, and uses it as ${owner}`
        : `${name} writes to pg_temp.${reused.table}, which it does not create: it is the caller's table`,
    label: LABELS[reused.kept ?? "none"],
    place: definer.place(reused.span),
    object: name,
    reach,
    related: [{ place: routine.securityDefiner.place, message: `runs as ${owner}` }],
    help: HELP[reused.kept ?? "none"],
  });
}
