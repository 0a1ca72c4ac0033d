/** Records of what is not in a schema: the database, languages, parameters, large objects, stored settings. */
import type { Acl, ObjectBase, Oid, Settings } from "./model.ts";

/** pg_database: the one that scripts run in. */
export interface Database extends ObjectBase {
  readonly owner: Oid;
  /** What has a greater oid was created after the database got this owner. */
  readonly ownedSince: Oid;
  readonly acl: Acl;
}

/** pg_language */
export interface Language extends ObjectBase {
  readonly owner: Oid;
  readonly acl: Acl;
  readonly trusted: boolean;
}

/** pg_parameter_acl: a configuration parameter that somebody has spoken of in GRANT. */
export interface ParameterAcl extends ObjectBase {
  readonly owner: Oid;
  readonly acl: Acl;
}

/** pg_largeobject_metadata; the name is its number. */
export interface LargeObject extends ObjectBase {
  readonly owner: Oid;
  readonly acl: Acl;
}

/** An object of initdb whose privileges or owner a statement speaks of; the others are not in the catalog. */
export interface BuiltinObject extends ObjectBase {
  readonly kind: "relation" | "routine" | "type";
  /** A table of pg_catalog, which only superusers may change whatever they are granted. */
  readonly systemTable: boolean;
  readonly schema: Oid;
  readonly owner: Oid;
  readonly acl: Acl;
  /** Of a relation: its columns' ACLs, those that have one. */
  readonly columns: ReadonlyMap<string, Acl>;
  /** As initdb made it. */
  readonly initial: { readonly owner: Oid; readonly acl: Acl };
}

/** pg_db_role_setting: settings of a role (null: everybody), in this database only or in all. */
export interface RoleSetting {
  readonly oid: Oid;
  readonly role: Oid | null;
  readonly inDatabase: boolean;
  readonly settings: Settings;
}
