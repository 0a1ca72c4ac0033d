/** The same statements, sent in another way: from other files, in transactions, from DO blocks, by another session. */
import {
  dollars,
  find,
  head,
  nameAt,
  quoted,
  type Statement,
  scriptOf,
  statementsOf,
  textOf,
} from "./tokens.ts";
import { eachStatement, type File, type Rightly, type Transformation } from "./transformation.ts";

/** Statements that belong to the session or to a transaction, and not to the database. */
function isOfSession(statement: Statement): boolean {
  return /^(?:SET|RESET|BEGIN|COMMIT|ROLLBACK|START|END|SAVEPOINT)\b/.test(head(statement, 1));
}

function hasTransaction(statements: readonly Statement[]): boolean {
  return statements.some(
    (s) => /^(?:BEGIN|COMMIT|ROLLBACK|START|END)$/.test(head(s, 1)) || head(s, 2) === "SET LOCAL",
  );
}

/** What PostgreSQL refuses inside of a transaction or a function. */
function isAlone(statement: Statement): boolean {
  return (
    /^(?:ALTER SYSTEM|CREATE DATABASE|CREATE SUBSCRIPTION|DROP SUBSCRIPTION|CREATE TABLESPACE|VACUUM|ALTER DATABASE)/.test(
      head(statement, 2),
    ) || isOfSession(statement)
  );
}

/** Of DO blocks in DO blocks. */
const NESTED: Rightly = {
  cases: {
    "dynamic-sql-injection/catalog-name": "a block in a text is run, but not read as code of its own",
    "dynamic-sql-injection:": "as above",
  },
};

const inDo = (code: string) => `DO ${dollars(` BEGIN ${code} END `)}`;

/** A guard as migrations write it around CREATE ROLE and CREATE TYPE. */
function guarded(statement: Statement): string | null {
  if (!/^CREATE (?:ROLE|USER)$/.test(head(statement, 2))) return null;
  const name = statement[2]?.text ?? "";
  return inDo(
    `IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = ${quoted(name.replaceAll('"', ""))}) THEN ${textOf(statement)}; END IF;`,
  );
}

function oneFileAStatement(files: readonly File[]): readonly File[] | null {
  const written: File[] = [];
  for (const { path, text } of files) {
    const statements = statementsOf(text);
    if (hasTransaction(statements)) return null;
    const session: string[] = [];
    for (const [index, statement] of statements.entries()) {
      if (isOfSession(statement)) session.push(textOf(statement));
      else
        written.push({
          path: `${path.replace(".sql", "")}-${index + 1}.sql`,
          text: scriptOf([...session, textOf(statement)]),
        });
    }
  }
  return written;
}

/** One file: what each began with the administrator's session goes on so. */
function oneFile(files: readonly File[]): readonly File[] | null {
  if (files.length < 2) return null;
  const text = files.map((file) => `${file.text}\n;RESET SESSION AUTHORIZATION;\nRESET ALL;\n`).join("");
  return [{ path: "all.sql", text }];
}

/** `SET SESSION AUTHORIZATION x` written as another command. */
function asRole(name: string, write: (role: string) => readonly string[]): Transformation {
  return eachStatement(name, (statement) => {
    if (head(statement, 3) !== "SET SESSION AUTHORIZATION") return null;
    return write(statement[3]?.text ?? "");
  });
}

const OWNED: Readonly<Record<string, string>> = {
  TABLE: "TABLE",
  VIEW: "VIEW",
  "MATERIALIZED VIEW": "MATERIALIZED VIEW",
  FUNCTION: "FUNCTION",
  PROCEDURE: "PROCEDURE",
  SEQUENCE: "SEQUENCE",
  TYPE: "TYPE",
  SCHEMA: "SCHEMA",
};

