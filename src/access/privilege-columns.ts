/** Columns that say what somebody may do, or is worth. */

import type { Catalog } from "../catalog/catalog.ts";
import type { Relation } from "../catalog/model.ts";
import { primaryKey } from "./keys.ts";
import { snakeCase } from "./name-words.ts";

/** On any table of users' own rows. */
const RIGHTS =
  /^(?:is_?(?:super_?)?(?:admin|user_admin|staff|superuser|moderator|owner)|(?:super_?)?admin|(?:user_|account_|app_|access_)roles?|permissions?|privileges?|access_level|user_level)$/;
/** On tables of people and of who works with whom; elsewhere it can be anybody's place in the world. */
const ROLE = /^roles?$/;
const WORK =
  /role|admin|staff|permission|access|collaborat|participant|invit|employee|team|group|grant|share/;
/** On tables of people and accounts alone: elsewhere a plan or a balance is the user's own data. */
const STANDING =
  /^(?:plan|tier|(?:subscription|billing|payment|kyc)_(?:plan|tier|status|level)|balance|credits?|credit_balance|tokens_left|quota|is_?(?:verified|premium|pro|paid|banned|approved)|(?:email_|phone_)?verified|premium|banned|approved|(?:tenant|org|organi[sz]ation|company|account)_id)$/;

const PEOPLE = /(?:^|_)(?:profiles?|users?|accounts?|members?|memberships?|customers?|people|persons?)$/;
/** Who speaks in a conversation has a "role" too. */
const CONVERSATION = /message|chat|conversation|prompt|thread|completion/;

/** Columns of the table that users should not set for themselves. */
export function privilegeColumns(catalog: Catalog, table: Relation, owner: string): readonly string[] {
  const tableName = snakeCase(table.name);
  const people = PEOPLE.test(tableName) || primaryKey(catalog, table).includes(owner);
  const found: string[] = [];
  for (const column of table.columns) {
    if (column.name === owner || column.generated !== null) continue;
    const name = snakeCase(column.name);
    if (RIGHTS.test(name) && !CONVERSATION.test(tableName)) found.push(column.name);
    else if (ROLE.test(name) && !CONVERSATION.test(tableName) && (people || WORK.test(tableName)))
      found.push(column.name);
    else if (people && STANDING.test(name)) found.push(column.name);
  }
  return found;
}
