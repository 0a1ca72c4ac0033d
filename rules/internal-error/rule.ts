import { defineRule } from "../../src/rule/define.ts";

export default defineRule({
  title: "A rule of pgvet failed",
  severity: "medium",
  category: "parsing",
  cwe: [],
  since: "0.1.0",
  variants: {},
  why: "A bug in one rule: what it would have found in this database is not known. The other rules went on.",
  // The engine reports it when a rule throws.
  check() {},
});
