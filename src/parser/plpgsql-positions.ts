import type { MappedText } from "../text/mapped-text.ts";
import type { JsonBlock } from "./plpgsql-json.ts";
import { takeBlock } from "./plpgsql-statements.ts";
import { accept, OutOfStep, startOf } from "./plpgsql-tokens.ts";
import type { PlacedBlock } from "./plpgsql-tree.ts";
import { takeLabel, walkOf } from "./plpgsql-walk.ts";

/**
 * Places everything the parser says of a body exactly in its source. The parser gives statements in order, with the text
 * of their expressions but without positions; the body's tokens are walked in step with it, so nothing has to be searched
 * and the same text twice on a line is no question. Throws `OutOfStep` when the two do not fit together.
 */
export function placeBody(body: MappedText, block: JsonBlock): PlacedBlock {
  const walk = walkOf(body);
  // `#variable_conflict use_column`, `#print_strict_params on`, `#option dump`
  while (accept(walk, "#")) walk.at += 2;
  const first = walk.at;
  const placed = takeBlock(walk, block, takeLabel(walk), first);
  accept(walk, ";");
  if (walk.at < walk.tokens.count) throw new OutOfStep("the end of the body", startOf(walk.tokens, walk.at));
  return placed;
}
