/** All families of statements. */
import { alterTable } from "./families/alter-table.ts";
import { change, drops } from "./families/change.ts";
import { doBlocks } from "./families/do.ts";
import { extensions } from "./families/extensions.ts";
import { eventTriggers, rules, triggers } from "./families/guards.ts";
import { languages, largeObjects } from "./families/other-objects.ts";
import { policies } from "./families/policies.ts";
import { defaultPrivileges, grants } from "./families/privileges.ts";
import { foreign, publications } from "./families/replication.ts";
import { memberships, owned, roles, session } from "./families/roles.ts";
import { casts, routines } from "./families/routines.ts";
import { savepoints } from "./families/savepoints.ts";
import { schemas } from "./families/schemas.ts";
import { sequences } from "./families/sequences.ts";
import { subscriptions } from "./families/subscriptions.ts";
import { indexes, tables } from "./families/tables.ts";
import { types } from "./families/types.ts";
import { materializedViews, views } from "./families/views.ts";
import type { Family } from "./family.ts";

const PLAIN: readonly Family[] = [
  roles,
  memberships,
  session,
  schemas,
  tables,
  alterTable,
  indexes,
  policies,
  views,
  materializedViews,
  sequences,
  routines,
  casts,
  types,
  triggers,
  rules,
  eventTriggers,
  change,
  drops,
  grants,
  defaultPrivileges,
  foreign,
  publications,
  largeObjects,
  languages,
  owned,
];

const inDo = (families: readonly Family[]) => doBlocks(families.filter((each) => each !== session));

export const FAMILIES: readonly Family[] = [...PLAIN, savepoints, inDo(PLAIN)];

const ON_SERVERS: readonly Family[] = [...PLAIN, extensions, subscriptions];

/** Also those that PGlite has not. */
export const SERVER_FAMILIES: readonly Family[] = [...ON_SERVERS, savepoints, inDo(ON_SERVERS)];
