/** What is stored names its functions in full: the path that found them is gone with the session. */
import type { Call } from "../../events/tree.ts";
import type { Bindings } from "../model.ts";
import type { State } from "../store.ts";

interface Stored<T> {
  readonly tree: T;
  readonly bindings: Bindings;
}

/** The tree with the schema in front of each user-made function that it calls without; itself where there is none. */
export function qualified<T extends object>(state: State, tree: T, bindings: Bindings): Stored<T> {
  let any = false;
  for (const [node, { oid }] of bindings) any ||= isBare(node) && state.routines.get(oid) !== undefined;
  if (!any) return { tree, bindings };
  const copy = copyOf(tree);
  if (copy === null) return { tree, bindings };
  const moved = new Map(bindings);
  // Both have the same shape; trees can be deeper than the stack.
  const open: [object, object][] = [[tree, copy]];
  for (let pair = open.pop(); pair !== undefined; pair = open.pop()) {
    const [before, after] = pair;
    const address = bindings.get(before);
    if (address !== undefined) {
      moved.delete(before);
      moved.set(after, address);
      const schema = state.schemas.get(state.routines.get(address.oid)?.schema ?? 0)?.name;
      if (schema !== undefined && isBare(before)) Object.assign(after, { name: [schema, ...before.name] });
    }
    const values: readonly unknown[] = Object.values(before);
    const others: readonly unknown[] = Object.values(after);
    for (const [index, value] of values.entries()) {
      const other = others[index];
      if (isObject(value) && isObject(other)) open.push([value, other]);
    }
  }
  return { tree: copy, bindings: moved };
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function isBare(node: object): node is Call {
  return (
    "kind" in node &&
    node.kind === "call" &&
    "name" in node &&
    Array.isArray(node.name) &&
    node.name.length === 1
  );
}

function copyOf<T>(tree: T): T | null {
  try {
    return structuredClone(tree);
  } catch (error) {
    if (error instanceof RangeError || error instanceof DOMException) return null;
    throw error;
  }
}
