/** DO blocks as events: what can be read off their code without running it. */
import { readBody } from "../events/body.ts";
import type { Event, EventOf } from "../events/event.ts";
import type { PlStatement, Statement } from "../events/tree.ts";
import type { PostgresParser } from "../parser/postgres.ts";
import { analyseRoutine, type Flow, holesOf, parseTemplate, type Sink } from "../templates/index.ts";
import type { Span } from "../text/span.ts";

export interface DoneBlock {
  readonly events: readonly Event[];
  /** What could not be followed. */
  readonly unknown: readonly { readonly span: Span; readonly message: string }[];
}

/**
 * The statements of a block in order, those under IF too (scripts guard what they create with a look at the catalog;
 * replay knows by itself what is there). EXECUTE counts when its text is constant. Loops are not run: what they would
 * execute with changing text is unknown.
 */
export function readDoBlock(event: EventOf<"do">, parser: PostgresParser): DoneBlock {
  const body = readBody(
    { language: event.language, source: event.source, parameters: [], returns: null, isProcedure: true },
    parser,
  );
  const events: Event[] = [];
  const unknown: { span: Span; message: string }[] = [];
  if (body.language !== "plpgsql") {
    const message = body.language === "unparsed" ? `DO block could not be read: ${body.message}` : "DO block could not be read";
    return { events, unknown: [{ span: body.language === "unparsed" ? body.at : event.span, message }] };
  }
  let flow: Flow | null = null;
  const sinkAt = (span: Span): Sink | undefined => {
    flow ??= analyseRoutine({ parameters: [], body, isTrigger: false, extraSinks: [], parser });
    return flow.sinks.find((sink) => sink.query !== null && sink.query.span.start === span.start);
  };

  const addStatement = (statement: Statement): void => {
    if (statement.kind === "utility") events.push(...statement.events);
    else events.push({ kind: "query", span: statement.span, statement });
  };
  const addDynamic = (span: Span): void => {
    const value = sinkAt(span)?.query?.value;
    const templates = value === undefined ? [] : parseTemplate(value, parser);
    const [only] = templates;
    if (only === undefined || templates.length > 1 || only.statements === null || value === undefined) {
      unknown.push({ span, message: "EXECUTE in a DO block: its text is not known" });
      return;
    }
    // current_database() is this database: GRANT … ON DATABASE means it whatever its name is.
    const open = holesOf(value.pieces).filter(
      (hole) => !hole.origins.every((origin) => origin.kind === "call" && origin.name.at(-1) === "current_database"),
    );
    if (open.length > 0) {
      unknown.push({ span, message: "EXECUTE in a DO block: its text depends on values that are not known" });
      return;
    }
    for (const statement of only.statements) addStatement(statement);
  };

  const run = (statements: readonly PlStatement[]): void => {
    for (const statement of statements) {
      switch (statement.kind) {
        case "block":
          run(statement.body);
          break;
        case "if":
          for (const branch of statement.branches) run(branch.body);
          run(statement.otherwise);
          break;
        case "case":
          for (const branch of statement.branches) run(branch.body);
          run(statement.otherwise ?? []);
          break;
        case "loop":
        case "while":
        case "for-integer":
        case "for-query":
        case "for-execute":
        case "for-cursor":
        case "foreach":
          run(statement.body);
          break;
        case "sql":
          addStatement(statement.statement);
          break;
        case "execute":
          addDynamic(statement.dynamic.query.span);
          break;
        default:
          break;
      }
    }
  };
  run(body.block.body);
  return { events, unknown };
}
