/** The same objects, defined in other statements. */
import { objectOf } from "./deployment.ts";
import {
  bodyOf,
  closing,
  find,
  head,
  nameAt,
  parts,
  type Statement,
  textOf,
  tokensOf,
  withCode,
} from "./tokens.ts";
import { eachStatement, type Transformation } from "./transformation.ts";

const ROUTINE = /^CREATE (?:OR REPLACE )?(?:FUNCTION|PROCEDURE)\b/;

function isRoutine(statement: Statement): boolean {
  return ROUTINE.test(head(statement, 4));
}

/** Without the tokens from one index up to another. */
function without(statement: Statement, from: number, to: number): Statement {
  return statement.filter((_, index) => index < from || index >= to);
}

/** The clauses that a routine's definition and ALTER share, each `[from, to)`. */
function clauses(statement: Statement): readonly (readonly [number, number])[] {
  const found: (readonly [number, number])[] = [];
  const ends =
    /^(?:AS|LANGUAGE|SECURITY|SET|IMMUTABLE|STABLE|VOLATILE|LEAKPROOF|STRICT|COST|ROWS|PARALLEL|CALLED|RETURNS|BEGIN|RETURN|EXTERNAL|NOT|WINDOW)$/i;
  const open = statement.findIndex(({ text }) => text === "(");
  for (let i = closing(statement, open) + 1; i > 0 && i < statement.length; i++) {
    const word = statement[i]?.text.toUpperCase();
    if (word === "BEGIN" || word === "RETURN") break;
    if (word === "SECURITY") found.push([i, i + 2]);
    else if (word === "LEAKPROOF" && statement[i - 1]?.text.toUpperCase() !== "NOT") found.push([i, i + 1]);
    else if (word === "SET") {
      let end = i + 1;
      while (
        end < statement.length &&
        !(ends.test(statement[end]?.text ?? "") && statement[end]?.kind !== "string")
      )
        end++;
      found.push([i, end]);
    }
  }
  return found;
}

/** Moves clauses into ALTER. */
const alteredLater = eachStatement("SECURITY and SET by ALTER", (statement) => {
  const object = isRoutine(statement) ? objectOf(statement) : undefined;
  if (object === undefined) return null;
  const moved = clauses(statement);
  if (moved.length === 0) return null;
  let rest = statement;
  for (const [from, to] of moved.toReversed()) rest = without(rest, from, to);
  return [
    textOf(rest),
    ...moved.map(
      ([from, to]) => `ALTER ${object.kind} ${object.identity} ${textOf(statement.slice(from, to))}`,
    ),
  ];
});

const optionsAfterwards = eachStatement("SECURITY and SET before AS", (statement) => {
  if (!isRoutine(statement)) return null;
  const body = bodyOf(statement);
  const moved = clauses(statement);
  if (moved.length === 0 || body === null) return null;
  let rest = statement;
  for (const [from, to] of moved.toReversed()) rest = without(rest, from, to);
  return `${textOf(rest)} ${moved.map(([from, to]) => textOf(statement.slice(from, to))).join(" ")}`;
});

const orReplace = eachStatement(
  "CREATE OR REPLACE",
  (statement) =>
    /^CREATE (?:FUNCTION|PROCEDURE|VIEW|TRIGGER|RULE)\b/.test(head(statement, 2))
      ? textOf(statement).replace(/create/i, "CREATE OR REPLACE")
      : null,
  {
    rules: {
      "adopts-foreign-object/or-replace": "OR REPLACE takes over what others could have created there before",
    },
  },
);

const dropFirst = eachStatement("DROP IF EXISTS before CREATE", (statement) => {
  const object = objectOf(statement);
  if (object === undefined || object.kind === "SCHEMA") return null;
  return [`DROP ${object.kind} IF EXISTS ${object.identity}`, textOf(statement)];
});

const twice = eachStatement("created, dropped and created again", (statement) => {
  const object = objectOf(statement);
  if (object === undefined || object.kind === "SCHEMA") return null;
  return [textOf(statement), `DROP ${object.kind} ${object.identity}`, textOf(statement)];
});

