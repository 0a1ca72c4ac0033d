/** String constants as the input function of their type reads them and its output function writes them, where that differs. */
import { canonicalType, displayType } from "../../../src/catalog/builtin/index.ts";

/** A default in normal form for a type as format_type shows it: `'f'` of a boolean becomes `false`. */
export function storedConstant(type: string, text: string): string {
  const constant = /^'([^']*)'$/.exec(text)?.[1];
  if (constant === undefined) return text;
  if (type.endsWith("[]")) return `'${constant.replaceAll(/([{,])\s+/g, "$1")}'`;
  switch (type) {
    case "boolean":
      return /^(?:t|true|y|yes|on|1)$/i.test(constant) ? "true" : "false";
    case "interval":
      return `'${interval(constant)}'`;
    case "regtype":
      return `'${displayType(canonicalType(constant))}'`;
    default:
      return text;
  }
}

/** A single number of seconds, minutes or hours; others are written as they are read. */
function interval(text: string): string {
  const match = /^(\d+)(?:\s*(second|minute|min|hour)s?)?$/i.exec(text);
  if (match === null) return text;
  const factor = { minute: 60, min: 60, hour: 3600 }[(match[2] ?? "").toLowerCase()] ?? 1;
  const seconds = Number(match[1]) * factor;
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return parts.map((part) => String(part).padStart(2, "0")).join(":");
}
