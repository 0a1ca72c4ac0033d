/** Settings that scripts store with a role, the database or the server. */
import { actorsOf } from "../access/actors.ts";
import type { Reach } from "../access/chain.ts";
import type { SettingChange } from "../events/event.ts";
import type { Place } from "../text/source.ts";
import { namedRole, ownStatements } from "./code.ts";
import type { RuleContext } from "./define.ts";

export interface StoredSetting {
  readonly place: Place;
  readonly setting: SettingChange;
  /** `role app`, `the database`, `the server`. */
  readonly of: string;
  /** Whose sessions have it. */
  readonly reach: readonly Reach[];
}

/** What is stored at the end: the last statement for a name counts, RESET takes it away. */
export function storedSettings({
  catalog,
  access,
}: Pick<RuleContext, "catalog" | "access">): Iterable<StoredSetting> {
  const found = new Map<string, StoredSetting>();
  for (const statement of ownStatements(catalog)) {
    const { event, place } = statement;
    if (
      event.kind !== "alter-database-set" &&
      event.kind !== "alter-role-set" &&
      event.kind !== "alter-system"
    )
      continue;
    const { setting } = event;
    let of = event.kind === "alter-system" ? "the server" : "the database";
    let reach: readonly Reach[] = [{ role: "PUBLIC", via: [{ place, text: `every session of ${of}` }] }];
    if (event.kind === "alter-role-set" && event.role !== null) {
      const role = namedRole(catalog, statement, event.role);
      if (role === undefined) continue;
      of = `role ${catalog.roleName(role)}`;
      reach = actorsOf(catalog, access, role, { place, text: "every session of the role" });
    }
    if (setting.change === "reset-all")
      for (const key of found.keys()) if (key.startsWith(`${of}/`)) found.delete(key);
    const key = `${of}/${setting.name}`;
    if (setting.change === "set")
      found.set(key, { place: { source: place.source, span: setting.span }, setting, of, reach });
    else found.delete(key);
  }
  return found.values();
}
