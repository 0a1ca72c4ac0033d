/** The proofs of fixtures/rules: what a rule claims, shown on PostgreSQL. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { splitStatements } from "../oracle/split.ts";

/**
 * One proof: `exploit` succeeds after `setup` and `vulnerable`, and is blocked after `setup` and `fixed`. A statement
 * `SET SESSION AUTHORIZATION role` in a file of its own line begins a new session of that role.
 */
export interface Proof {
  /** `rule/name`, as its folder. */
  readonly id: string;
  readonly rule: string;
  /** Of the finding that is expected; null: any. */
  readonly variant: string | null;
  readonly title: string;
  /** Major versions of PostgreSQL on which it holds. */
  readonly versions: readonly number[];
  /** Why it runs only embedded, where the process may write what a server may not; null: anywhere. */
  readonly onlyEmbedded: string | null;
  /** Message of a notice or error that is the success; null: a row whose column `succeeds` is true. */
  readonly evidence: { readonly kind: "notice" | "error"; readonly message: RegExp } | null;
  /** Whether pgvet can decide it from the text. */
  readonly isStatic: boolean;
  readonly admins: readonly string[];
  /** Schemas of an API: clients there cannot send SQL of their own. */
  readonly exposed: readonly string[];
  /** Findings of severity high or critical that fixed.sql deserves nevertheless: `rule/variant`, and why. */
  readonly deserved: ReadonlyMap<string, string>;
  /** When legitimate.sql works: only after the fix, or in both cases. */
  readonly legitimateOnlyFixed: boolean;
  readonly setup: string;
  readonly vulnerable: string;
  readonly exploit: string;
  readonly fixed: string;
  /** Use that still works after the fix. */
  readonly legitimate: string | null;
}

const root = new URL("../../fixtures/rules/", import.meta.url);

/** All proofs, by id. Throws when a proof.json is not as described in fixtures/rules/README.md. */
export function loadProofs(): readonly Proof[] {
  const folders = (path: URL) =>
    readdirSync(path, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name)
      .sort();
  return folders(root).flatMap((rule) =>
    folders(new URL(`${rule}/`, root)).map((name) => loadProof(rule, name)),
  );
}

function loadProof(rule: string, name: string): Proof {
  const folder = new URL(`${rule}/${name}/`, root);
  const text = (file: string) => readFileSync(new URL(file, folder), "utf8");
  const about: unknown = JSON.parse(text("proof.json"));
  const id = `${rule}/${name}`;
  const wrong = (what: string) => new Error(`fixtures/rules/${id}/proof.json: ${what}`);
  if (!isRecord(about)) throw wrong("not an object");
  const known = [
    "title",
    "onlyEmbedded",
    "variant",
    "versions",
    "evidence",
    "static",
    "admins",
    "exposed",
    "deserved",
    "legitimate",
  ];
  for (const key of Object.keys(about)) if (!known.includes(key)) throw wrong(`unknown key ${key}`);
  const {
    title,
    onlyEmbedded = null,
    variant = null,
    versions,
    evidence,
    admins = [],
    exposed = [],
    deserved = {},
  } = about;
  if (typeof title !== "string") throw wrong("title is not a text");
  if (variant !== null && typeof variant !== "string") throw wrong("variant is not a text");
  if (onlyEmbedded !== null && typeof onlyEmbedded !== "string") throw wrong("onlyEmbedded is not a text");
  if (!isListOf(versions, isNumber)) throw wrong("versions is not a list of numbers");
  if (!isListOf(admins, isText)) throw wrong("admins is not a list of texts");
  if (!isListOf(exposed, isText)) throw wrong("exposed is not a list of texts");
  if (!isRecord(deserved)) throw wrong("deserved is not an object");
  return {
    id,
    rule,
    variant,
    title,
    versions,
    onlyEmbedded,
    evidence: evidenceOf(evidence),
    isStatic: about["static"] !== false,
    admins,
    exposed,
    deserved: new Map(Object.entries(deserved).map(([key, why]) => [key, String(why)])),
    legitimateOnlyFixed: about["legitimate"] === "fixed",
    setup: text("setup.sql"),
    vulnerable: text("vulnerable.sql"),
    exploit: text("exploit.sql"),
    fixed: text("fixed.sql"),
    legitimate: existsSync(new URL("legitimate.sql", folder)) ? text("legitimate.sql") : null,
  };
}

function evidenceOf(value: unknown): Proof["evidence"] {
  if (!isRecord(value)) return null;
  for (const kind of ["notice", "error"] as const) {
    const message = value[kind];
    if (typeof message === "string") return { kind, message: new RegExp(message) };
  }
  return null;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isListOf<T>(value: unknown, is: (each: unknown) => each is T): value is readonly T[] {
  return Array.isArray(value) && value.every(is);
}

const isNumber = (value: unknown): value is number => typeof value === "number";
const isText = (value: unknown): value is string => typeof value === "string";

/** Statements that one session runs. */
export interface Session {
  readonly role: string;
  readonly statements: readonly string[];
}

/** The sessions of a script, each begun by SET SESSION AUTHORIZATION; the first is the administrator's. */
export function sessionsOf(script: string): readonly Session[] {
  const sessions: { role: string; statements: string[] }[] = [{ role: "postgres", statements: [] }];
  for (const statement of splitStatements(script)) {
    const role = /^(?:\s|--[^\n]*\n)*SET SESSION AUTHORIZATION (\w+)$/.exec(statement)?.[1];
    if (role !== undefined) sessions.push({ role, statements: [] });
    else sessions.at(-1)?.statements.push(statement);
  }
  return sessions.filter(({ statements }) => statements.length > 0);
}
