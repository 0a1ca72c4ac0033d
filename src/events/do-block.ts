/** DO blocks: their code is read here, and run over the model by replay. */

import type { PostgresParser } from "../parser/postgres.ts";
import type { Span } from "../text/span.ts";
import { readBody } from "./body.ts";
import type { EventOf } from "./event.ts";

export interface ReadBlock {
  readonly event: EventOf<"do">;
  /** Why its code could not be read. */
  readonly unknown: { readonly span: Span; readonly message: string } | null;
}

export function readDoBlock(event: EventOf<"do">, parser: PostgresParser): ReadBlock {
  const body = readBody(
    { language: event.language, source: event.source, parameters: [], returns: null, isProcedure: true },
    parser,
  );
  switch (body.language) {
    case "plpgsql":
      return { event: { ...event, block: body.block }, unknown: null };
    case "unparsed":
      return { event, unknown: { span: body.at, message: `DO block could not be read: ${body.message}` } };
    default:
      return { event, unknown: { span: event.span, message: "DO block could not be read" } };
  }
}
