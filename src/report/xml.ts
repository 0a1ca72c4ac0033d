import { safeText } from "../text/safe.ts";

const ENTITIES: ReadonlyMap<string, string> = new Map([
  ["&", "&amp;"],
  ["<", "&lt;"],
  [">", "&gt;"],
  ['"', "&quot;"],
  ["'", "&apos;"],
]);

/** Text for an attribute or the content of an element. XML has no way at all to write most control characters. */
export function xmlText(text: string): string {
  return safeText(text).replace(/[&<>"']/g, (character) => ENTITIES.get(character) ?? character);
}

/** ` name="value"` for each. */
export function xmlAttributes(attributes: Readonly<Record<string, string | number>>): string {
  return Object.entries(attributes)
    .map(([name, value]) => ` ${name}="${xmlText(String(value))}"`)
    .join("");
}
