/** The catalog as plain data, for `pgvet catalog`. Names instead of oids; sorted, so that it can be compared. */
import { type Place, positionAt } from "../text/source.ts";
import { type Catalog, quoteIdentifier } from "./catalog.ts";
import type { Acl, Oid, Settings } from "./model.ts";
import { roleSettingKey } from "./store.ts";

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function placeText(place: Place): string | null {
  if (place.source.bytes.length === 0) return null;
  const { line, column } = positionAt(place.source, place.span.start);
  return `${place.source.path}:${line}:${column}`;
}

/** The project's part of the catalog; what presets and PostgreSQL bring is left out unless `all`. */
export function catalogJson(catalog: Catalog, all = false) {
  const { state } = catalog;
  const role = (oid: Oid): string => catalog.roleName(oid);
  const acl = (items: Acl): readonly string[] =>
    items
      .map(
        (item) =>
          `${role(item.grantee)}=${item.privilege}${item.grantable ? "*" : ""}/${role(item.grantor)}` +
          (item.origin.place === null ? "" : ` (${placeText(item.origin.place)})`),
      )
      .sort(compare);
  const settings = (map: Settings): Record<string, string> => {
    const result: Record<string, string> = {};
    for (const [name, setting] of [...map].sort(([a], [b]) => compare(a, b))) {
      result[name] = setting.values
        .map((value) => (name === "search_path" ? quoteIdentifier(value) : value))
        .join(", ");
    }
    return result;
  };
  const own = <T extends { readonly prelude: boolean; readonly place: Place }>(rows: Iterable<T>): T[] =>
    [...rows].filter((row) => all || !row.prelude);
  const sorted = <T extends { readonly name: string }>(rows: readonly T[]): T[] =>
    [...rows].sort((a, b) => compare(a.name, b.name));

  return {
    postgresVersion: catalog.postgresVersion,
    roles: sorted(
      own(state.roles.all()).map((row) => ({
        name: row.name,
        place: placeText(row.place),
        assumed: row.assumed,
        attributes: Object.entries(row.attributes)
          .filter(([, value]) => value)
          .map(([name]) => name)
          .sort(compare),
        settings: settings(
          state.roleSettings.by.key.first(roleSettingKey(row.oid, false))?.settings ?? new Map(),
        ),
        memberOf: state.memberships.by.member
          .all(row.oid)
          .map((membership) => ({
            role: role(membership.role),
            admin: membership.admin,
            inherit: membership.inherit,
            set: membership.set,
          }))
          .sort((a, b) => compare(a.role, b.role)),
      })),
    ),
    schemas: sorted(
      own(state.schemas.all()).map((row) => ({
        name: row.name,
        place: placeText(row.place),
        assumed: row.assumed,
        owner: role(row.owner),
        acl: acl(row.acl),
      })),
    ),
    relations: sorted(
      own(state.relations.all())
        .filter((row) => row.kind !== "index")
        .map((row) => ({
          name: catalog.relationName(row),
          place: placeText(row.place),
          assumed: row.assumed,
          kind: row.kind,
          owner: role(row.owner),
          rowSecurity: row.rowSecurity.value,
          forceRowSecurity: row.forceRowSecurity.value,
          options: Object.fromEntries([...row.options].map(([name, { value }]) => [name, value])),
          columns: row.columns.map((column) => ({
            name: column.name,
            type: catalog.typeName(column.type),
            notNull: column.notNull,
            acl: acl(column.acl),
          })),
          acl: acl(row.acl),
          policies: sorted(
            catalog.policiesOf(row).map((policy) => ({
              name: policy.name,
              place: placeText(policy.place),
              permissive: policy.permissive,
              command: policy.command,
              roles: policy.roles.map(role).sort(compare),
              using: policy.using !== null,
              withCheck: policy.withCheck !== null,
            })),
          ),
          triggers: sorted(
            state.triggers.by.relation.all(row.oid).map((trigger) => {
              const routine = trigger.routine === null ? undefined : state.routines.get(trigger.routine);
              return {
                name: trigger.name,
                place: placeText(trigger.place),
                enabled: trigger.enabled.value,
                function: routine === undefined ? null : catalog.routineName(routine),
              };
            }),
          ),
        })),
    ),
    routines: sorted(
      own(state.routines.all()).map((row) => ({
        name: catalog.routineName(row),
        place: placeText(row.place),
        assumed: row.assumed,
        kind: row.kind,
        language: row.language,
        owner: role(row.owner),
        securityDefiner: row.securityDefiner.value,
        settings: settings(row.settings),
        volatility: row.volatility,
        leakproof: row.leakproof.value,
        acl: acl(row.acl),
      })),
    ),
    types: sorted(
      own(state.types.all()).map((row) => ({
        name: `${quoteIdentifier(catalog.schemaName(row.schema))}.${quoteIdentifier(row.name)}`,
        place: placeText(row.place),
        kind: row.kind,
        owner: role(row.owner),
        acl: acl(row.acl),
      })),
    ),
    defaultPrivileges: [...state.defaultAcls.all()]
      .filter((row) => all || row.acl.some((item) => item.origin.place !== null && !item.origin.prelude))
      .map((row) => ({
        role: role(row.role),
        schema: row.schema === null ? null : catalog.schemaName(row.schema),
        objects: row.objects,
        acl: acl(row.acl),
      })),
    refused: state.refusals.map(({ place, message }) => ({ place: placeText(place), message })),
    unknown: state.unknowns.map(({ place, message }) => ({ place: placeText(place), message })),
  };
}
