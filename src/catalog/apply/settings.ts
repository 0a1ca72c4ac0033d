/** Configuration parameters: who may set what, and settings stored with functions, roles and databases. */
import type { EventOf, SettingChange } from "../../events/event.ts";
import type { Place } from "../../text/source.ts";
import type { Span } from "../../text/span.ts";
import { setting } from "../builtin/index.ts";
import { type Context, currentUser, placeOf, refuse } from "../context.ts";
import { isAdminOf, isSuperuser } from "../membership.ts";
import type { Oid, Setting, Settings } from "../model.ts";
import { holdsPrivilege, requireOwner } from "../permissions.ts";
import { roleOid } from "../resolve.ts";
import { booleanSetting, settingValues } from "../setting-text.ts";
import { newOid, roleSettingKey } from "../store.ts";
import { databaseNamed } from "./databases.ts";

/** Settings stored with a function, role or database after these changes (GUCArrayAdd, GUCArrayDelete). */
export function storedSettings(
  context: Context,
  before: Settings,
  changes: readonly SettingChange[],
  place?: Place,
): Settings {
  if (changes.length === 0) return before;
  let settings: Map<string, Setting> = new Map(before);
  for (const change of changes) {
    const at = place ?? placeOf(context, change.span);
    const { name } = change;
    if (change.change !== "reset-all")
      checkSetting(context, name, change.change === "set" ? change.values : [], change.span);
    switch (change.change) {
      case "set":
        settings.set(name, { name, values: change.values, change: "set", place: at });
        break;
      case "current": {
        const text = context.session.settings.get(name) ?? "";
        settings.set(name, {
          name,
          values: settingValues(name, text, context.postgresVersion),
          change: "current",
          place: at,
        });
        break;
      }
      case "default":
      case "reset":
        settings.delete(name);
        break;
      case "reset-all":
        settings = new Map();
        break;
    }
  }
  return settings;
}

/** Whether the current user may change a parameter that is for superusers: also with SET privilege on it. */
function maySet(context: Context, name: string): boolean {
  const user = currentUser(context);
  if (isSuperuser(context.state, user)) return true;
  const acl = context.state.parameters.by.name.first(name)?.acl ?? [];
  return holdsPrivilege(context.state, user, acl, "set", context.postgresVersion);
}

/** Settings that pg_settings does not show. */
const HIDDEN: ReadonlySet<string> = new Set([
  "role",
  "session_authorization",
  "seed",
  "is_superuser",
  "default_with_oids",
  "ssl_renegotiation_limit",
]);

/** Refuses what set_config_option() refuses: unknown parameters, those of the server's configuration, those of superusers. */
export function checkSetting(context: Context, name: string, values: readonly string[], span: Span): void {
  if (context.assume) return;
  const info = setting(name, context.postgresVersion);
  if (info === null) {
    if (HIDDEN.has(name)) return;
    if (!/^[a-z_][a-z0-9_$]*(\.[a-z_][a-z0-9_$]*)+$/i.test(name))
      refuse(context, span, `unrecognized configuration parameter "${name}"`);
    return;
  }
  switch (info.context) {
    case "internal":
    case "postmaster":
    case "sighup":
    case "backend":
    case "superuser-backend":
      refuse(context, span, `parameter "${name}" cannot be changed`);
      break;
    case "superuser":
      if (!maySet(context, name)) refuse(context, span, `permission denied to set parameter "${name}"`);
      break;
    case "user":
      break;
  }
  if (values.length > 1 && info.list === false) refuse(context, span, `SET ${name} takes only one argument`);
  const [value] = values;
  if (value === undefined) return;
  if (info.type === "bool" && booleanSetting(value) === null)
    refuse(context, span, `parameter "${name}" requires a Boolean value`);
  if ((info.type === "integer" || info.type === "real") && !/^\s*[-+]?(\d|\.\d)/.test(value)) {
    refuse(context, span, `invalid value for parameter "${name}": "${value}"`);
  }
}

/** ALTER ROLE … [IN DATABASE …] SET */
export function alterRoleSet(context: Context, event: EventOf<"alter-role-set">): void {
  const { state } = context;
  const { span } = event;
  const role = event.role === null ? null : roleOid(context, event.role);
  const user = currentUser(context);
  if (event.role?.kind === "role" && event.role.name.startsWith("pg_"))
    refuse(context, span, `role name "${event.role.name}" is reserved`);
  if (!context.assume && !isSuperuser(state, user)) {
    if (role === null && event.database === null) refuse(context, span, "permission denied to alter setting");
    if (role !== null && !mayAlterSettings(context, user, role))
      refuse(context, span, "permission denied to alter role");
  }
  const database = event.database === null ? null : databaseNamed(context, event.database, span);
  // Another database of the cluster.
  if (event.database !== null && database === null) return;
  if (role === null && database !== null)
    requireOwner(context, span, database.owner, `database ${database.name}`);
  changeRoleSetting(context, role, database !== null, event.setting);
}

function mayAlterSettings(context: Context, user: Oid, role: Oid): boolean {
  const { state, postgresVersion } = context;
  if (isSuperuser(state, role)) return false;
  if (role === user) return true;
  const creates = state.roles.get(user)?.attributes.createrole === true;
  return creates && (postgresVersion < 16 || isAdminOf(state, user, role, postgresVersion));
}

/** ALTER DATABASE … SET */
export function alterDatabaseSet(context: Context, event: EventOf<"alter-database-set">): void {
  const database = databaseNamed(context, event.database, event.span);
  if (database === null) return;
  requireOwner(context, event.span, database.owner, `database ${database.name}`);
  changeRoleSetting(context, null, true, event.setting);
}

/** AlterSetting() */
function changeRoleSetting(
  context: Context,
  role: Oid | null,
  inDatabase: boolean,
  change: SettingChange,
): void {
  const { state } = context;
  const before = state.roleSettings.by.key.first(roleSettingKey(role, inDatabase));
  let settings = storedSettings(
    context,
    before?.settings ?? new Map(),
    [change],
    placeOf(context, change.span),
  );
  if (change.change === "reset-all" && before !== undefined && !context.assume) {
    // RESET ALL leaves what its user could not have set.
    settings = new Map(
      [...before.settings].filter(([name]) => isForSuperusers(context, name) && !maySet(context, name)),
    );
  }
  if (settings.size > 0)
    state.roleSettings.put({ oid: before?.oid ?? newOid(state), role, inDatabase, settings });
  else if (before !== undefined) state.roleSettings.delete(before.oid);
}

function isForSuperusers(context: Context, name: string): boolean {
  const info = setting(name, context.postgresVersion);
  return info === null || info.context !== "user";
}
