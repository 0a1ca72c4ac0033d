/** The SECURITY DEFINER routines of a project whose code can be read. */
import type { Catalog } from "../catalog/catalog.ts";
import type { Routine } from "../catalog/model.ts";
import type { Body } from "../events/tree.ts";
import type { Place, Source } from "../text/source.ts";
import type { Span } from "../text/span.ts";

/** What is asked of a rule's context. */
export interface RoutineSource {
  readonly catalog: Catalog;
  body(routine: Routine): Body;
  /** Those to be judged. */
  askedRoutines(): Iterable<Routine>;
}

export type ReadableBody = Extract<Body, { language: "sql" | "plpgsql" }>;

export interface Definer {
  readonly routine: Routine;
  readonly body: ReadableBody;
  /** `app.f(integer)` */
  readonly name: string;
  /** The owner's name: whom it runs as. */
  readonly owner: string;
  readonly source: Source;
  /** Of something in the body. */
  place(span: Span): Place;
}

/** Definer routines of the project's own, in the order of their creation; bodies in other languages are left out. */
export function* definers(source: RoutineSource): Iterable<Definer> {
  for (const routine of source.askedRoutines()) {
    if (routine.prelude || routine.assumed || !routine.securityDefiner.value) continue;
    const found = readable(source, routine);
    if (found !== null) yield found;
  }
}

/** A routine with its code, or null when it cannot be read. */
export function readable(
  { catalog, body: bodyOf }: Omit<RoutineSource, "askedRoutines">,
  routine: Routine,
): Definer | null {
  const body = bodyOf(routine);
  if (body.language !== "sql" && body.language !== "plpgsql") return null;
  const { source } = routine.definitionPlace;
  return {
    routine,
    body,
    name: catalog.routineName(routine),
    owner: catalog.roleName(routine.owner),
    source,
    place: (span) => ({ source, span }),
  };
}

/** Under which path the names of a routine's code are looked up, as far as it is known. */
export function pathOf(catalog: Catalog, routine: Routine): readonly string[] {
  return [...(catalog.searchPath(routine)?.values ?? routine.sessionPath), "public"];
}
