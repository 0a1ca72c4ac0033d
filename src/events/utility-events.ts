import type { Node } from "@pgsql/types";
import type { MappedText } from "../text/mapped-text.ts";
import type { Span } from "../text/span.ts";
import type { Event } from "./event.ts";
import { eventsOfNode } from "./extract.ts";

/** What a utility statement inside a body does to the catalog when it runs. */
export function eventsOfUtility(node: Node, text: MappedText, span: Span): readonly Event[] {
  return eventsOfNode(node, { text, span });
}
