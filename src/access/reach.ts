/** Who makes a routine run: directly, by writing a table with its trigger, through policies, views, defaults, other routines. */
import type { Catalog } from "../catalog/catalog.ts";
import { type Oid, PUBLIC, type Relation, type Routine } from "../catalog/model.ts";
import type { Access } from "./access.ts";
import type { Reach, ReachStep } from "./chain.ts";
import { statedFirst } from "./unstated.ts";
import type { Use } from "./uses.ts";

/** Routines by which others come to one: the nearest are looked at. */
export const MOST_CALLERS = 500;

/**
 * Everybody who can make a routine run, with the way; `uses`: everything that calls it, `beyond` is told of a routine that more than
 * `MOST_CALLERS` lead to.
 */
export function createReach(
  catalog: Catalog,
  access: Access,
  uses: (routine: Routine) => readonly Use[],
  beyond: (routine: Routine) => void,
): (routine: Routine) => readonly Reach[] {
  const directly = memo((routine: Routine): readonly Reach[] => {
    // Event trigger functions can be called by no one: they run when somebody issues DDL.
    const found: Reach[] = routine.returnsTrigger === "event_trigger" ? [] : [...access.callers(routine)];
    for (const use of uses(routine)) {
      // Nobody is outside of PUBLIC.
      if (found.some(({ role }) => role === "PUBLIC")) break;
      if (use.by === "event-trigger")
        add(found, [{ role: "PUBLIC", via: [] }], () => [
          { place: use.place, text: "runs on anybody's DDL" },
        ]);
      if (use.relation === null) continue;
      const text = `${USE_TEXT[use.by]} ${use.relation.name}`;
      for (const list of through(access, use, use.relation, routine))
        add(found, list, () => [{ place: use.place, text }]);
    }
    return found;
  });
  /** Routines that nobody comes to, whoever calls them. */
  const unreached = new Set<Oid>();
  /** Callers of callers, nearest first. */
  const reach = memo((routine: Routine): readonly Reach[] => {
    const found: Reach[] = [];
    const seen = new Set<Oid>([routine.oid]);
    const open: Caller[] = [{ routine, use: null, next: null }];
    let all = true;
    for (const caller of open) {
      add(found, directly(caller.routine), () => stepsFrom(catalog, caller));
      // Nobody is outside of PUBLIC.
      if (found.some(({ role }) => role === "PUBLIC")) break;
      for (const use of uses(caller.routine)) {
        if (use.routine === null || seen.has(use.routine.oid) || unreached.has(use.routine.oid)) continue;
        if (seen.size > MOST_CALLERS) {
          all = false;
          break;
        }
        seen.add(use.routine.oid);
        open.push({ routine: use.routine, use, next: caller });
      }
    }
    if (!all) beyond(routine);
    else if (found.length === 0) for (const oid of seen) unreached.add(oid);
    return statedFirst(found);
  });
  return reach;
}

/** A routine on the way to another, and the call that leads on from it. */
interface Caller {
  readonly routine: Routine;
  readonly use: Use | null;
  readonly next: Caller | null;
}

function stepsFrom(catalog: Catalog, first: Caller): readonly ReachStep[] {
  const steps: ReachStep[] = [];
  for (let caller: Caller | null = first; caller !== null; caller = caller.next) {
    const { use, routine } = caller;
    if (use === null) continue;
    const by = use.by === "write" ? "fired by" : "called by";
    steps.push({ place: use.place, text: `${by} ${catalog.routineName(routine)}` });
  }
  return steps;
}

/** `steps`: the way from there; only asked for when there is somebody new, since it can be long. */
function add(found: Reach[], list: readonly Reach[], steps: () => readonly ReachStep[]): void {
  for (const one of list) {
    if (found.some((other) => other.role === one.role || other.role === "PUBLIC")) continue;
    found.push({ role: one.role, via: [...one.via, ...steps()] });
  }
}

function memo(compute: (routine: Routine) => readonly Reach[]): (routine: Routine) => readonly Reach[] {
  const known = new Map<Oid, readonly Reach[]>();
  return (routine) => {
    const before = known.get(routine.oid);
    if (before !== undefined) return before;
    const result = compute(routine);
    known.set(routine.oid, result);
    return result;
  };
}

const USE_TEXT: Readonly<Record<Use["by"], string>> = {
  trigger: "trigger on",
  "event-trigger": "event trigger",
  policy: "policy on",
  view: "used by view",
  default: "default in",
  check: "check of",
  index: "index on",
  rule: "rule on",
  routine: "called by",
  write: "fired by a change of",
  query: "called at top level",
};

/** Uses that check EXECUTE on the function against whoever uses the table; triggers and checks run without asking. */
const ASKS_EXECUTE: ReadonlySet<Use["by"]> = new Set(["policy", "view", "default"]);

/** Who reaches a routine through the relation it hangs on, one list for each privilege that does. */
function through(
  access: Access,
  use: Use,
  relation: Relation,
  routine: Routine,
): readonly (readonly Reach[])[] {
  const everybody = routine.acl.some((item) => item.privilege === "execute" && item.grantee === PUBLIC);
  const mayExecute = (role: string): boolean =>
    everybody ||
    routine.acl.some((item) => item.privilege === "execute" && access.nameOf(item.grantee) === role);
  return use.privileges.map((privilege) => {
    const users = access.users(relation, privilege);
    return ASKS_EXECUTE.has(use.by) ? users.filter(({ role }) => mayExecute(role)) : users;
  });
}
