/** The same privileges, given in other statements. */

import { objectOf } from "./deployment.ts";
import {
  closing,
  find,
  head,
  nameAt,
  parts,
  type Statement,
  scriptOf,
  statementsOf,
  textOf,
} from "./tokens.ts";
import { eachStatement, type Transformation } from "./transformation.ts";

interface Grant {
  readonly statement: Statement;
  /** Index of TO or FROM. */
  readonly to: number;
  /** Index behind the last role. */
  readonly end: number;
  readonly roles: readonly string[];
}

/** GRANT or REVOKE, of privileges or of roles; null: something else. */
function grantOf(statement: Statement): Grant | null {
  if (!/^(?:GRANT|REVOKE)$/.test(head(statement, 1))) return null;
  const to = find(statement, head(statement, 1) === "GRANT" ? "TO" : "FROM");
  if (to < 0) return null;
  let end = to + 1;
  while (end < statement.length && !/^(?:WITH|GRANTED|CASCADE|RESTRICT)$/i.test(statement[end]?.text ?? ""))
    end++;
  const roles = parts(statement.slice(to + 1, end)).map((part) => textOf(part).trim());
  return { statement, to, end, roles };
}

function toRoles({ statement, to, end }: Grant, roles: readonly string[]): string {
  return `${textOf(statement.slice(0, to + 1))} ${roles.join(", ")}${textOf(statement.slice(end))}`;
}

/** Of privileges on objects: not of roles. */
function isOnObject({ statement, to }: Grant): boolean {
  return find(statement.slice(0, to), "ON") > 0;
}

const oneRoleAStatement = eachStatement("a GRANT for each role", (statement) => {
  const grant = grantOf(statement);
  return grant === null || grant.roles.length < 2 ? null : grant.roles.map((role) => toRoles(grant, [role]));
});

const withAnotherRole = eachStatement("a GRANT to another role too", (statement, all) => {
  const grant = grantOf(statement);
  if (grant === null || !isOnObject(grant) || head(statement, 1) === "REVOKE" || grant.roles.length !== 1)
    return null;
  if (find(statement, "OPTION") > 0 || !all.some((s) => head(s, 2) === "CREATE ROLE")) return null;
  return toRoles(grant, ["pg_database_owner", ...grant.roles]);
});

const onePrivilegeAStatement = eachStatement("a GRANT for each privilege", (statement) => {
  const grant = grantOf(statement);
  if (grant === null || !isOnObject(grant) || head(statement, 1) === "REVOKE") return null;
  const on = find(statement, "ON");
  const privileges = parts(statement.slice(1, on));
  if (privileges.length < 2) return null;
  return privileges.map((privilege) => `GRANT ${textOf(privilege)}${textOf(statement.slice(on))}`);
});

const GRANTED: Readonly<Record<string, string>> = {
  TABLE: "SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER",
  FUNCTION: "EXECUTE",
  SCHEMA: "USAGE, CREATE",
};

