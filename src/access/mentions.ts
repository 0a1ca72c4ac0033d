/** Which routines' code may run a routine, as far as their text shows without being read. */
import type { Catalog } from "../catalog/catalog.ts";
import type { Oid, Routine } from "../catalog/model.ts";
import { remembered } from "../catalog/remembered.ts";
import type { Place } from "../text/source.ts";

/** Texts are searched anew for each routine. After so many characters it is cheaper to read all code once. */
const MOST_SEARCHED = 2 ** 31;

const PLAIN = /^[a-z_][a-z0-9_$]*$/;
/** SQL that is put together, and names that may be written in escapes: in the text of a DO too, for which `do` is enough. */
const PUT_TOGETHER = /execute|\bu&["']|\bdo\b(?!\s+(?:nothing|update)\b)/;

/**
 * In the order of the catalog, all routines that may call a routine, fire it as a trigger or run it as a cast or operator;
 * null: any may. Those are left out in whose text neither its name nor that of a table with its trigger stands.
 */
export function createMentions({ state }: Catalog): (routine: Routine) => readonly Routine[] | null {
  let texts: Texts | null = null;
  let hidden: ReadonlySet<unknown> | null = null;
  let searched = 0;
  const search = (routine: Routine): readonly Routine[] | null => {
    hidden ??= new Set([...state.casts.all(), ...state.operators.all()].map((one) => one.routine));
    const names = hidden.has(routine.oid) ? null : namesFor(state, routine);
    if (names === null) return null;
    texts ??= textsOf(state);
    searched += texts.size * names.size;
    return searched > MOST_SEARCHED ? null : texts.holding(names);
  };
  const known = new Map<Oid, { readonly found: readonly Routine[] | null }>();
  return (routine) => remembered(known, routine.oid, () => ({ found: search(routine) })).found;
}

interface Texts {
  /** What a search for one name costs, in characters. */
  readonly size: number;
  holding(names: ReadonlySet<string>): readonly Routine[];
}

function textsOf({ routines }: Catalog["state"]): Texts {
  const texts = [...routines.all()].map((routine) => ({ routine, text: textOf(routine) }));
  return {
    size: texts.reduce((sum, { text }) => sum + 100 + (text?.length ?? 0), 0),
    holding: (names) =>
      texts.flatMap(({ routine, text }) => (text === null || holdsAny(text, names) ? routine : [])),
  };
}

function holdsAny(text: string, names: ReadonlySet<string>): boolean {
  for (const name of names) if (text.includes(name)) return true;
  return false;
}

/** In lower case; null: the code has none, or says too little. */
function textOf({ source }: Routine): string | null {
  if (source.kind !== "text") return null;
  const text = source.text.text.toLowerCase();
  return PUT_TOGETHER.test(text) ? null : text;
}

/** What must stand in code that runs the routine; null: nothing that could be looked for. */
function namesFor({ triggers, relations }: Catalog["state"], routine: Routine): ReadonlySet<string> | null {
  const tables = triggers.by.routine.all(routine.oid).map(({ relation }) => relations.get(relation));
  const names = new Set<string>();
  for (const named of [routine, ...tables]) {
    if (named === undefined) continue;
    if (!PLAIN.test(named.name) || !isWritten(named.name, named.place)) return null;
    names.add(named.name);
  }
  return names;
}

/** A name that stands for a placeholder of a script may be written in another way each time. */
function isWritten(name: string, { source, span }: Place): boolean {
  return source.bytes.toString("latin1", span.start, span.end).toLowerCase().includes(name);
}
