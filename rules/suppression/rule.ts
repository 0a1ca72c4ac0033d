import { defineRule } from "../../src/rule/define.ts";

export default defineRule({
  title: "Comment or setting that should set a finding aside, and does not",
  severity: "medium",
  category: "parsing",
  cwe: [],
  since: "0.1.0",
  variants: {
    malformed: "a comment that begins like one of pgvet's and cannot be read",
    "no-reason": "no reason is given, so nothing is set aside",
    "unknown-rule": "there is no such rule",
    unused: "nothing is reported there that could be set aside",
  },
  why: "What is set aside without a reason, or by a comment that outlived its finding, hides the next weakness at that place.",
  // The engine reports it when it has matched comments with findings.
  check() {},
});
