/** Which routines' code may run a routine, as far as their text shows without being read. */
import type { Catalog } from "../catalog/catalog.ts";
import type { Oid, Routine } from "../catalog/model.ts";
import { remembered } from "../catalog/remembered.ts";
import type { Place } from "../text/source.ts";

/** Texts are searched anew for each routine: for so many it is cheaper to read all code once. */
const MOST_SEARCHES = 500;

const PLAIN = /^[a-z_][a-z0-9_$]*$/;
/** SQL that is put together, and names that may be written in escapes: in the text of a DO too, for which `do` is enough. */
const PUT_TOGETHER = /execute|\bu&["']|\bdo\b(?!\s+(?:nothing|update)\b)/;

/**
 * In the order of the catalog, all routines that may call a routine, fire it as a trigger or run it as a cast or operator;
 * null: any may. Those are left out in whose text neither its name nor that of a table with its trigger stands.
 */
export function createMentions({ state }: Catalog): (routine: Routine) => readonly Routine[] | null {
  let texts: readonly { readonly routine: Routine; readonly text: string | null }[] | null = null;
  let searches = 0;
  const withNames = (names: ReadonlySet<string>): readonly Routine[] => {
    texts ??= [...state.routines.all()].map((routine) => ({ routine, text: textOf(routine) }));
    const found: Routine[] = [];
    for (const { routine, text } of texts) {
      if (text === null) found.push(routine);
      else
        for (const name of names) {
          if (!text.includes(name)) continue;
          found.push(routine);
          break;
        }
    }
    return found;
  };
  const known = new Map<Oid, { readonly found: readonly Routine[] | null }>();
  return (routine) =>
    remembered(known, routine.oid, () => {
      const names = namesFor(state, routine);
      if (names === null || ++searches > MOST_SEARCHES) return { found: null };
      return { found: withNames(names) };
    }).found;
}

/** In lower case; null: the code has none, or says too little. */
function textOf({ source }: Routine): string | null {
  if (source.kind !== "text") return null;
  const text = source.text.text.toLowerCase();
  return PUT_TOGETHER.test(text) ? null : text;
}

/** What must stand in code that runs the routine; null: nothing that could be looked for. */
function namesFor(
  { casts, operators, triggers, relations }: Catalog["state"],
  routine: Routine,
): ReadonlySet<string> | null {
  for (const cast of casts.all()) if (cast.routine === routine.oid) return null;
  for (const operator of operators.all()) if (operator.routine === routine.oid) return null;
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
