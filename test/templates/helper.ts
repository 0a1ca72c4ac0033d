import { readBody } from "../../src/events/body.ts";
import { eventsOf } from "../../src/events/extract.ts";
import { parseSource } from "../../src/parser/parse-source.ts";
import { loadParser } from "../../src/parser/postgres.ts";
import {
  analyseRoutine,
  analyseStatement,
  type Flow,
  type Hole,
  type Origin,
  type Sink,
} from "../../src/templates/index.ts";
import type { Source } from "../../src/text/source.ts";
import type { Span } from "../../src/text/span.ts";

export const parser = await loadParser();

export interface Analysed {
  readonly flow: Flow;
  /** The source text of a span. */
  readonly text: (span: Span) => string;
}

/** The flow of the only statement of an SQL text: a CREATE FUNCTION, a DO block or a query. */
export function analyse(sql: string, options: { readonly extraSinks?: readonly string[] } = {}): Analysed {
  const source: Source = { path: "test.sql", bytes: Buffer.from(sql) };
  const parsed = parseSource(source, parser);
  if (parsed.problems.length > 0) throw new Error(`${parsed.problems[0]?.message}: ${sql}`);
  const text = (span: Span): string => source.bytes.toString("utf8", span.start, span.end);
  const common = { extraSinks: options.extraSinks ?? [], parser };
  for (const event of parsed.statements.flatMap(eventsOf)) {
    if (event.kind === "create-routine") {
      const language = event.language ?? "sql";
      const { parameters, returns } = event;
      const isProcedure = event.routineKind === "procedure";
      const body = readBody({ language, source: event.source, parameters, returns, isProcedure }, parser);
      if (body.language === "unparsed") throw new Error(body.message);
      const isTrigger = returns?.name.at(-1) === "trigger" || returns?.name.at(-1) === "event_trigger";
      return { flow: analyseRoutine({ parameters, body, isTrigger, ...common }), text };
    }
    if (event.kind === "do") {
      const header = {
        language: event.language,
        source: event.source,
        parameters: [],
        returns: null,
        isProcedure: false,
      };
      const body = readBody(header, parser);
      if (body.language === "unparsed") throw new Error(body.message);
      return { flow: analyseRoutine({ parameters: [], body, isTrigger: false, ...common }), text };
    }
    if (event.kind === "query") return { flow: analyseStatement(event.statement, common), text };
  }
  throw new Error(`nothing to analyse in ${sql}`);
}

/** A PL/pgSQL function with these parameters and this body (from DECLARE or BEGIN). */
export function plpgsql(parameters: string, body: string, returns = "void"): string {
  return `CREATE FUNCTION f(${parameters}) RETURNS ${returns} LANGUAGE plpgsql AS $body$ ${body} $body$`;
}

export function onlySink(analysed: Analysed): Sink {
  const [sink, ...more] = analysed.flow.sinks;
  if (sink === undefined || more.length > 0) throw new Error(`${analysed.flow.sinks.length} sinks`);
  return sink;
}

/** What is unsafe in the SQL text of all sinks: source text and positions of holes, `p in quoted`. */
export function unsafe(sql: string): readonly string[] {
  const analysed = analyse(sql);
  return analysed.flow.sinks.flatMap((sink) =>
    sink.arguments
      .filter((argument) => argument.role === "query" || argument.role === "fragment")
      .flatMap((argument) => argument.holes)
      .filter((placed) => !placed.safe)
      .map(
        (placed) =>
          `${analysed.text(placed.hole.span)} ${placed.positions.join("/")} ${origins(placed.hole)}`,
      ),
  );
}

export function origins(hole: Hole): string {
  return hole.origins.map(originText).join(", ");
}

function originText(origin: Origin): string {
  switch (origin.kind) {
    case "parameter":
      return `parameter ${origin.name}`;
    case "trigger-row":
      return `${origin.variable}${origin.field === null ? "" : `.${origin.field}`}`;
    case "setting":
      return `setting ${origin.name}`;
    case "identity":
      return `identity ${origin.by}${origin.claim === null ? "" : `.${origin.claim}`}`;
    case "stored":
    case "catalog":
      return `${origin.kind} ${origin.relation?.join(".") ?? "?"}.${origin.column ?? "*"}`;
    case "call":
      return `call ${origin.name.join(".")}`;
    case "constant":
      return "constant";
    case "unknown":
      return `unknown ${origin.what}`;
  }
}
