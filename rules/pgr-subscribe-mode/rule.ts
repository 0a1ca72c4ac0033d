import { defineRule } from "../../src/rule/define.ts";
import { subscriptions } from "../../src/rule/subscriptions.ts";
import { expand } from "../../src/templates/index.ts";

const MODES: ReadonlySet<string> = new Set(["delta", "notify"]);

export default defineRule({
  title: "Live query with a delivery mode that does not exist",
  severity: "low",
  category: "pg-reactive",
  cwe: [1284],
  since: "0.1.0",
  variants: {},
  why: "The third argument of pgr.subscribe is the delivery mode, `delta` or `notify`: no role, and nothing that restricts who may open the stream. Another word there is a misunderstanding that the audience was meant to prevent.",
  check(context) {
    for (const { source, sink, mode, reach, object } of subscriptions(context)) {
      if (mode === null || mode.value.pieces === null) continue;
      for (const pieces of expand(mode.value.pieces)) {
        if (pieces.length === 0 || pieces.some((piece) => piece.kind !== "literal")) continue;
        const text = pieces.map((piece) => (piece.kind === "literal" ? piece.text : "")).join("");
        if (MODES.has(text)) continue;
        context.report({
          variant: null,
          severity: context.access.severity("low", reach),
          confidence: "high",
          message: `${object ?? "a script"} registers a live query with delivery mode ${JSON.stringify(text)}: only delta and notify exist`,
          label: "no delivery mode",
          place: { source, span: mode.span },
          object,
          reach,
          related: [{ place: { source, span: sink.nameSpan ?? sink.span }, message: "registered here" }],
          help: "give 'delta' (rows) or 'notify' (a signal only); who may open the stream is the audience, the fourth argument",
        });
        break;
      }
    }
  },
});
