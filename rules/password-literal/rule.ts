import { connectionPassword, isPlaceholder, isPutIn } from "../../src/access/secrets.ts";
import type { Expr } from "../../src/events/tree.ts";
import { codeOf, rawText, writtenEvents } from "../../src/rule/code.ts";
import { defineRule, type RuleContext } from "../../src/rule/define.ts";
import type { Severity } from "../../src/rule/finding.ts";
import type { Place, Source } from "../../src/text/source.ts";
import type { Span } from "../../src/text/span.ts";

const VARIANTS = {
  role: "password of a role, written out in CREATE or ALTER ROLE",
  "user-mapping": "password of a remote account, written out in a user mapping",
  connection: "password in a connection string of a subscription or of dblink",
} as const;

type Variant = keyof typeof VARIANTS;

export default defineRule<Variant>({
  title: "Password written out in SQL",
  severity: "high",
  category: "secrets",
  cwe: [798, 259],
  since: "0.1.0",
  variants: VARIANTS,
  why: "Whoever reads the repository, the server's log or pg_stat_activity while it runs has the password; it stays in the history after it is changed here.",
  aboutSecrets: true,
  check(context) {
    for (const { event, source } of writtenEvents(context)) {
      switch (event.kind) {
        case "create-role":
        case "alter-role": {
          const { password } = event.options;
          if (password === null || password.value === null) break;
          const literal = afterKeyword(source, password.span);
          if (literal === null || isPlaceholder(password.value) || isVerifier(password.value)) break;
          const role =
            event.kind === "create-role"
              ? event.name
              : event.role.kind === "role"
                ? event.role.name
                : "the current role";
          report(
            context,
            "role",
            "high",
            { source, span: literal },
            role,
            `the password of ${role} is written out`,
            `${/^md5[0-9a-f]{32}$/.test(password.value) ? "an md5 hash is as good as the password; " : ""}take it from a psql variable (PASSWORD :'password'), set it outside of the repository with \\password, and change it`,
          );
          break;
        }
        case "create-user-mapping":
        case "alter-user-mapping":
          for (const option of event.options) {
            if (
              !/^(?:password|passcode|passphrase)$/i.test(option.name) ||
              option.action === "drop" ||
              isPlaceholder(option.value) ||
              isPutIn(rawText(source, option.span.end))
            )
              continue;
            const user =
              event.user.kind === "role"
                ? event.user.name
                : event.user.kind === "public"
                  ? "PUBLIC"
                  : "the current role";
            report(
              context,
              "user-mapping",
              "medium",
              { source, span: option.span },
              event.server,
              `the password of ${user} on server ${event.server} is written out, and readable by the mapped role`,
              "create the mapping outside of the repository with a psql variable, and map only a role that nobody logs in as",
            );
          }
          break;
        case "create-subscription":
        case "alter-subscription":
          connection(
            context,
            event.connection ?? "",
            { source, span: event.span },
            `subscription ${event.name}`,
          );
          break;
        default:
          break;
      }
    }
    for (const code of codeOf(context)) {
      for (const { name, args } of code.calls()) {
        if (!/^dblink/.test(name.at(-1) ?? "")) continue;
        for (const { value } of args) {
          const text = literalOf(value);
          if (text === null) continue;
          const place = { source: code.source, span: text.span };
          connection(context, text.value, place, code.object ?? "a query");
        }
      }
    }
  },
});

function literalOf(expr: Expr): { readonly value: string; readonly span: Span } | null {
  if (expr.kind === "cast") return literalOf(expr.operand);
  return expr.kind === "string" ? expr : null;
}

function connection(context: RuleContext<Variant>, text: string, place: Place, where: string): void {
  const password = connectionPassword(text);
  if (password === null || isPlaceholder(password)) return;
  report(
    context,
    "connection",
    "high",
    place,
    where,
    `the connection string of ${where} holds a password`,
    "keep it out of SQL: a password file of the server, a user mapping, or a psql variable when the script runs",
  );
}

function report(
  context: RuleContext<Variant>,
  variant: Variant,
  severity: Severity,
  place: Place,
  object: string,
  message: string,
  help: string,
): void {
  context.report({ variant, severity, confidence: "high", message, label: "password", place, object, help });
}

/** The literal after the word PASSWORD in the source; null when a psql variable or a template stands there. */
function afterKeyword(source: Source, span: Span): Span | null {
  const raw = rawText(source, span.start, 400);
  const keyword = /^(?:(?:un)?encrypted\s+)?(?:password)?\s*/i.exec(raw)?.[0] ?? "";
  const start = span.start + Buffer.byteLength(keyword);
  const rest = raw.slice(keyword.length);
  // Inside EXECUTE '…' the quote is doubled.
  if (isPutIn(rest)) return null;
  const literal =
    /^(?:[eEnN]|[uU]&)?(?:''[^']*''|'(?:[^']|'')*'|\$(\w*)\$[\s\S]*?\$\1\$)/.exec(rest)?.[0] ??
    rest.slice(0, 1);
  return { start, end: start + Buffer.byteLength(literal) };
}

/** What PostgreSQL stores for SCRAM: it cannot be used to log in. */
function isVerifier(value: string): boolean {
  return value.startsWith("SCRAM-SHA-256$");
}