const spelledOut = eachStatement("ALL spelled out", (statement) => {
  const grant = grantOf(statement);
  if (grant === null || !isOnObject(grant) || statement[1]?.text.toUpperCase() !== "ALL") return null;
  const on = find(statement, "ON");
  if (statement.slice(2, on).some(({ text }) => text === "(")) return null;
  const kind = statement[on + 1]?.text.toUpperCase() ?? "";
  const privileges = GRANTED[kind in GRANTED ? kind : "TABLE"];
  const isKnown =
    kind in GRANTED ||
    (/^[\w".]+$/.test(kind) &&
      !/^(?:ALL|SEQUENCE|DATABASE|PROCEDURE|ROUTINE|TYPE|DOMAIN|LANGUAGE|FOREIGN|LARGE|PARAMETER|TABLESPACE)$/.test(
        kind,
      ));
  return isKnown ? `${head(statement, 1)} ${privileges}${textOf(statement.slice(on))}` : null;
});

const throughGroup: Transformation = {
  name: "through a role that the grantee is a member of",
  rightly: {
    cases: {
      "dynamic-sql-injection/catalog-name/vulnerable":
        "the attacker alone becomes a superuser there, and not the group",
    },
  },
  apply(files) {
    if (files.some(({ text }) => /\bNOINHERIT\b|ALTER DEFAULT/i.test(text))) return null;
    let changed = false;
    const written = files.map(({ path, text }) => {
      const texts = statementsOf(text).flatMap((statement) => {
        const role = /^CREATE (?:ROLE|USER)$/.test(head(statement, 2)) ? statement[2]?.text : undefined;
        if (role === "attacker" || role === "authenticated")
          return [
            textOf(statement),
            `CREATE ROLE clients_of_${role} NOLOGIN`,
            `GRANT clients_of_${role} TO ${role}`,
          ];
        const grant = grantOf(statement);
        if (grant === null || !isOnObject(grant)) return [textOf(statement)];
        const roles = grant.roles.map((each) =>
          /^(?:attacker|authenticated)$/.test(each) ? `clients_of_${each}` : each,
        );
        changed ||= roles.join() !== grant.roles.join();
        return [toRoles(grant, roles)];
      });
      return { path, text: scriptOf(texts) };
    });
    return changed && /CREATE ROLE attacker/i.test(files[0]?.text ?? "") ? written : null;
  },
};

/** A relation that is alone in its schema. */
function onlyRelation(statement: Statement, all: readonly Statement[]): string | null {
  const on = find(statement, "ON");
  let at = on + 1;
  if (statement[at]?.text.toUpperCase() === "TABLE") at++;
  const name = nameAt(statement, at);
  if (name === null || statement[name.end]?.text.toUpperCase() !== "TO") return null;
  const [schema, table] = name.text.split(".");
  if (schema === undefined || table === undefined) return null;
  const there = all.filter((s) => {
    const object = objectOf(s);
    return (
      object !== undefined &&
      /^(?:TABLE|VIEW|MATERIALIZED VIEW)$/.test(object.kind) &&
      object.identity.startsWith(`${schema}.`)
    );
  });
  const before = all.slice(0, all.indexOf(statement));
  return there.length === 1 && there.every((s) => before.includes(s)) ? schema : null;
}

const onAllInSchema = eachStatement(
  "ON ALL TABLES IN SCHEMA",
  (statement, all) => {
    const grant = grantOf(statement);
    if (grant === null || !isOnObject(grant) || head(statement, 1) === "REVOKE") return null;
    const schema = onlyRelation(statement, all);
    const on = find(statement, "ON");
    if (schema === null || statement.slice(1, on).some(({ text }) => text === "(")) return null;
    return `${textOf(statement.slice(0, on))} ON ALL TABLES IN SCHEMA ${schema}${textOf(statement.slice(grant.to))}`;
  },
  { rules: { "grant-all-tables": "what all tables are granted for is what that rule is about" } },
);

const functionsInSchema = eachStatement("ON ROUTINE", (statement) => {
  const grant = grantOf(statement);
  const on = find(statement, "ON");
  if (grant === null || on < 0 || statement[on + 1]?.text.toUpperCase() !== "FUNCTION") return null;
  return textOf(statement).replace(/\bfunction\b/i, "ROUTINE");
});

const argumentsNamed = eachStatement("functions without their arguments", (statement, all) => {
  const on = find(statement, "ON");
  if (grantOf(statement) === null || statement[on + 1]?.text.toUpperCase() !== "FUNCTION") return null;
  const name = nameAt(statement, on + 2);
  if (name === null || statement[name.end]?.text !== "(") return null;
  const defined = all.filter((s) => objectOf(s)?.identity.startsWith(`${name.text}(`));
  if (defined.length !== 1) return null;
  return textOf(statement.slice(0, name.end)) + textOf(statement.slice(closing(statement, name.end) + 1));
});

const publicLower = eachStatement("GROUP before roles", (statement) => {
  const grant = grantOf(statement);
  if (grant === null || !isOnObject(grant) || head(statement, 2) === "ALTER DEFAULT") return null;
  return toRoles(
    grant,
    grant.roles.map((role) =>
      /^(?:public|current_user|session_user|current_role)$/i.test(role) ? role : `GROUP ${role}`,
    ),
  );
});

const granted = eachStatement("GRANTED BY whoever it is", (statement) => {
  const grant = grantOf(statement);
  return grant === null || !isOnObject(grant) || grant.end < statement.length
    ? null
    : `${textOf(statement)} GRANTED BY CURRENT_USER`;
});

const twice = eachStatement("granted twice", (statement) =>
  grantOf(statement) === null ? null : [textOf(statement), textOf(statement)],
);

const again = eachStatement(
  "granted, revoked, granted",
  (statement) => {
    const grant = grantOf(statement);
    if (grant === null || head(statement, 1) === "REVOKE" || grant.end < statement.length) return null;
    const text = textOf(statement);
    const revoke = `REVOKE ${textOf(statement.slice(1, grant.to))} FROM ${grant.roles.join(", ")}`;
    return [text, revoke, text];
  },
  { cases: { "definer-public-execute:": "a GRANT to PUBLIC that gives back what was revoked is told" } },
);

/** EXECUTE taken from PUBLIC for what will be created, instead of for each function. */
const revokedBefore: Transformation = {
  name: "REVOKE by default privileges",
  rightly: {
    cases: { "definer-public-execute:": "without a REVOKE before it no GRANT gives anything back" },
  },
  apply(files) {
    const statements = files.flatMap(({ text }) => statementsOf(text));
    const isRevoke = (s: Statement) =>
      /^REVOKE (?:ALL|EXECUTE) ON FUNCTION \S.* FROM PUBLIC$/is.test(textOf(s).trim().replace(/\s+/g, " "));
    const functions = statements.filter((s) => objectOf(s)?.kind === "FUNCTION");
    const revoked = statements.filter(isRevoke);
    if (
      revoked.length === 0 ||
      revoked.length !== functions.length ||
      statements.some((s) => /SESSION AUTHORIZATION|SET ROLE|OWNER TO/i.test(textOf(s)))
    )
      return null;
    return files.map(({ path, text }, index) => ({
      path,
      text:
        (index === 0 ? "ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;\n" : "") +
        statementsOf(text)
          .filter((s) => !isRevoke(s))
          .map((s) => `${textOf(s)};\n`)
          .join(""),
    }));
  },
};

/** A table's privileges by default privileges, before there is the table. */
const grantedBefore: Transformation = {
  name: "GRANT by default privileges",
  rightly: {
    rules: {
      "default-privileges": "what comes later is granted too, and that is what this rule is about",
      "grant-all-tables": "as above",
    },
  },
  apply(files) {
    const all = files.flatMap(({ text }) => statementsOf(text));
    if (all.some((s) => /SESSION AUTHORIZATION|SET ROLE|OWNER TO|REVOKE/i.test(textOf(s)))) return null;
    const moved = new Map<string, string[]>();
    const dropped = new Set<Statement>();
    for (const statement of all) {
      const grant = grantOf(statement);
      if (grant === null || !isOnObject(grant) || grant.end < statement.length) continue;
      const on = find(statement, "ON");
      const schema = onlyRelation(statement, all);
      if (schema === null || statement.slice(1, on).some(({ text }) => text === "(")) continue;
      const before = moved.get(schema) ?? [];
      before.push(
        `ALTER DEFAULT PRIVILEGES IN SCHEMA ${schema} ${textOf(statement.slice(0, on))} ON TABLES${textOf(statement.slice(grant.to))}`,
      );
      moved.set(schema, before);
      dropped.add(statement);
    }
    if (moved.size === 0) return null;
    // The roles must be there.
    const roles = all.filter((s) => /^CREATE (?:ROLE|USER)$/.test(head(s, 2)));
    return files.map(({ path, text }, index) => ({
      path,
      text: [
        ...(index === 0 ? roles.map(textOf) : []),
        ...statementsOf(text)
          .filter((s) => !dropped.has(s) && !roles.includes(s))
          .flatMap((s) => {
            const identity = objectOf(s)?.identity ?? "";
            const isRelation = /^(?:TABLE|VIEW|MATERIALIZED VIEW)$/.test(objectOf(s)?.kind ?? "");
            return [...(isRelation ? (moved.get(identity.split(".")[0] ?? "") ?? []) : []), textOf(s)];
          }),
      ]
        .map((s) => `${s};\n`)
        .join(""),
    }));
  },
};

export const PRIVILEGES: readonly Transformation[] = [
  oneRoleAStatement,
  withAnotherRole,
  onePrivilegeAStatement,
  spelledOut,
  throughGroup,
  onAllInSchema,
  functionsInSchema,
  argumentsNamed,
  publicLower,
  granted,
  twice,
  again,
  revokedBefore,
  grantedBefore,
];