const renamed = eachStatement(
  "created under another name",
  (statement) => {
    const object = objectOf(statement);
    if (object === undefined || object.kind === "TYPE") return null;
    const at = 1 + object.kind.split(" ").length;
    const name = nameAt(statement, at);
    const last = statement[(name?.end ?? 0) - 1];
    if (name === null || last?.kind !== "name") return null;
    const draft = { ...last, text: "draft_of_it" };
    const created = statement.map((token) => (token === last ? draft : token));
    // A body that names its own routine is not moved along.
    if (bodyOf(statement)?.code.includes(last.text)) return null;
    const old =
      object.identity.slice(0, name.text.length - last.text.length) +
      draft.text +
      object.identity.slice(name.text.length);
    return [textOf(created), `ALTER ${object.kind} ${old} RENAME TO ${last.text}`];
  },
  {
    cases: { "adopts-foreign-object": "what is there under the name in between is not replaced" },
  },
);

const moved = eachStatement(
  "created in another schema",
  (statement, all) => {
    const object = objectOf(statement);
    if (
      object === undefined ||
      object.kind === "SCHEMA" ||
      all.some((s) => /^(?:SET|RESET)$/.test(head(s, 1)))
    )
      return null;
    const at = 1 + object.kind.split(" ").length;
    const schema = statement[at];
    // Platforms give what is created in public to their roles.
    if (schema === undefined || schema.text === "public" || statement[at + 1]?.text !== ".") return null;
    const created = statement.map((token) => (token === schema ? { ...token, text: "staging" } : token));
    const old = `staging${object.identity.slice(schema.text.length)}`;
    return [
      "CREATE SCHEMA IF NOT EXISTS staging",
      textOf(created),
      `ALTER ${object.kind} ${old} SET SCHEMA ${schema.text}`,
    ];
  },
  {
    rules: {
      "adopts-foreign-object/if-not-exists on schema staging":
        "whoever may create schemas could have made that one",
    },
    cases: {
      "default-privileges/": "default privileges of a schema are given to what is created in it",
      "definer-public-execute/anon-by-name":
        "default privileges of a schema are given to what is created in it",
    },
  },
);

/** `CREATE VIEW v WITH (option) AS` */
const viewOptions = eachStatement("options of a view by ALTER", (statement) => {
  const object = objectOf(statement);
  if (object?.kind !== "VIEW") return null;
  const option = find(statement, "WITH");
  const as = find(statement, "AS");
  if (option < 0 || as < option) return null;
  return [
    textOf(without(statement, option, as)),
    `ALTER VIEW ${object.identity} SET ${textOf(statement.slice(option + 1, as))}`,
  ];
});

/** Columns one by one. */
const columns = eachStatement("columns by ALTER TABLE", (statement) => {
  const object = objectOf(statement);
  const name = object?.kind === "TABLE" ? nameAt(statement, 2) : null;
  if (name === null || statement[name.end]?.text !== "(") return null;
  const close = closing(statement, name.end);
  if (close !== statement.length - 1) return null;
  const all = parts(statement.slice(name.end + 1, close));
  if (all.length === 0 || (all[0]?.length ?? 0) === 0) return null;
  const ofTable = /^(?:CONSTRAINT|PRIMARY|UNIQUE|CHECK|FOREIGN|EXCLUDE|LIKE)$/;
  if (all.some((part) => head(part, 1) === "LIKE")) return null;
  return [
    `CREATE TABLE ${name.text} ()`,
    ...all.map(
      (part) => `ALTER TABLE ${name.text} ADD ${ofTable.test(head(part, 1)) ? "" : "COLUMN "}${textOf(part)}`,
    ),
  ];
});

const alterOnly = eachStatement("ALTER TABLE IF EXISTS ONLY", (statement) =>
  head(statement, 2) === "ALTER TABLE" &&
  !/^(?:IF|ONLY|ALL)$/.test(statement[2]?.text.toUpperCase() ?? "") &&
  !/ RENAME | SET SCHEMA | ATTACH | DETACH /i.test(textOf(statement))
    ? textOf(statement).replace(/table/i, "TABLE IF EXISTS ONLY")
    : null,
);

const child = eachStatement(
  "a table with a parent",
  (statement) => {
    const object = objectOf(statement);
    const name = object?.kind === "TABLE" ? nameAt(statement, 2) : null;
    if (
      name === null ||
      statement[name.end]?.text !== "(" ||
      closing(statement, name.end) !== statement.length - 1 ||
      name.text.includes('"')
    )
      return null;
    return [`CREATE TABLE ${name.text}_parent ()`, `${textOf(statement)} INHERITS (${name.text}_parent)`];
  },
  {
    objects: /_parent$/,
    cases: {
      "grant-all-tables": "a GRANT for all tables is told at the first of them, which is a parent",
      "rls-truncate-granted:": "so is one by default privileges",
    },
  },
);

