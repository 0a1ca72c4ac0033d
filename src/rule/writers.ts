/** Who can write a table's rows, or choose the names of objects. */
import type { Relation, Routine } from "../catalog/model.ts";
import type { RuleContext } from "./define.ts";
import type { Reach } from "./finding.ts";

type Context = Pick<RuleContext, "catalog" | "access" | "uses">;

/** Whoever writes rows that come to a trigger function. */
export function rowWriters(context: Context, routine: Routine): readonly Reach[] {
  const found: Reach[] = [];
  for (const use of context.uses(routine)) {
    if (use.by !== "trigger" || use.relation === null) continue;
    for (const one of writersOf(context, use.relation)) {
      if (!found.some(({ role }) => role === one.role)) found.push(one);
    }
  }
  return found;
}

/** Whoever may insert into a table, or update it. */
export function writersOf(context: Context, table: Relation): readonly Reach[] {
  const inserters = context.access.users(table, "insert");
  const updaters = context.access.users(table, "update");
  return [...inserters, ...updaters.filter(({ role }) => !inserters.some((other) => other.role === role))];
}

/** What a name in the code means. */
export function tableNamed(
  context: Context,
  routine: Routine | null,
  name: readonly string[],
): Relation | undefined {
  const { catalog } = context;
  const path = routine === null ? [] : (catalog.searchPath(routine)?.values ?? routine.sessionPath);
  return catalog.resolveRelation(name, [...path, "public"]);
}

/** Roles that can create objects, and so choose names, in some schema or the database. */
export function creators(context: Context): readonly Reach[] {
  const { access, catalog } = context;
  const found: Reach[] = [];
  for (const role of access.principals) {
    for (const schema of catalog.state.schemas.all()) {
      const held = access.canCreateIn(role, schema);
      if (held === null) continue;
      found.push({ role: access.nameOf(role), via: held.steps });
      break;
    }
  }
  for (const { role, held } of access.databaseCreators()) {
    const name = access.nameOf(role);
    if (!found.some((other) => other.role === name)) found.push({ role: name, via: held.steps });
  }
  return found;
}
