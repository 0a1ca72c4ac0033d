import type { Relation } from "../../src/catalog/model.ts";
import type { Expr, Statement } from "../../src/events/tree.ts";
import { walkBody, walkExpr } from "../../src/events/walk.ts";
import { type Code, projectCode } from "../../src/rule/code.ts";
import { defineRule, type RuleContext, type RuleOption } from "../../src/rule/define.ts";

const COLUMN = /^(?:password|passwd|pwd|pass)$/i;

/** Functions that make a hash, whatever its quality: `weak-password-hash` judges that. */
const HASHING =
  /^(?:crypt|md5|digest|hmac|sha\d+|scrypt|argon2\w*|bcrypt\w*|pgp_\w+|encrypt\w*|\w*hash\w*|crypto_pwhash\w*)$/i;

/** Hashes as applications write them. */
const HASHED =
  /^(?:\$\w+\$|\{[A-Z\d-]+\}|SCRAM-|md5[0-9a-f]{32}$|[0-9a-f]{32,}$|pbkdf2|scrypt:|argon2|bcrypt)/i;

const COLUMNS: RuleOption = {
  name: "columns",
  describe: "Columns that hold passwords, besides password, passwd, pwd and pass.",
  default: [],
};

export default defineRule({
  title: "Passwords stored as they are",
  severity: "high",
  category: "secrets",
  cwe: [256],
  since: "0.1.0",
  variants: {},
  why: "Whoever obtains the table, a backup or a replica has every user's password, here and wherever else it is used.",
  aboutSecrets: true,
  options: [COLUMNS],
  check(context) {
    const { catalog } = context;
    const named = context.option(COLUMNS);
    const tables = new Map<number, { relation: Relation; column: number }>();
    for (const relation of context.askedRelations()) {
      if (relation.prelude || (relation.kind !== "table" && relation.kind !== "partitioned-table")) continue;
      const column = relation.columns.findIndex(
        ({ name, type }) =>
          (COLUMN.test(name) || named.includes(name)) &&
          !type.array &&
          /^(?:text|character varying|character|citext|public\.citext|varchar)/.test(catalog.typeName(type)),
      );
      if (column >= 0 && !hashesOnWrite(context, relation)) tables.set(relation.oid, { relation, column });
    }
    if (tables.size === 0) return;
    const reported = new Set<number>();
    for (const code of projectCode(context)) {
      if (code.kind !== "routine" && code.kind !== "query") continue;
      code.walk({
        statement(statement) {
          const target = targetOf(context, code, statement);
          const table = target === undefined ? undefined : tables.get(target.oid);
          if (table === undefined || reported.has(table.relation.oid)) return;
          const { relation, column } = table;
          const value = written(code, statement, relation, column);
          if (value === null) return;
          reported.add(relation.oid);
          const name = relation.columns[column]?.name ?? "";
          context.report({
            variant: null,
            severity: "high",
            confidence: "medium",
            message: `${catalog.relationName(relation)}.${name} receives passwords as they are`,
            label: "password, not a hash",
            place: relation.columns[column]?.place ?? relation.place,
            object: catalog.relationName(relation),
            related: [
              { place: { source: code.source, span: value.span }, message: "written here without a hash" },
            ],
            help: "store crypt(password, gen_salt('bf', 12)) in a column named for what it is, password_hash",
          });
        },
      });
    }
  },
});

/** A trigger of the table calls something that hashes. */
function hashesOnWrite(context: RuleContext, relation: Relation): boolean {
  for (const trigger of context.catalog.state.triggers.by.relation.all(relation.oid)) {
    const routine =
      trigger.routine === null ? undefined : context.catalog.state.routines.get(trigger.routine);
    // A trigger whose code is not seen may hash.
    if (routine === undefined) return true;
    let found = false;
    const body = context.body(routine);
    if (body.language === "other" || body.language === "unparsed") return true;
    walkBody(body, {
      expr: (expr) => {
        if (expr.kind === "call" && HASHING.test(expr.name.at(-1) ?? "")) found = true;
      },
    });
    if (found) return true;
  }
  return false;
}

/** The table that a statement writes. */
function targetOf(context: RuleContext, code: Code, statement: Statement): Relation | undefined {
  if (statement.kind !== "insert" && statement.kind !== "update") return undefined;
  const setting = code.routine === null ? undefined : context.catalog.searchPath(code.routine);
  return context.catalog.resolveRelation(statement.target.name, setting?.values ?? ["public"]);
}

/** What a statement puts into the column, when that is a value as it came in. */
function written(code: Code, statement: Statement, relation: Relation, column: number): Expr | null {
  if (statement.kind !== "insert" && statement.kind !== "update") return null;
  const name = relation.columns[column]?.name;
  const values: Expr[] = [];
  if (statement.kind === "update")
    for (const one of statement.set) if (one.name === name) values.push(one.value);
  if (statement.kind === "insert") {
    const i =
      statement.columns.length > 0 ? (name === undefined ? -1 : statement.columns.indexOf(name)) : column;
    for (const row of statement.source?.values ?? []) if (row[i] !== undefined) values.push(row[i]);
    const target = statement.source?.values == null ? statement.source?.targets[i] : undefined;
    if (target !== undefined) values.push(target.value);
  }
  return values.find((value) => isPlain(value, code)) ?? null;
}

/** A parameter of the routine or a literal; not a column of another table, not the result of a function. */
function isPlain(value: Expr, code: Code): boolean {
  if (value.kind === "cast") return isPlain(value.operand, code);
  if (value.kind === "string")
    return value.value !== "" && !HASHED.test(value.value) && !/[{}<>$%]/.test(value.value);
  if (value.kind === "parameter") return code.routine !== null;
  if (value.kind !== "column") return false;
  const name = value.name.at(-1) ?? "";
  if (/hash|digest|crypt|enc|salt/i.test(name)) return false;
  let hashed = false;
  // A variable that a hash was put into, or that is compared with one, is not the parameter.
  const parameter = code.routine?.parameters.some((one) => one.name === name && one.mode !== "out") ?? false;
  if (!parameter) return false;
  code.walk({
    plpgsql: (statement) => {
      if (statement.kind === "assign" && statement.target.name.at(-1) === name)
        walkExpr(statement.value, {
          expr: (inner) => {
            if (inner.kind === "call") hashed = true;
          },
        });
    },
  });
  return !hashed;
}
