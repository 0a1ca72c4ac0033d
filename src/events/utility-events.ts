import type { Node } from "@pgsql/types";
import { byteLength, type MappedText, spanToSource } from "../text/mapped-text.ts";
import type { Event } from "./event.ts";
import { eventsOfNode } from "./extract.ts";

/** What a utility statement inside a body does to the catalog when it runs. */
export function eventsOfUtility(node: Node, text: MappedText): readonly Event[] {
  return eventsOfNode(node, { text, span: spanToSource(text.map, { start: 0, end: byteLength(text.text) }) });
}
