import { defineRule } from "../../src/rule/define.ts";
import { relatedOf } from "../../src/rule/dynamic-sql.ts";
import { serverCopies } from "../../src/rule/server-copy.ts";

export default defineRule({
  title: "Caller chooses part of the command that COPY PROGRAM runs",
  severity: "critical",
  category: "dynamic-sql",
  cwe: [78],
  since: "0.1.0",
  variants: {},
  why: "The command goes to a shell on the database server. Quoting for SQL is no quoting for the shell: `$(…)`, `;` and `|` in the value run programs as the server's user.",
  check(context) {
    for (const { open, judgement } of serverCopies(context, "server-program", "critical")) {
      const { executed, placed } = open;
      const { base, reach, confidence, needsSql, what } = judgement;
      const object = executed.object ?? "a DO block";
      context.report({
        variant: null,
        severity: context.access.severity(base, reach, { needsSql }),
        confidence,
        message: `${what} becomes part of a command that ${object} runs on the server`,
        label: "part of the command",
        place: { source: executed.source, span: placed.hole.span },
        object: executed.object,
        reach,
        related: relatedOf(context, open),
        help: "run a constant command; choose between constants where it changes",
      });
    }
  },
});
