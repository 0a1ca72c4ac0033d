/** SQL text that is known: what it calls is called, with the values that stand in it and those given with USING. */
import type { EventOf } from "../events/event.ts";
import type { Call, Expr } from "../events/tree.ts";
import { walkPlpgsql, walkStatement } from "../events/walk.ts";
import type { Frame } from "./frame.ts";
import type { ParsedTemplate } from "./parse-template.ts";
import { evaluateStatement } from "./query.ts";
import { routineFrame } from "./routine-frame.ts";
import { type Context, type Declared, hasSteps, withChecks } from "./state.ts";
import { runBody } from "./statements.ts";
import { type Hole, hole, holeValue, type Piece, textValue, type Value } from "./value.ts";

/** Text without a call or a DO block in it has nothing to follow. */
function callsSomething(pieces: readonly Piece[]): boolean {
  return pieces.some((piece) =>
    piece.kind === "literal"
      ? /[\w"]\s*\(|\bdo\b/i.test(piece.text)
      : piece.kind === "choice" && piece.options.some(callsSomething),
  );
}

/** Evaluates the statements of a text that is executed, so that sinks in it are found. */
export function followText(text: Value, using: readonly Value[], frame: Frame): void {
  const { context } = frame;
  if (context.parseText === null || text.pieces === null || !callsSomething(text.pieces)) return;
  for (const template of context.parseText(text)) {
    if (template.statements === null || !hasSteps(context)) continue;
    const inner = insideText(template, using, frame);
    for (const statement of template.statements) {
      walkStatement(statement, { expr: (expr) => noteCall(expr, context) });
      evaluateStatement(statement, inner);
      if (statement.kind === "utility")
        for (const event of statement.events) if (event.kind === "do") followBlock(event, frame);
    }
  }
}

/** A DO block runs at once, with the rights of whoever executes the text. What stands in its text for a hole is text. */
function followBlock(event: EventOf<"do">, { context }: Frame): void {
  const block = context.readBlock?.(event) ?? null;
  if (block === null || !hasSteps(context)) return;
  walkPlpgsql(block, { expr: (expr) => noteCall(expr, context) });
  const own: Context = { ...context, results: [], returns: null, ended: null };
  runBody(block, routineFrame({ parameters: [], isTrigger: false }, "plpgsql", own));
  context.steps = own.steps;
}

function noteCall(expr: Expr, context: Context): void {
  if (expr.kind === "call" && !expr.grammar) context.calls.set(callKey(expr), expr);
}

function callKey(call: Call): string {
  return `${call.span.start}-${call.span.end} ${call.name.join(".")}`;
}

/** The text names nothing of the routine but the values given with USING. */
function insideText(template: ParsedTemplate, using: readonly Value[], frame: Frame): Frame {
  const variables = new Map<string, Declared>();
  const values = new Map<string, Value>();
  using.forEach((value, i) => {
    const slot = `using ${i + 1}`;
    values.set(slot, value);
    variables.set(`$${i + 1}`, { slot, type: value.type, cursor: null });
  });
  const placeholders = new Map<string, Hole>();
  for (const { hole: inside, place } of template.holes) {
    placeholders.set(`${place.start}-${place.end}`, inside);
  }
  return {
    ...frame,
    language: "sql",
    state: { values, checks: frame.state.checks },
    scope: { outer: null, label: null, variables },
    rows: null,
    ctes: new Map(),
    placeholders,
  };
}

/** The value that a placeholder stands for: what was quoted is the text itself again. */
export function placeholderValue(expr: Expr, frame: Frame): Value | null {
  const inside = frame.placeholders?.get(`${expr.span.start}-${expr.span.end}`);
  if (inside === undefined) return null;
  if (inside.guard !== "literal") return holeValue(inside);
  const { span, origins, key, type, through, influences, harmless, text } = inside;
  if (text !== null) return withChecks(textValue(text.pieces), frame.state);
  const guard = harmless ? "function" : "none";
  return holeValue(hole(span, origins, { key: `'${key}'`, type, through, influences, guard }));
}
