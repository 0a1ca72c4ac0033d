import { actorsOf, Gifts, grantees, listed, rolesIn } from "../../src/access/actors.ts";
import { namedRole, ownStatements } from "../../src/rule/code.ts";
import { defineRule } from "../../src/rule/define.ts";
import type { Severity } from "../../src/rule/finding.ts";
import type { Place } from "../../src/text/source.ts";

const PARAMETERS: readonly (readonly [RegExp, Severity, string])[] = [
  [
    /^(?:dynamic_library_path|(?:session|shared|local)_preload_libraries|jit_provider|archive_(?:command|library)|restore_command|ssl_passphrase_command|archive_cleanup_command|recovery_end_command|extension_control_path)$/,
    "high",
    "load code into the server",
  ],
  [/^session_replication_role$/, "high", "switch off triggers, foreign keys and rules"],
  [/^lo_compat_privileges$/, "high", "switch off access control of large objects"],
  [
    /^(?:zero_damaged_pages|ignore_system_indexes|allow_system_table_mods|ignore_checksum_failure|allow_in_place_tablespaces)$/,
    "high",
    "damage data and catalogs",
  ],
  [
    /^(?:ssl|ssl_\w+|hba_file|ident_file|listen_addresses|password_encryption|data_directory|config_file)$/,
    "high",
    "weaken how clients are let in",
  ],
  [
    /^(?:pgaudit\..*|log_(?:statement|connections|disconnections|min_messages|min_error_statement|parameter_max_length\w*|destination|directory|filename))$/,
    "low",
    "hide what they do from the log",
  ],
];

export default defineRule({
  title: "Right to change a parameter that guards the server",
  severity: "high",
  category: "grants",
  cwe: [269],
  since: "0.1.0",
  variants: {},
  why: "GRANT SET ON PARAMETER hands out what only superusers may change: with session_replication_role = replica the grantee writes past every trigger and foreign key.",
  check(context) {
    const { catalog, access } = context;
    const held = new Map<string, { readonly place: Place; readonly name: string; readonly role: number }>();
    for (const statement of ownStatements(catalog)) {
      const { event, place } = statement;
      if (event.kind !== "grant" || event.target.kind !== "parameters") continue;
      for (const grantee of event.grantees) {
        const role = namedRole(catalog, statement, grantee);
        if (role === undefined) continue;
        for (const name of event.target.names) {
          const key = `${role}/${name.toLowerCase()}`;
          if (event.grant) held.set(key, { place, name: name.toLowerCase(), role });
          else if (!event.grantOption) held.delete(key);
        }
      }
    }
    const gifts = new Map<string, { readonly severity: Severity; readonly gifts: Gifts }>();
    for (const { place, name, role } of held.values()) {
      const known = PARAMETERS.find(([pattern]) => pattern.test(name));
      if (known === undefined) continue;
      const reach = actorsOf(catalog, access, role, { place, text: `may set ${name}` });
      if (reach.length === 0) continue;
      const found = gifts.get(known[2]) ?? { severity: known[1], gifts: new Gifts() };
      gifts.set(known[2], found);
      found.gifts.add(place, name, reach);
    }
    for (const [what, { severity, gifts: found }] of gifts) {
      for (const { place, objects, reach } of found.all()) {
        context.report({
          variant: null,
          severity: access.severity(severity, reach, { needsSql: true }),
          confidence: "high",
          message: `${rolesIn(reach)} can ${what}: may change ${listed(objects)}`,
          label: "granted here",
          place,
          object: objects[0] ?? null,
          reach,
          help: `REVOKE ALL ON PARAMETER ${objects.join(", ")} FROM ${grantees(reach)}; and set it in a SECURITY DEFINER function, or as the role that deploys`,
        });
      }
    }
  },
});
