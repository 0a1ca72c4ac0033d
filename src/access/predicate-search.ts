/** Searching the finite model: every combination of values that a condition could tell apart. */
import { type Atom, evaluate, extentOf, type Node, truth, type Value } from "./predicate-nodes.ts";

/** Who asks. Session values that it leaves undefined can be anything. */
export interface Session {
  readonly name: string;
  value(key: string): Value | undefined;
}

/** A row, by column: values of the model; see `describeRow`. */
export type Row = ReadonlyMap<string, Value>;

/** More combinations than this are not looked at, nor so many that judging all of them takes more than so many steps. */
const MOST_COMBINATIONS = 60_000;
const MOST_STEPS = 3_000_000;
/** With more that can differ, even two values of each are too many combinations. */
const MOST_ATOMS = 100;
/** With more constants that one of them is compared with, there are too many of these conditions to judge. */
const MOST_CONSTANTS = 500;

export interface Question {
  /** Conditions that must be true. */
  readonly holds: readonly Node[];
  /** Conditions that must not be true (false or NULL). */
  readonly fails: readonly Node[];
  /** The caller may be chosen like the row; otherwise whatever is not known of it can be anything. */
  readonly anyCaller?: boolean;
  /** Rows of other tables may be chosen, too. */
  readonly anyRows?: boolean;
  /** Columns with a given value. */
  readonly given?: Row;
}

/** Values of the model stand for "some value that nothing names". */
const FRESH = "\u2039";

function isFresh(value: Value): boolean {
  return typeof value === "string" && value.startsWith(FRESH);
}

/** The value of a session: distinct from all constants. */
export function sessionConstant(name: string): string {
  return `${FRESH}session ${name}`;
}

interface Space {
  readonly atoms: readonly Atom[];
  readonly domains: readonly (readonly Value[])[];
  readonly size: number;
}

/** null: too many combinations. */
function spaceOf(atoms: readonly Atom[], all: readonly Atom[], session: Session, given: Row): Space | null {
  const domains: (readonly Value[])[] = [];
  let size = 1;
  for (const atom of atoms) {
    if (atom.constants.size > MOST_CONSTANTS) return null;
    const domain = domainOf(atom, all, session, given);
    size *= domain.length;
    if (size > MOST_COMBINATIONS) return null;
    domains.push(domain);
  }
  return { atoms, domains, size };
}

/** What a question is about; null: too much to look at. */
function scopeOf(question: Question): { readonly atoms: readonly Atom[]; readonly size: number } | null {
  const atoms = new Set<Atom>();
  let size = 0;
  for (const node of [...question.holds, ...question.fails]) {
    const extent = extentOf(node);
    if (extent.atoms.length > MOST_ATOMS) return null;
    for (const atom of extent.atoms) atoms.add(atom);
    size += extent.size;
  }
  return atoms.size > MOST_ATOMS ? null : { atoms: [...atoms], size };
}

function isTooMuch(size: number, combinations: number): boolean {
  return combinations > MOST_COMBINATIONS || combinations * size > MOST_STEPS;
}

function fixed(atom: Atom, session: Session, given: Row): Value | undefined {
  if (atom.kind === "session") return session.value(atom.key.slice(2));
  return atom.kind === "column" ? given.get(atom.name) : undefined;
}

function domainOf(atom: Atom, all: readonly Atom[], session: Session, given: Row): readonly Value[] {
  const value = fixed(atom, session, given);
  if (value !== undefined) return [value];
  const peers = all.filter((other) => atom.peers.has(other));
  const free = peers.filter((peer) => fixed(peer, session, given) === undefined);
  const domain = new Set<Value>();
  if (peers.some((peer) => peer.truth)) {
    domain.add(true).add(false);
  } else {
    for (const peer of peers) {
      const known = fixed(peer, session, given);
      if (known !== undefined && known !== null) domain.add(known);
      for (const constant of peer.constants) domain.add(constant);
    }
    // The n-th of n atoms that are compared needs at most n values of its own to differ from all others.
    const fresh = free.indexOf(atom) + 1;
    for (let i = 0; i < fresh; i++) domain.add(`${FRESH}other ${i}`);
  }
  if (atom.nullable) domain.add(null);
  return [...domain];
}

function* assignments(space: Space, values: Map<Atom, Value>): Iterable<ReadonlyMap<Atom, Value>> {
  const { atoms, domains } = space;
  const at = atoms.map(() => 0);
  atoms.forEach((atom, i) => {
    values.set(atom, domains[i]?.[0] ?? null);
  });
  for (;;) {
    yield values;
    let i = atoms.length - 1;
    for (; i >= 0; i--) {
      const domain = domains[i] ?? [];
      const next = (at[i] ?? 0) + 1;
      const wraps = next >= domain.length;
      at[i] = wraps ? 0 : next;
      const atom = atoms[i];
      if (atom !== undefined) values.set(atom, domain[at[i] ?? 0] ?? null);
      if (!wraps) break;
    }
    if (i < 0) return;
  }
}

function answers(question: Question, values: ReadonlyMap<Atom, Value>): boolean {
  return (
    question.holds.every((node) => truth(evaluate(node, values)) === true) &&
    question.fails.every((node) => truth(evaluate(node, values)) !== true)
  );
}

/**
 * A row for which the question is answered whatever the opaque parts are; `null`: there is none; `undefined`: too many
 * combinations.
 */
export function findRow(question: Question, session: Session): Row | null | undefined {
  const scope = scopeOf(question);
  if (scope === null) return undefined;
  const all = scope.atoms;
  const given = question.given ?? new Map();
  const chosen = (atom: Atom): boolean =>
    atom.kind === "column" ||
    (question.anyCaller === true && atom.kind === "session") ||
    (question.anyRows === true && atom.byRows);
  const columns = spaceOf(all.filter(chosen), all, session, given);
  const rest = spaceOf(
    all.filter((atom) => !chosen(atom)),
    all,
    session,
    given,
  );
  if (columns === null || rest === null || isTooMuch(scope.size, columns.size * rest.size)) return undefined;
  const values = new Map<Atom, Value>();
  for (const _row of assignments(columns, values)) {
    let always = true;
    for (const every of assignments(rest, values)) {
      if (answers(question, every)) continue;
      always = false;
      break;
    }
    if (always) return rowOf(columns.atoms, values);
  }
  return null;
}

/** Whether any combination at all answers the question; `undefined`: too many combinations. */
export function isPossible(question: Question, session: Session): boolean | undefined {
  const scope = scopeOf(question);
  if (scope === null) return undefined;
  const space = spaceOf(scope.atoms, scope.atoms, session, question.given ?? new Map());
  if (space === null || isTooMuch(scope.size, space.size)) return undefined;
  for (const values of assignments(space, new Map())) if (answers(question, values)) return true;
  return false;
}

function rowOf(columns: readonly Atom[], values: ReadonlyMap<Atom, Value>): Row {
  return new Map(
    columns.filter(({ kind }) => kind === "column").map((atom) => [atom.name, values.get(atom) ?? null]),
  );
}

/** `owner = NULL, status = 'draft'`; values that nothing names are "of somebody else" or "of the caller". */
export function describeRow(row: Row): string {
  const parts: string[] = [];
  for (const [column, value] of row) {
    if (value === null) parts.push(`${column} NULL`);
    else if (typeof value === "boolean") parts.push(`${column} = ${value}`);
    else if (!isFresh(value)) parts.push(`${column} = '${value}'`);
    else parts.push(value.includes("session") ? `${column} of the caller` : `any other ${column}`);
  }
  return parts.length === 0 ? "any row" : parts.join(", ");
}
