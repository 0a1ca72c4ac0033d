import {
  isPlaceholder,
  isPublicToken,
  isPutIn,
  isSecretName,
  knownSecret,
  looksRandom,
} from "../../src/access/secrets.ts";
import type { SettingChange } from "../../src/events/event.ts";
import { ownStatements, rawText } from "../../src/rule/code.ts";
import { defineRule } from "../../src/rule/define.ts";
import type { Place } from "../../src/text/source.ts";

export default defineRule({
  title: "Secret in a setting of a database or role",
  severity: "high",
  category: "secrets",
  cwe: [522, 798],
  since: "0.1.0",
  variants: {},
  why: "Every role can read such a setting, with current_setting() or in pg_db_role_setting. A key that signs tokens lets whoever has it sign in as anybody.",
  aboutSecrets: true,
  check(context) {
    const { catalog, access } = context;
    /** By who and name: the last statement counts, RESET takes it away. */
    const found = new Map<
      string,
      { readonly place: Place; readonly setting: SettingChange; readonly of: string }
    >();
    for (const { event, place } of ownStatements(catalog)) {
      if (
        event.kind !== "alter-database-set" &&
        event.kind !== "alter-role-set" &&
        event.kind !== "alter-system"
      )
        continue;
      const of =
        event.kind === "alter-role-set" && event.role?.kind === "role"
          ? `role ${event.role.name}`
          : event.kind === "alter-system"
            ? "the server"
            : "the database";
      const { setting } = event;
      if (setting.change === "reset-all")
        for (const key of found.keys()) if (key.startsWith(`${of}/`)) found.delete(key);
      if (setting.change === "set")
        found.set(`${of}/${setting.name}`, {
          place: { source: place.source, span: setting.span },
          setting,
          of,
        });
      else found.delete(`${of}/${setting.name}`);
    }
    for (const { place, setting, of } of found.values()) {
      // SET name, then what stands for the value in the source.
      const written = rawText(place.source, place.span.start).replace(/^set\s+(?:"[^"]*"|[\w.]+)/i, "");
      if (isPutIn(written) || !isSecret(setting.name, setting.values.join(", "))) continue;
      const reach = [{ role: "PUBLIC", via: [{ place: null, text: "every role can read settings" }] }];
      context.report({
        variant: null,
        severity: access.severity("high", reach, { needsSql: true }),
        confidence: isSecretName(setting.name) ? "high" : "medium",
        message: `every role can read ${setting.name}, a secret stored as a setting of ${of}`,
        label: "readable by every role",
        place,
        object: setting.name,
        reach,
        help: `ALTER … RESET ${setting.name}; keep the secret in a table that only a SECURITY DEFINER function reads (or in a vault), and replace it: it was readable`,
      });
    }
  },
});

function isSecret(name: string, value: string): boolean {
  // PostgreSQL's own parameters hold no secrets, but for connection strings; names of files and methods are none.
  if (!name.includes(".")) return name === "primary_conninfo" && /password\s*=\s*\S/i.test(value);
  if (isPlaceholder(value) || value.length < 6 || /^(?:\d+|on|off|true|false|yes|no)$/i.test(value))
    return false;
  if (knownSecret(value) !== null) return true;
  if (isPublicToken(value)) return false;
  if (isSecretName(name)) return !/\s/.test(value) && !/^(?:https?:)?\/\//.test(value);
  return looksRandom(value);
}
