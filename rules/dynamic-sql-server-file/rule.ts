import { defineRule } from "../../src/rule/define.ts";
import { relatedOf } from "../../src/rule/dynamic-sql.ts";
import { serverCopies } from "../../src/rule/server-copy.ts";

export default defineRule({
  title: "Caller chooses the server file that COPY reads or writes",
  severity: "high",
  category: "dynamic-sql",
  cwe: [73, 22],
  since: "0.1.0",
  variants: {},
  why: "COPY opens the file with the rights of the server process: a path that the caller chooses reads or overwrites any file of the database server, however well it is quoted for SQL.",
  check(context) {
    for (const { open, judgement } of serverCopies(context, "server-file", "high")) {
      const { executed, placed } = open;
      const { base, reach, confidence, needsSql, what } = judgement;
      const object = executed.object ?? "a DO block";
      const writes = placed.around.last === "to";
      context.report({
        variant: null,
        severity: context.access.severity(base, reach, { needsSql }),
        confidence,
        message: `${what} decides which server file ${object} ${writes ? "writes" : "reads"}`,
        label: "part of the path",
        place: { source: executed.source, span: placed.hole.span },
        object: executed.object,
        reach,
        related: relatedOf(context, open),
        help: "use a constant path, or allow only names that match an anchored pattern without dots and slashes",
      });
    }
  },
});
