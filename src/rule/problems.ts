import type { ProblemKind } from "../parser/types.ts";
import type { RuleContext } from "./define.ts";
import type { Severity } from "./finding.ts";

/** Reports what the parser could not take, for the rules that are named like the kinds of problems. */
export function reportProblems(
  context: RuleContext<never>,
  kind: ProblemKind,
  words: { readonly severity: Severity; readonly label: string; readonly help: string },
): void {
  for (const { source, problem } of context.problems) {
    if (problem.kind !== kind) continue;
    context.report({
      variant: null,
      severity: words.severity,
      confidence: "high",
      message: problem.message,
      label: words.label,
      place: { source, span: problem.span },
      object: null,
      help: words.help,
    });
  }
}
