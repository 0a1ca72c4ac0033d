import { defineRule } from "../../src/rule/define.ts";
import { reportProblems } from "../../src/rule/problems.ts";

export default defineRule({
  title: "Statement that PostgreSQL does not accept",
  severity: "high",
  category: "parsing",
  cwe: [],
  since: "0.1.0",
  variants: {},
  why: "What cannot be parsed cannot be judged: whatever this statement grants, creates or protects is not in the picture.",
  check(context) {
    reportProblems(context, "parse-error", {
      severity: "high",
      label: "here the parser stops",
      help: "correct the statement; when a tool replaces a placeholder here before it runs, lint what it writes",
    });
  },
});