/** RETURNS TABLE (a int) is what OUT parameters and SETOF record are. */
const outParameters = eachStatement("RETURNS TABLE as OUT parameters", (statement) => {
  if (!isRoutine(statement)) return null;
  const returns = find(statement, "RETURNS");
  if (returns < 0 || statement[returns + 1]?.text.toUpperCase() !== "TABLE") return null;
  const close = closing(statement, returns + 2);
  const all = parts(statement.slice(returns + 3, close));
  const open = statement.findIndex(({ text }) => text === "(");
  const end = closing(statement, open);
  const out = all.map((part) => `OUT ${textOf(part).trim()}`).join(", ");
  const separator = end > open + 1 ? ", " : "";
  const one = all.length === 1 ? textOf((all[0] ?? []).slice(1)) : " record";
  return `${textOf(statement.slice(0, end))}${separator}${out}) RETURNS SETOF${one}${textOf(statement.slice(close + 1))}`;
});

const roleByAlter = eachStatement("attributes of a role by ALTER", (statement) => {
  if (
    !/^CREATE (?:ROLE|USER)$/.test(head(statement, 2)) ||
    statement.length < 4 ||
    head(statement, 3).endsWith("MAPPING")
  )
    return null;
  const name = statement[2]?.text ?? "";
  if (
    statement.some(({ text }) => /^(?:IN|ROLE|ADMIN|SYSID|GROUP)$/i.test(text) && text !== statement[1]?.text)
  )
    return null;
  const from = statement[3]?.text.toUpperCase() === "WITH" ? 4 : 3;
  return [`${head(statement, 2)} ${name}`, `ALTER ROLE ${name} WITH${textOf(statement.slice(from))}`];
});

const userForRole = eachStatement("CREATE USER", (statement) => {
  if (head(statement, 2) !== "CREATE ROLE") return null;
  const login = statement.findIndex(({ text }) => /^login$/i.test(text));
  return (
    textOf(login < 0 ? statement : without(statement, login, login + 1)).replace(/role/i, "USER") +
    (login < 0 ? " NOLOGIN" : "")
  );
});

const schemaElements = eachStatement(
  "IF NOT EXISTS",
  (statement) =>
    /^CREATE (?:SCHEMA|TABLE|SEQUENCE|EXTENSION)$/.test(head(statement, 2)) &&
    statement[2]?.text.toUpperCase() !== "IF" &&
    !/\bAS\b/i.test(textOf(statement))
      ? textOf(statement).replace(/(schema|table|sequence|extension)/i, "$1 IF NOT EXISTS")
      : null,
  {
    rules: {
      "adopts-foreign-object/if-not-exists":
        "IF NOT EXISTS leaves what others could have created there before",
    },
  },
);

const languageFirst = eachStatement("LANGUAGE at the end, between quotes", (statement) => {
  if (!isRoutine(statement) || bodyOf(statement) === null) return null;
  const at = find(statement, "LANGUAGE");
  if (at < 0) return null;
  return `${textOf(without(statement, at, at + 2))} LANGUAGE '${bodyOf(statement)?.language}'`;
});

const trailingSemicolon = eachStatement("comments and blanks around the code", (statement) => {
  const body = bodyOf(statement);
  return body === null
    ? null
    : textOf(withCode(statement, body, `\n  -- it begins\n${body.code}\n  -- it's the end\n`));
});

const namedBlock = eachStatement("a block in the block", (statement) => {
  const body = bodyOf(statement);
  if (body?.language !== "plpgsql") return null;
  const code = textOf(tokensOf(body.code)).replace(/;$/, "");
  return textOf(withCode(statement, body, `<<whole>> BEGIN ${code}; END whole`));
});

export const DEFINITIONS: readonly Transformation[] = [
  alteredLater,
  optionsAfterwards,
  orReplace,
  dropFirst,
  twice,
  renamed,
  moved,
  viewOptions,
  columns,
  alterOnly,
  child,
  outParameters,
  roleByAlter,
  userForRole,
  schemaElements,
  languageFirst,
  trailingSemicolon,
  namedBlock,
];
