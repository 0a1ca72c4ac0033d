import { defineRule } from "../../src/rule/define.ts";
import { reportProblems } from "../../src/rule/problems.ts";

export default defineRule({
  title: "Statement too large or nested too deeply to be judged",
  severity: "medium",
  category: "parsing",
  cwe: [],
  since: "0.1.0",
  variants: {},
  why: "The parser has bounds so that no file can stop it: what lies beyond them has not been judged.",
  check(context) {
    reportProblems(context, "too-complex", {
      severity: "medium",
      label: "not judged",
      help: "split the statement, or keep data out of the files that are checked",
    });
  },
});
