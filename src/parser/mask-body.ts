import type { MappedText } from "../text/mapped-text.ts";
import { maskAll } from "./layers.ts";

/**
 * The text of a routine body with psql variables, placeholders and templates masked, for a body that does not parse as
 * it is (migration tools replace them in the whole file, also inside quotes). Same length in bytes, same line breaks,
 * same map. Several readings where a template has alternatives, none when there is nothing to mask.
 */
export function maskBody(body: MappedText): readonly MappedText[] {
  return maskAll(Buffer.from(body.text, "utf8")).map(({ bytes }) => ({
    text: bytes.toString("utf8"),
    map: body.map,
  }));
}
