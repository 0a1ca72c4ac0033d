import type { Statement } from "../../src/events/tree.ts";
import { codeOf } from "../../src/rule/code.ts";
import { defineRule } from "../../src/rule/define.ts";
import type { Severity } from "../../src/rule/finding.ts";

/** Catalogs that decide who may do what. */
const DECIDING =
  /^pg_(?:language|proc|authid|auth_members|class|namespace|attribute|default_acl|init_privs|policy|trigger|rewrite|event_trigger|db_role_setting|user_mapping|foreign_server|database|type|cast|operator|parameter_acl|largeobject_metadata)$/;

/** Columns of theirs that do. */
const COLUMNS =
  /acl$|owner$|trusted$|^rol(?!connlimit|validuntil)|secdef$|config$|prosrc|probin|prolang|leakproof|rowsecurity$|^pol|tgenabled|tgfoid|evtenabled|setconfig|ev_action|ev_enabled|umoptions|roleid|member|admin_option/;

/** Those where it is as good as superuser. */
const FATAL = /^pg_(?:language|authid|auth_members)$/;

export default defineRule({
  title: "System catalog written directly",
  severity: "critical",
  category: "deployment",
  cwe: [269, 693],
  since: "0.1.0",
  variants: {},
  why: "A direct write skips every check that the DDL command makes: a language marked as trusted lets everybody run code as the server's account.",
  check(context) {
    for (const code of codeOf(context)) {
      if (code.kind !== "query" && code.kind !== "routine") continue;
      code.walk({
        statement(statement) {
          const table = targetOf(statement);
          if (table === null) return;
          // A table of the project that happens to have the name.
          if (
            statement.kind === "utility" ||
            (statement.kind !== "select" &&
              statement.target.name.length === 1 &&
              context.catalog.resolveRelation([table], ["public"]) !== undefined)
          )
            return;
          const severity = severityOf(statement, table);
          const reached =
            code.routine === null ? severity : context.access.severity(severity, context.reach(code.routine));
          context.report({
            variant: null,
            severity: code.routine !== null && !code.routine.securityDefiner.value ? "info" : reached,
            confidence: "high",
            message: `pg_catalog.${table} is written directly${code.object === null ? "" : ` by ${code.object}`}`,
            label: "system catalog",
            place: {
              source: code.source,
              span: statement.kind === "select" ? statement.span : statement.target.span,
            },
            object: `pg_catalog.${table}`,
            ...(code.routine === null ? {} : { reach: context.reach(code.routine) }),
            help: "use the DDL command (ALTER, GRANT, CREATE …): it checks and records what it does",
          });
        },
      });
    }
  },
});

/** The system catalog that a statement writes. */
function targetOf(statement: Statement): string | null {
  if (statement.kind === "select" || statement.kind === "utility" || statement.target.cte) return null;
  const { name } = statement.target;
  const last = name.at(-1) ?? "";
  if (name.length > 1 && name.at(-2) !== "pg_catalog") return null;
  // Views such as pg_settings are made to be updated; extensions own what else stands there.
  return /^pg_[a-z_]+$/.test(last) &&
    !/^pg_(?:settings|stat_|statio_|roles|user|group|tables|views|indexes|temp)/.test(last) &&
    (name.length > 1 ||
      DECIDING.test(last) ||
      /^pg_(?:enum|index|constraint|depend|description|extension|attrdef|statistic|largeobject|tablespace|sequence|aggregate|am|opclass)$/.test(
        last,
      ))
    ? last
    : null;
}

function severityOf(statement: Statement, table: string): Severity {
  if (!DECIDING.test(table)) return "info";
  const worst = FATAL.test(table) ? "critical" : "high";
  if (statement.kind !== "update") return worst;
  return statement.set.some(({ name }) => name !== null && COLUMNS.test(name)) ? worst : "low";
}