/** The statement that makes a role the owner of what a statement creates; undefined: it creates nothing owned. */
export function objectOf(
  statement: Statement,
): { readonly kind: string; readonly identity: string } | undefined {
  let at = 1;
  if (head(statement, 1) !== "CREATE") return undefined;
  if (head(statement.slice(at), 2) === "OR REPLACE") return undefined;
  const two = head(statement.slice(at), 2);
  const kind = two in OWNED ? two : head(statement.slice(at), 1);
  if (!(kind in OWNED)) return undefined;
  at += kind.split(" ").length;
  if (head(statement.slice(at), 3) === "IF NOT EXISTS") return undefined;
  const name = nameAt(statement, at);
  if (name === null) return undefined;
  const isRoutine = kind === "FUNCTION" || kind === "PROCEDURE";
  return { kind, identity: isRoutine ? name.text + signature(statement, name.end) : name.text };
}

/** Argument types as ALTER FUNCTION takes them: modes and names may stay, defaults may not. */
function signature(statement: Statement, open: number): string {
  let text = "";
  let depth = 0;
  let skipping = false;
  for (const token of statement.slice(open)) {
    if (token.text === "(") depth++;
    if (token.text === ")") depth--;
    if (depth === 1 && (token.text === "," || token.text === "(")) skipping = false;
    if (depth === 0) skipping = false;
    if (/^(?:DEFAULT|=)$/i.test(token.text)) skipping = true;
    if (!skipping) text += token.gap + token.text;
    if (depth === 0) return text;
  }
  return text;
}

/** Everything by the administrator, who gives it away at once; only scripts whose statements allow it. */
function givenAway(files: readonly File[]): readonly File[] | null {
  let changed = false;
  const written: File[] = [];
  for (const { path, text } of files) {
    let owner: string | null = null;
    const texts: string[] = [];
    for (const statement of statementsOf(text)) {
      if (head(statement, 3) === "SET SESSION AUTHORIZATION") {
        owner = statement[3]?.text ?? null;
        continue;
      }
      if (head(statement, 1) === "RESET") owner = null;
      texts.push(textOf(statement));
      if (owner === null) continue;
      if (
        /^(?:ALTER DEFAULT|SELECT|CREATE EXTENSION|CREATE SUBSCRIPTION|CREATE PUBLICATION|SET |CREATE SERVER|CREATE RULE|DO |CALL)/.test(
          `${head(statement, 2)} `,
        )
      )
        return null;
      if (head(statement, 1) !== "CREATE") continue;
      if (/^CREATE (?:POLICY|INDEX|UNIQUE|TRIGGER)/.test(head(statement, 2))) continue;
      const object = objectOf(statement);
      if (object === undefined || find(statement, "AUTHORIZATION") > 0) return null;
      changed = true;
      texts.push(`ALTER ${object.kind} ${object.identity} OWNER TO ${owner}`);
    }
    written.push({ path, text: scriptOf(texts) });
  }
  return changed ? written : null;
}

/** Unqualified in the schema that the session's path names first. */
function unqualified(files: readonly File[]): readonly File[] | null {
  let changed = false;
  const written = files.map(({ path, text }) => {
    const statements = statementsOf(text);
    const created = statements.find((s) => head(s, 2) === "CREATE SCHEMA");
    const schema = (created ??
      statementsOf(files[0]?.text ?? "").find((s) => head(s, 2) === "CREATE SCHEMA"))?.[2]?.text;
    if (schema === undefined || statements.some((s) => head(s, 2) === "SET SEARCH_PATH"))
      return { path, text };
    const texts: string[] = [];
    const set = `SET search_path = ${schema}, public`;
    let isSet = false;
    for (const statement of statements) {
      const isDdl =
        /^(?:CREATE|ALTER|GRANT|REVOKE|DROP)$/.test(head(statement, 1)) &&
        head(statement, 2) !== "CREATE SCHEMA";
      const names = isDdl ? withoutSchema(statement, schema) : statement;
      if (names !== statement && !isSet) {
        texts.push(set);
        isSet = true;
        changed = true;
      }
      texts.push(textOf(names));
    }
    return { path, text: scriptOf(texts) };
  });
  return changed ? written : null;
}

