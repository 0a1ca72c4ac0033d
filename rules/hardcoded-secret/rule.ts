import {
  entropy,
  findSecret,
  isAlphabet,
  isPlaceholder,
  isPublicToken,
  isSecretName,
  knownSecret,
  looksRandom,
  SERVICE_KEY,
} from "../../src/access/secrets.ts";
import type { Call, Expr, StringConstant } from "../../src/events/tree.ts";
import { type Code, codeOf, ownSources, writtenEvents } from "../../src/rule/code.ts";
import { defineRule, type RuleContext } from "../../src/rule/define.ts";
import type { Place } from "../../src/text/source.ts";

/** Functions whose argument of this number (from 0) is a key. */
const KEYED: ReadonlyMap<string, number> = new Map([
  ["sign", 1],
  ["verify", 1],
  ["hmac", 1],
  ["encrypt", 1],
  ["decrypt", 1],
  ["encrypt_iv", 1],
  ["decrypt_iv", 1],
  ["pgp_sym_encrypt", 1],
  ["pgp_sym_decrypt", 1],
  ["pgp_sym_encrypt_bytea", 1],
  ["pgp_sym_decrypt_bytea", 1],
]);

const WHERE = {
  routine: "the code of a function",
  query: "a query",
  view: "the definition of a view",
  policy: "a policy",
  default: "a column default",
  check: "a check",
  index: "an index",
  trigger: "the condition of a trigger",
  rule: "a rule",
} as const;

export default defineRule({
  title: "Secret in code that every role can read",
  severity: "high",
  category: "secrets",
  cwe: [798],
  since: "0.1.0",
  variants: {},
  why: "PostgreSQL shows function bodies, trigger arguments, view definitions, defaults, policies and comments to every role. A key that signs tokens lets whoever reads it sign in as anybody.",
  aboutSecrets: true,
  check(context) {
    const seen = new Set<string>();
    /** A secret that stands several times in one object is one finding. */
    const found = new Map<string, { readonly first: Secret; readonly others: Place[] }>();
    const report: Report = (secret) => {
      const { place, object, what, value } = secret;
      const at = `${place.source.path}:${place.span.start}`;
      if (seen.has(at)) return;
      seen.add(at);
      const key = object === null ? at : `${place.source.path} ${object} ${what} ${value}`;
      const known = found.get(key);
      if (known === undefined) found.set(key, { first: secret, others: [] });
      else known.others.push(place);
    };
    for (const code of codeOf(context)) {
      if (code.kind === "query") judgeScript(context, code);
      else judge(context, code, report);
    }
    const own = ownSources(context);
    for (const trigger of context.catalog.state.triggers.all()) {
      if (!own.has(trigger.place.source)) continue;
      const secret = trigger.event.args.map(inArgument).find((what) => what !== null);
      if (secret !== undefined && secret !== null)
        report({
          place: secretIn(
            { source: trigger.place.source, span: trigger.event.span },
            trigger.event.args.join("\n"),
          ),
          what: secret,
          where: "arguments of a trigger",
          object: trigger.name,
          value: `${trigger.oid}`,
        });
    }
    for (const { event, source } of writtenEvents(context)) {
      if (event.kind !== "comment" || event.text === null) continue;
      const secret = knownSecret(event.text);
      if (secret !== null)
        report({
          place: { source, span: event.span },
          what: secret,
          where: "a comment",
          object: null,
          value: "",
        });
    }
    for (const { first, others } of found.values()) tell(context, first, others);
  },
});

interface Secret {
  readonly place: Place;
  readonly what: string;
  /** Continues "every role can read …". */
  readonly where: string;
  readonly object: string | null;
  readonly value: string;
}

type Report = (secret: Secret) => void;

function tell(context: RuleContext, { place, what, where, object }: Secret, others: readonly Place[]): void {
  const reach = [{ role: "PUBLIC", via: [{ place: null, text: `every role can read ${where}` }] }];
  context.report({
    variant: null,
    // It is worth as much to whoever reads the repository.
    severity: context.access.severity("high", reach, { needsSql: what !== SERVICE_KEY }),
    confidence: what.startsWith("a value") ? "medium" : "high",
    message: `${where}${object === null ? "" : ` (${object})`} holds ${what}`,
    label: "readable by every role",
    place,
    object,
    reach,
    related: others.slice(0, 4).map((other) => ({ place: other, message: "and here" })),
    help: "keep the secret in a table that only a SECURITY DEFINER function reads (or in a vault), and replace it: it was readable",
  });
}

