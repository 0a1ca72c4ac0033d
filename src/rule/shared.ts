/** What several rules go through, or ask for. */
import type { Definer } from "../access/definers.ts";
import type { Oid } from "../catalog/model.ts";
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

/** Finds something out about a definer once for all rules. */
export function perDefiner<C extends Pick<RuleContext, "flow">, T>(
  find: (context: C, definer: Definer) => T,
): (context: C, definer: Definer) => T {
  const found = new WeakMap<C["flow"], Map<Oid, T>>();
  return (context, definer) => {
    const known = remembered(found, context.flow, () => new Map<Oid, T>());
    return remembered(known, definer.routine.oid, () => find(context, definer));
  };
}
