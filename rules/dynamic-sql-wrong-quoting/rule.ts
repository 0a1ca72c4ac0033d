import { defineRule, type RuleContext } from "../../src/rule/define.ts";
import {
  type Judgement,
  judgeOrigin,
  type OpenHole,
  openHoles,
  relatedOf,
} from "../../src/rule/dynamic-sql.ts";
import type { Severity } from "../../src/rule/finding.ts";
import { perStatement, type Together } from "../../src/rule/per-statement.ts";

const VARIANTS = {
  "quoted-placeholder": "a quoted literal stands between quotes, which cancel out",
  "identifier-as-value": "a name stands where a value is meant: it becomes a column",
  "manual-escaping": "quotes are doubled by hand, which the caller's settings undo",
  "dollar-quoted": "a value stands between dollar quotes, which it can end",
  "typed-in-quotes": "a value of a type whose text can hold quotes stands between quotes",
  "number-after-minus": "a number stands right after a minus sign: a negative one begins a comment",
} as const;

type Variant = keyof typeof VARIANTS;

const WORST: Readonly<Record<Variant, Severity>> = {
  "quoted-placeholder": "critical",
  "identifier-as-value": "high",
  "manual-escaping": "critical",
  "dollar-quoted": "critical",
  "typed-in-quotes": "high",
  "number-after-minus": "medium",
};

export default defineRule<Variant>({
  title: "Value in dynamic SQL is quoted in a way that does not hold there",
  severity: "critical",
  category: "dynamic-sql",
  cwe: [89, 116],
  since: "0.1.0",
  variants: VARIANTS,
  why: "What looks quoted is not: the value ends what it stands in, and goes on as SQL with the rights of whoever the code runs as.",
  check(context) {
    const found: Found[] = [];
    for (const open of openHoles(context)) {
      const variant = variantOf(open);
      const judgement = variant === null ? null : judgeOrigin(context, open, worstOf(variant, open));
      // What is not known of stored values dynamic-sql-injection says for all of them.
      if (variant === null || judgement === null || typeof judgement === "string") continue;
      const { base, reach, needsSql } = judgement;
      const severity = context.access.severity(base, reach, { needsSql });
      found.push({ open, variant, kind: variant, judgement, severity });
    }
    for (const one of perStatement(found)) report(context, one);
  },
});

/** A value that is quoted for what stands between the dollar quotes does harm only with their tag in it. */
function worstOf(variant: Variant, { placed }: OpenHole): Severity {
  return variant === "dollar-quoted" && placed.hole.guard !== "none" ? "medium" : WORST[variant];
}

function variantOf({ weakness }: OpenHole): Variant | null {
  return weakness in VARIANTS && isVariant(weakness) ? weakness : null;
}

function isVariant(weakness: string): weakness is Variant {
  return Object.hasOwn(VARIANTS, weakness);
}

interface Found {
  readonly open: OpenHole;
  readonly variant: Variant;
  readonly kind: string;
  readonly judgement: Judgement;
  readonly severity: Severity;
}

function report(context: RuleContext<Variant>, { first, related }: Together<Found>): void {
  const { open, variant, judgement, severity } = first;
  const { executed, placed } = open;
  const { reach, confidence, what } = judgement;
  const object = executed.object ?? "a DO block";
  const by = placed.hole.by ?? "quoting";
  const { message, label, why, help } = textOf(variant, what, object, by);
  context.report({
    variant,
    severity,
    confidence,
    message,
    label,
    place: { source: executed.source, span: placed.hole.span },
    object: executed.object,
    reach,
    related: [...relatedOf(context, open), ...(judgement.way ?? []), ...related],
    why,
    help,
  });
}

interface Text {
  readonly message: string;
  readonly label: string;
  readonly why: string;
  readonly help: string;
}

function textOf(variant: Variant, what: string, object: string, by: string): Text {
  const using =
    "give the value with USING and write `$1`, or put it in with format and `%L`, outside of quotes";
  switch (variant) {
    case "quoted-placeholder":
      return {
        message: `${what} is quoted by ${by} between quotes in the SQL that ${object} executes`,
        label: "the quotes cancel out",
        why: "The quotes that are put around the value end the literal it stands in: the value itself is SQL.",
        help: "leave the quotes around it out of the text",
      };
    case "identifier-as-value":
      return {
        message: `${what} is put in by ${by} where ${object} compares or stores a value`,
        label: "a column's name, not a value",
        why: "The caller names the column that is compared with, even the one on the other side: the condition is true for every row.",
        help: "put values in with `%L` or give them with USING; `%I` is for names",
      };
    case "manual-escaping":
      return {
        message: `quotes in ${what} are doubled by hand in the SQL that ${object} executes`,
        label: "doubled quotes are no protection",
        why: "With standard_conforming_strings off, which any caller can set, a backslash before the quote undoes the doubling.",
        help: using,
      };
    case "dollar-quoted":
      return {
        message: `${what} stands between dollar quotes in the SQL that ${object} executes`,
        label: "the value can hold the closing tag",
        why: "Dollar quotes escape nothing: a value with the same tag ends them, and what follows is SQL.",
        help: using,
      };
    case "typed-in-quotes":
      return {
        message: `${what} stands between quotes in the SQL that ${object} executes, and its text can hold quotes`,
        label: "its text can hold a quote",
        why: "The text of names (regclass), of JSON, arrays and composite values holds whatever was put in, quotes too.",
        help: using,
      };
    case "number-after-minus":
      return {
        message: `${what} stands right after a minus sign in the SQL that ${object} executes`,
        label: "a negative number makes `--`",
        why: "Two minus signs begin a comment: the rest of the line, conditions too, is gone.",
        help: "leave a blank after the minus sign, put the number in parentheses, or give it with USING",
      };
  }
}
