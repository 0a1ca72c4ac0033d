import { defineRule } from "../../src/rule/define.ts";
import { reportProblems } from "../../src/rule/problems.ts";

export default defineRule({
  title: "File in another SQL dialect",
  severity: "info",
  category: "parsing",
  cwe: [],
  since: "0.1.0",
  variants: {},
  why: "pgvet knows PostgreSQL alone: nothing in this file has been judged.",
  check(context) {
    reportProblems(context, "other-dialect", {
      severity: "info",
      label: "not PostgreSQL",
      help: "leave the file out with `files` in the configuration",
    });
  },
});
