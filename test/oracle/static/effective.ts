/** Effective privileges on the replayed catalog, in the shape in which PostgreSQL's own are read. */
import { hasColumnPrivilege, hasPrivilege, hasRole } from "../../../src/access/effective.ts";
import { type AclObject, allPrivileges } from "../../../src/catalog/acl.ts";
import { quoteIdentifier } from "../../../src/catalog/catalog.ts";
import { type Acl, type Oid, type Privilege, PUBLIC } from "../../../src/catalog/model.ts";
import { databaseOf } from "../../../src/catalog/store.ts";
import type { EffectivePrivileges } from "../dump-types.ts";
import type { StaticDatabase } from "./context.ts";
import { ownOf, roleText, routineName, sortedObject } from "./text.ts";

export function staticPrivileges({ catalog }: StaticDatabase): EffectivePrivileges {
  const { state, postgresVersion } = catalog;
  const who: readonly Oid[] = [
    ...[...state.roles.all()].filter((role) => !role.builtIn).map((role) => role.oid),
    PUBLIC,
  ];
  const found: (readonly [string, readonly string[]])[] = [];
  const add = (
    key: string,
    privileges: readonly string[],
    test: (role: Oid, privilege: string) => boolean,
  ): void => {
    const lines = who.flatMap((role) =>
      privileges
        .filter((each) => test(role, each))
        .map((each) => `${roleText(catalog, role)} ${each.replace("-", " ").toUpperCase()}`),
    );
    if (lines.length > 0) found.push([key, [...lines].sort()]);
  };
  const addObject = (key: string, kind: AclObject, acl: Acl): void => {
    const privileges = allPrivileges(kind, postgresVersion);
    const named = (name: string): Privilege | undefined => privileges.find((each) => each === name);
    add(key, privileges, (role, name) => {
      const privilege = named(name);
      return privilege !== undefined && hasPrivilege(catalog, role, kind, acl, privilege);
    });
  };
  const name = (row: { readonly schema: Oid; readonly name: string }): string =>
    `${quoteIdentifier(catalog.schemaName(row.schema))}.${quoteIdentifier(row.name)}`;
  for (const relation of ownOf(state, state.relations)) {
    if (relation.kind === "index" || relation.kind === "composite-type") continue;
    if (relation.kind === "sequence") {
      addObject(`sequence ${name(relation)}`, "sequence", relation.acl);
      continue;
    }
    addObject(`table ${name(relation)}`, "table", relation.acl);
    for (const column of relation.columns) {
      if (column.acl.length === 0) continue;
      const privileges = allPrivileges("column", postgresVersion);
      add(`column ${name(relation)}.${quoteIdentifier(column.name)}`, privileges, (role, wanted) =>
        privileges.some(
          (each) => each === wanted && hasColumnPrivilege(catalog, role, relation, column, each),
        ),
      );
    }
  }
  for (const routine of ownOf(state, state.routines))
    addObject(`function ${routineName(catalog, routine)}`, "routine", routine.acl);
  for (const schema of ownOf(state, state.schemas)) {
    if (!schema.prelude || schema.name === "public")
      addObject(`schema ${quoteIdentifier(schema.name)}`, "schema", schema.acl);
  }
  for (const type of ownOf(state, state.types))
    if (type.kind !== "multirange") addObject(`type ${name(type)}`, "type", type.acl);
  const database = databaseOf(state);
  if (database !== undefined)
    addObject(`database ${quoteIdentifier(database.name)}`, "database", database.acl);
  for (const language of ownOf(state, state.languages)) {
    if (!language.prelude) addObject(`language ${quoteIdentifier(language.name)}`, "language", language.acl);
  }
  for (const server of state.foreignServers.all()) {
    addObject(`foreign-server ${quoteIdentifier(server.name)}`, "foreign-server", server.acl);
  }
  for (const wrapper of ownOf(state, state.foreignDataWrappers)) {
    addObject(`foreign-data-wrapper ${quoteIdentifier(wrapper.name)}`, "foreign-data-wrapper", wrapper.acl);
  }
  for (const parameter of state.parameters.all())
    addObject(`parameter ${parameter.name}`, "parameter", parameter.acl);
  for (const role of state.roles.all()) {
    const ways = ["member", "usage", ...(postgresVersion >= 16 ? (["set"] as const) : [])] as const;
    add(`role ${quoteIdentifier(role.name)}`, ways, (member, way) => {
      if (member === role.oid || (role.builtIn && catalog.role(member)?.attributes.superuser === true))
        return false;
      return ways.some((each) => each === way && hasRole(catalog, member, role.oid, each));
    });
  }
  return sortedObject(found);
}
