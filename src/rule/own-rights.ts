/** How grave it is that a value becomes SQL in code that runs with its caller's rights. */
import type { Routine } from "../catalog/model.ts";
import type { PlacedHole } from "../templates/index.ts";
import type { RuleContext } from "./define.ts";
import type { Severity } from "./finding.ts";

const QUERIES: ReadonlySet<string> = new Set(["select", "insert", "update", "delete", "with", "merge"]);

/** With the caller's own rights nothing is gained but by clients that cannot send SQL of their own. */
export function withOwnRights(
  { access, catalog }: Pick<RuleContext, "access" | "catalog">,
  routine: Routine,
  argument: PlacedHole | null,
): { readonly base: Severity; readonly why: string } {
  const schema = catalog.schema(routine.schema);
  const api =
    !access.trust.directSql || (schema !== undefined && access.trust.exposedSchemas.includes(schema.name));
  if (!api) {
    // Who makes a whole statement or a name of it means to; a value in a query is somebody's input.
    const isInput =
      argument !== null &&
      QUERIES.has(argument.around.command) &&
      argument.positions.every((position) => position === "quoted" || position === "value");
    return {
      base: isInput ? "low" : "info",
      why: "An application that gives its users' input to the routine lets them write SQL, with the application's rights.",
    };
  }
  return {
    base: "medium",
    why: "A client that can only call functions gets to write SQL of its own, with the rights of its role.",
  };
}