function withoutSchema(statement: Statement, schema: string): Statement {
  // Without their schema some names are keywords.
  if (
    statement.some(
      ({ kind }, index) =>
        kind === "keyword" && statement[index - 1]?.text === "." && statement[index - 2]?.text === schema,
    )
  )
    return statement;
  const left = statement.filter(
    ({ text, kind }, index) =>
      !(
        (kind !== "string" &&
          text === schema &&
          statement[index + 1]?.text === "." &&
          statement[index - 1]?.text !== ".") ||
        (text === "." && statement[index - 1]?.text === schema && statement[index - 2]?.text !== ".")
      ),
  );
  if (left.length === statement.length) return statement;
  // The gap before the name is the schema's.
  return left.map((token) => {
    const before = statement[statement.indexOf(token) - 1];
    return before?.text === "." && token.gap === "" ? { ...token, gap: " " } : token;
  });
}

export const DEPLOYMENT: readonly Transformation[] = [
  {
    name: "one file a statement",
    apply: oneFileAStatement,
    rightly: {
      cases: { "guard-trigger-disabled:": "what the session sets back at its end is not set back there" },
    },
  },
  { name: "one file", apply: oneFile },
  eachStatement("each in a transaction of its own", (statement, all) =>
    isAlone(statement) || hasTransaction(all) ? null : ["BEGIN", textOf(statement), "COMMIT"],
  ),
  eachStatement(
    "EXECUTE in a DO block",
    (statement) => (isAlone(statement) ? null : inDo(`EXECUTE ${dollars(textOf(statement))};`)),
    NESTED,
  ),
  eachStatement(
    "EXECUTE of a quoted string in a DO block",
    (statement) => (isAlone(statement) ? null : inDo(`EXECUTE ${quoted(textOf(statement))};`)),
    NESTED,
  ),
  eachStatement(
    "EXECUTE format in a DO block",
    (statement) =>
      isAlone(statement)
        ? null
        : inDo(`EXECUTE pg_catalog.format(${quoted(textOf(statement).replaceAll("%", "%%"))});`),
    NESTED,
  ),
  eachStatement(
    "straight in a DO block",
    (statement) => {
      if (isAlone(statement)) return null;
      const text = textOf(statement);
      if (head(statement, 1) === "WITH") return null;
      return inDo(
        `${head(statement, 1) === "SELECT" ? text.replace(/^\s*(?:--[^\n]*\s*)*SELECT/i, "PERFORM") : text};`,
      );
    },
    NESTED,
  ),
  eachStatement(
    "in a DO block that swallows errors",
    (statement) =>
      isAlone(statement) || /^(?:SELECT|WITH)$/.test(head(statement, 1))
        ? null
        : inDo(`${textOf(statement)}; EXCEPTION WHEN duplicate_object THEN NULL;`),
    NESTED,
  ),
  eachStatement("roles if missing", guarded),
  asRole("SET ROLE", (role) => [`SET ROLE ${role}`]),
  asRole("SET SESSION AUTHORIZATION of a string", (role) => [
    `SET SESSION AUTHORIZATION '${role.replaceAll('"', "")}'`,
  ]),
  asRole("set_config of the role", (role) => [
    `SELECT pg_catalog.set_config('role', '${role.replaceAll('"', "")}', false)`,
  ]),
  asRole("through another session", (role) => ["SET SESSION AUTHORIZATION postgres", `SET ROLE ${role}`]),
  {
    name: "created by the administrator, then given away",
    apply: givenAway,
    rightly: {
      cases: {
        "adopts-foreign-object/": "what the administrator gave away was not planted",
        "owner-taken-over/": "the administrator wrote it",
        "revoke-ineffective/default-privileges-other-role": "default privileges are about who creates",
      },
    },
  },
  { name: "unqualified in the session's search_path", apply: unqualified },
  eachStatement("as pg_dump begins", (statement, all) =>
    statement === all[0]
      ? [
          "SET statement_timeout = 0",
          "SET check_function_bodies = false",
          "SET row_security = off",
          textOf(statement),
        ]
      : null,
  ),
  eachStatement("something else between", (statement) => [
    textOf(statement),
    `COMMENT ON DATABASE postgres IS ${quoted(String(find(statement, ";")))}`,
    "SELECT 1",
  ]),
];