function judge(context: RuleContext, code: Code, report: Report): void {
  const { source, object } = code;
  const where = WHERE[code.kind];
  const at = (constant: StringConstant, what: string): void =>
    report({
      place: secretIn({ source, span: constant.span }, constant.value),
      what,
      where,
      object,
      // With `Bearer` before it, it is the same.
      value: findSecret(constant.value)?.secret ?? constant.value,
    });
  code.walk({
    expr(expr) {
      if (expr.kind === "call") {
        const key = keyOf(expr);
        if (key !== null) at(key, `the key of ${expr.name.at(-1)}()`);
        return;
      }
      if (expr.kind !== "string") return;
      const known = knownSecret(expr.value) ?? inHeaders(expr.value);
      if (known !== null) at(expr, known);
      else if (code.kind !== "routine" && looksRandom(expr.value)) at(expr, "a value that looks like a key");
    },
    plpgsql(statement) {
      const assign = (name: string, value: Expr | null): void => {
        const constant = value === null ? null : literalOf(value);
        if (constant !== null && isSecretName(name) && isKeyLike(constant.value))
          at(constant, `a value named ${name}`);
      };
      if (statement.kind === "block")
        for (const { name, default: value } of statement.declarations) assign(name, value);
      if (statement.kind === "assign") assign(statement.target.name.at(-1) ?? "", statement.value);
    },
  });
  // Code in other languages is text to PostgreSQL, and here.
  const { routine } = code;
  if (routine === null || routine.source.kind !== "text" || context.body(routine).language !== "other")
    return;
  const secret = knownSecret(routine.source.text.text);
  if (secret !== null) report({ place: routine.place, what: secret, where, object, value: "" });
}

/** The literal in the place of a key: wrapped in casts, convert_to() or decode() too. */
function keyOf(call: Call): StringConstant | null {
  const position = KEYED.get(call.name.at(-1) ?? "");
  const value = position === undefined ? undefined : call.args[position]?.value;
  const constant = value === undefined ? null : literalOf(value);
  return constant === null || isPlaceholder(constant.value) || constant.value.length < 4 ? null : constant;
}

function literalOf(expr: Expr): StringConstant | null {
  if (expr.kind === "string") return expr;
  if (expr.kind === "cast") return literalOf(expr.operand);
  if (expr.kind === "call" && ["convert_to", "decode"].includes(expr.name.at(-1) ?? "")) {
    const [first] = expr.args;
    return first === undefined ? null : literalOf(first.value);
  }
  return null;
}

function isKeyLike(value: string): boolean {
  return (
    value.length >= 12 &&
    !/\s/.test(value) &&
    !isPlaceholder(value) &&
    !isPublicToken(value) &&
    !isAlphabet(value) &&
    /\d/.test(value) &&
    /[a-z]/i.test(value) &&
    entropy(value) >= 3
  );
}

const HEADER =
  /"(?:authorization|apikey|api-key|x-api-key|x-[\w-]*(?:secret|token|key)|secret|password|token)"\s*:\s*"(?:Bearer |Basic )?([^"]{6,})"/i;

/** JSON with a header that authenticates. */
function inHeaders(text: string): string | null {
  const value = HEADER.exec(text)?.[1];
  if (value === undefined || isPlaceholder(value) || /[%{}<>]/.test(value)) return null;
  return isPublicToken(value) ? null : "a header that authenticates";
}

/** A query runs once, and what it inserts is for the table's readers: only what surely is a live key of a service counts. */
function judgeScript(context: RuleContext, code: Code): void {
  const seen = new Set<string>();
  code.walk({
    expr(expr) {
      if (expr.kind !== "string") return;
      const what = knownSecret(expr.value);
      if (what === null || !isLive(expr.value, what) || seen.has(expr.value)) return;
      seen.add(expr.value);
      context.report({
        variant: null,
        severity: "medium",
        confidence: "high",
        message: `this script holds ${what}`,
        label: "in the repository, and in the server's log",
        place: secretIn({ source: code.source, span: expr.span }, expr.value),
        object: null,
        why: "Whoever reads the repository, its history, or the log of the server where the script ran has the secret.",
        help: "put it in when the script runs (a psql variable), or into a vault by hand, and replace it: it was readable",
      });
    },
  });
}

/** Keys that services issue; not those for tests, nor tokens and connection strings that may be for any purpose. */
function isLive(value: string, what: string): boolean {
  if (what === SERVICE_KEY || what === "a private key") return true;
  return /^an? (?!signed|bearer|connection)/.test(what) && !/_test_|EXAMPLE/.test(value);
}

/** Where in a place that holds more (a long literal, CREATE TRIGGER) the secret itself stands, if it is written there as it is. */
function secretIn(place: Place, text: string): Place {
  const { source, span } = place;
  const secret = findSecret(text)?.secret ?? "";
  const start = source.bytes.subarray(span.start, span.end).indexOf(secret, 0, "utf8");
  if (secret === "" || start < 0) return place;
  const from = span.start + start;
  return { source, span: { start: from, end: from + Buffer.byteLength(secret) } };
}

function inArgument(text: string): string | null {
  return knownSecret(text) ?? inHeaders(text);
}
