import type { SettingChange } from "../../events/event.ts";
import type { Place } from "../../text/source.ts";
import { type Context, placeOf } from "../context.ts";
import type { Setting, Settings } from "../model.ts";

/** Settings stored with a function, role or database after these changes (GUCArrayAdd, GUCArrayDelete). */
export function storedSettings(
  context: Context,
  before: Settings,
  changes: readonly SettingChange[],
  place?: Place,
): Settings {
  let settings: Map<string, Setting> = new Map(before);
  for (const change of changes) {
    const at = place ?? placeOf(context, change.span);
    switch (change.change) {
      case "set":
        settings.set(change.name, { name: change.name, values: change.values, change: "set", place: at });
        break;
      case "current":
        settings.set(change.name, {
          name: change.name,
          values: context.session.settings.get(change.name) ?? [],
          change: "current",
          place: at,
        });
        break;
      case "default":
      case "reset":
        settings.delete(change.name);
        break;
      case "reset-all":
        settings = new Map();
        break;
    }
  }
  return settings;
}
