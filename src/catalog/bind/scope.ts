/** What names can mean at a place in a query. */
import type { Select } from "../../events/tree.ts";
import type { Span } from "../../text/span.ts";
import type { Context } from "../context.ts";
import type { Address, Oid, TypeRef } from "../model.ts";
import type { Use } from "./uses.ts";

export interface OutputColumn {
  readonly name: string;
  readonly type: TypeRef;
  /** The column of a relation that it is; null for what is computed. */
  readonly address: Address | null;
}

/** One item of FROM. */
export interface ScopeItem {
  readonly alias: string;
  readonly relation: Oid | null;
  readonly columns: readonly OutputColumn[];
  /** All its columns are known: a name that is not among them is not there. */
  readonly complete: boolean;
  /** Columns of JOIN … USING and NATURAL JOIN, which are one with those of the other side. */
  readonly using: ReadonlySet<string>;
  /** NEW and OLD: their columns are only found by that name. */
  readonly qualifiedOnly?: boolean;
}

export interface Scope {
  readonly items: ScopeItem[];
  /** null: none. */
  ctes: Map<string, readonly OutputColumn[]> | null;
  readonly outer: Scope | null;
}

/** Of an item that no join has columns in common with. */
export const NO_NAMES: ReadonlySet<string> = new Set();

export function emptyScope(outer: Scope | null): Scope {
  return { items: [], ctes: null, outer };
}

/** Collects what the names of one query or expression mean. */
export interface Binder {
  readonly context: Context;
  readonly bindings: Map<object, Address>;
  readonly reads: { relation: Oid; span: Span }[];
  /** Types of `$1`, `$2` …, where they are known. */
  readonly parameters?: readonly TypeRef[];
  /** Is told of functions and operators that are looked up by name. Types are then left undecided unless they are certain. */
  readonly note?: (use: Use) => void;
  /** Is told where a value becomes one of another type: by a cast that is written, or where it is assigned. */
  readonly noteCast?: (from: TypeRef, to: TypeRef, how: "explicit" | "assignment", span: Span) => void;
  /** A query inside of an expression. */
  readonly bindQuery: (binder: Binder, query: Select, outer: Scope | null) => readonly OutputColumn[];
}
