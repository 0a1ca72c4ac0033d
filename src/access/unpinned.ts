/** Routines that work with their caller's rights and path, and what decides by them. */
import type { Relation, Routine } from "../catalog/model.ts";
import { namesOf, type Reference } from "../catalog/references.ts";
import type { Body } from "../events/tree.ts";
import { walkBody, walkExpr } from "../events/walk.ts";
import type { Access } from "./access.ts";
import type { Reach } from "./chain.ts";
import { conditionsOf } from "./conditions.ts";
import type { RoutineSource } from "./definers.ts";
import { denies, raises } from "./denial.ts";
import type { Use } from "./uses.ts";

interface UseSource extends RoutineSource {
  uses(routine: Routine): readonly Use[];
  transitionTables(routine: Routine): ReadonlySet<string>;
}

/** SECURITY INVOKER, no SET search_path, and a body whose names are looked up when it runs. */
export function isUnpinned(source: RoutineSource, routine: Routine): boolean {
  if (routine.prelude || routine.assumed || routine.securityDefiner.value) return false;
  if (routine.settings.has("search_path")) return false;
  const body = source.body(routine);
  return body.language === "plpgsql" || (body.language === "sql" && !body.atomic);
}

/** Relations that the code reads by a name without schema, in the order of the text. */
export function unqualifiedReads(source: UseSource, routine: Routine): readonly Reference[] {
  const body = source.body(routine);
  const read = new Set<number>();
  walkBody(body, {
    relation(relation, role) {
      if (role === "read") read.add(relation.span.start);
    },
  });
  const { temporary } = namesOf(body, source.transitionTables(routine));
  return temporary.filter(({ kind, span }) => kind === "relation" && read.has(span.start));
}

/**
 * What asks the routine for a decision about its own user: policies, CHECK constraints, views, and triggers that can refuse.
 * Policies and views of the preludes count too.
 */
export function decisionsBy(source: UseSource, routine: Routine): readonly Use[] {
  const refuses = canRefuse(source.body(routine));
  return source.uses(routine).filter(({ by, relation }) => {
    if (by === "view") return relation !== null && isCondition(relation, routine);
    if (by === "trigger" || by === "event-trigger") return refuses;
    return by === "policy" || by === "check";
  });
}

/** Whether a view calls the routine to decide which rows it shows. */
function isCondition({ query }: Relation, routine: Routine): boolean {
  if (query === null) return false;
  const { statement } = query;
  const body = { language: "sql", atomic: true, span: statement.span, statements: [statement] } as const;
  let found = false;
  for (const { expr } of conditionsOf(body, { returns: null, returnsSet: true })) {
    walkExpr(expr, {
      expr(inner) {
        if (inner.kind === "call" && inner.name.at(-1) === routine.name) found = true;
      },
    });
  }
  return found;
}

/** Whoever is decided about: the users of what the decisions hang on. */
export function decidedAbout(access: Access, uses: readonly Use[]): readonly Reach[] {
  const found: Reach[] = [];
  const add = (one: Reach, use: Use): void => {
    const step = { place: use.place, text: "decides by it" };
    if (!found.some(({ role }) => role === one.role)) found.push({ role: one.role, via: [...one.via, step] });
  };
  for (const use of uses) {
    const { relation } = use;
    if (relation === null) add({ role: "PUBLIC", via: [] }, use);
    else
      for (const privilege of use.privileges)
        for (const one of access.users(relation, privilege)) add(one, use);
  }
  return found;
}

function canRefuse(body: Body): boolean {
  if (raises(body)) return true;
  let found = false;
  walkBody(body, {
    plpgsql(statement) {
      if (statement.kind === "if" && statement.branches.some((branch) => denies(branch.body))) found = true;
    },
  });
  return found;
}
