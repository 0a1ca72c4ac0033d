/** Lists that several rules go through. */
import { remembered } from "../catalog/remembered.ts";
import type { RuleContext } from "./define.ts";

/**
 * Makes a list once for all rules that are asked about the same files. When a rule that failed is watched, it is gone through anew: what was being
 * judged is told by what is read for it.
 */
export function shared<C extends Pick<RuleContext, "catalog" | "isAsked">, T>(
  list: (context: C) => Iterable<T>,
): (context: C) => Iterable<T> {
  const made = new WeakMap<C["isAsked"], readonly T[]>();
  return (context) => {
    if (context.catalog.state.journal.watcher !== null) return list(context);
    return remembered(made, context.isAsked, () => [...list(context)]);
  };
}
