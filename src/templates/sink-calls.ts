/** Which code can execute anything at all: most views, policies and defaults need no data flow to say that they do not. */
import type { Name, TypeName } from "../events/tree.ts";
import type { Visitor } from "../events/walk.ts";
import { sinkFunction } from "./sink-functions.ts";

const LOOKED_UP = /^reg(class|proc|procedure|type|oper|operator|collation|config|dictionary)$/;

/** A type to which text is cast by looking up the object that it names. */
export function isLookedUp(type: TypeName): boolean {
  return !type.array && LOOKED_UP.test(type.name.at(-1) ?? "");
}

/**
 * Whether a call or cast in the code may be a sink; no other code but PL/pgSQL has any. `walk` is the walk over it,
 * `isRoutine` whether a name means a routine of the project, which may execute what it is given.
 */
export function mayExecute(
  walk: (visitor: Visitor) => void,
  extraSinks: ReadonlySet<string>,
  isRoutine: (name: Name) => boolean,
): boolean {
  let found = false;
  walk({
    expr(expr) {
      if (expr.kind === "cast") found ||= isLookedUp(expr.type);
      if (expr.kind === "call")
        found ||= sinkFunction(expr.name, extraSinks) !== null || isRoutine(expr.name);
      return !found;
    },
  });
  return found;
}
