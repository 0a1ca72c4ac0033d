/** Code of routines whose names are looked up when it runs: its names with the types of what they are given. */
import type { Body, DynamicQuery, Expr, PlStatement, Statement, TypeName } from "../../events/tree.ts";
import type { Context } from "../context.ts";
import type { Address, Routine, TypeRef } from "../model.ts";
import { typeRef } from "../resolve.ts";
import { bindExpr, compositeColumns } from "./expression.ts";
import { bindAny, newBinder } from "./query.ts";
import { type Binder, emptyScope, NO_NAMES, type OutputColumn, type Scope } from "./scope.ts";
import { catalog, polymorphicName, UNDECIDED } from "./types.ts";
import { noteCase, operand, type Use } from "./uses.ts";

/** Tells `note` of functions and operators in a body. What stands in utility statements and cursors is not looked at. */
export function routineUses(context: Context, routine: Routine, body: Body, note: (use: Use) => void): void {
  bindRoutine({ ...newBinder(context), note }, routine, body);
}

/** Tells of what a body does by other routines without naming them: casts, and the user-made operators that it takes. */
export function hiddenUses(
  context: Context,
  routine: Routine,
  body: Body,
  noteCast: NonNullable<Binder["noteCast"]>,
): readonly Address[] {
  const binder = { ...newBinder(context), noteCast };
  bindRoutine(binder, routine, body);
  return [...binder.bindings.values()];
}

function bindRoutine(given: Binder, routine: Routine, body: Body): void {
  if (body.language !== "sql" && body.language !== "plpgsql") return;
  const inputs = routine.parameters.filter(({ mode }) => mode !== "out" && mode !== "table");
  const binder: Binder = { ...given, parameters: inputs.map(({ type }) => variableType(type)) };
  const scope = emptyScope(null);
  // In SQL, what a function gives back has no name.
  for (const { name, type } of body.language === "sql" ? inputs : routine.parameters)
    if (name !== null) declare(binder, scope, name, variableType(type), routine.name);
  if (body.language === "sql") {
    for (const statement of body.statements) bindAny(binder, statement, scope);
    return;
  }
  for (const [name, type] of Object.entries(routine.returnsTrigger === null ? ALWAYS : TRIGGER))
    declare(binder, scope, name, type, null);
  bindPlpgsql(binder, body.block, scope);
}

const ALWAYS: Readonly<Record<string, TypeRef>> = {
  found: catalog("bool"),
  sqlstate: catalog("text"),
  sqlerrm: catalog("text"),
};

/** NEW and OLD are rows of whatever table somebody attaches the trigger to. */
const TRIGGER: Readonly<Record<string, TypeRef>> = {
  ...ALWAYS,
  new: UNDECIDED,
  old: UNDECIDED,
  tg_op: catalog("text"),
  tg_when: catalog("text"),
  tg_level: catalog("text"),
  tg_name: catalog("name"),
  tg_relid: catalog("oid"),
  tg_relname: catalog("name"),
  tg_table_name: catalog("name"),
  tg_table_schema: catalog("name"),
  tg_nargs: catalog("int4"),
  tg_argv: catalog("text[]"),
  tg_event: catalog("text"),
  tg_tag: catalog("text"),
};

/** A polymorphic parameter has another type in each call, a record in each assignment. */
function variableType(type: TypeRef): TypeRef {
  return polymorphicName(type) !== null || type.base === "pg_catalog.record" ? UNDECIDED : type;
}

function declare(binder: Binder, scope: Scope, name: string, type: TypeRef, label: string | null): void {
  const column = { name, type, address: null };
  const item = { relation: null, using: NO_NAMES };
  scope.items.push({ ...item, alias: label ?? "", columns: [column], complete: true });
  // Its fields; of other types there are none.
  const fields: readonly OutputColumn[] | undefined = compositeColumns(binder.context, type)?.map(
    (field) => ({
      name: field.name,
      type: field.type,
      address: null,
    }),
  );
  scope.items.push({
    ...item,
    alias: name,
    columns: fields ?? [],
    complete: fields !== undefined,
    qualifiedOnly: true,
  });
}

function declaredType(binder: Binder, type: TypeName | null, scope: Scope): TypeRef {
  if (type === null) return UNDECIDED;
  const { context } = binder;
  // `v%TYPE`
  if (type.of === "type" && type.name.length === 1) {
    const variable: Expr = { kind: "column", name: type.name, span: type.span };
    return bindExpr({ ...newBinder(context), note: () => undefined }, variable, scope, true);
  }
  return variableType(typeRef(context, type));
}

function bindPlpgsql(binder: Binder, statement: PlStatement, scope: Scope): void {
  const expr = (each: Expr | null): TypeRef =>
    each === null ? UNDECIDED : bindExpr(binder, each, scope, true);
  const query = (each: Statement | null): void => {
    if (each !== null) bindAny(binder, each, scope);
  };
  const all = (list: readonly PlStatement[], inside: Scope = scope): void => {
    for (const each of list) bindPlpgsql(binder, each, inside);
  };
  const dynamic = (each: DynamicQuery | null): void => {
    if (each === null) return;
    expr(each.query);
    for (const value of each.using) expr(value);
  };
  switch (statement.kind) {
    case "block": {
      const inside = emptyScope(scope);
      for (const declared of statement.declarations) {
        const given = declared.default === null ? null : bindExpr(binder, declared.default, inside, true);
        const type = declaredType(binder, declared.type, inside);
        if (given !== null && declared.default !== null)
          binder.noteCast?.(given, type, "assignment", declared.default.span);
        declare(binder, inside, declared.name, type, statement.label);
      }
      all(statement.body, inside);
      for (const handler of statement.handlers) all(handler.body, inside);
      return;
    }
    case "assign": {
      const from = expr(statement.value);
      if (binder.noteCast === undefined || statement.target.span === null) return;
      const { name, span } = statement.target;
      const to = bindExpr(newBinder(binder.context), { kind: "column", name, span }, scope, true);
      binder.noteCast(from, to, "assignment", statement.value.span);
      return;
    }
    case "return":
    case "return-next":
      expr(statement.value);
      return;
    case "if":
      for (const branch of statement.branches) {
        expr(branch.condition);
        all(branch.body);
      }
      all(statement.otherwise);
      return;
    case "case": {
      const subject = expr(statement.subject);
      const whens = statement.branches.flatMap(({ when }) => when.map((each) => operand(each, expr(each))));
      if (statement.subject !== null) noteCase(binder, statement.subject.span, subject, whens);
      for (const branch of statement.branches) all(branch.body);
      all(statement.otherwise ?? []);
      return;
    }
    case "loop":
      all(statement.body);
      return;
    case "while":
      expr(statement.condition);
      all(statement.body);
      return;
    case "for-integer": {
      for (const bound of statement.bounds) expr(bound);
      const inside = emptyScope(scope);
      declare(binder, inside, statement.variable, catalog("int4"), statement.label ?? null);
      all(statement.body, inside);
      return;
    }
    case "for-query":
      query(statement.query);
      all(statement.body);
      return;
    case "for-execute":
      dynamic(statement.dynamic);
      all(statement.body);
      return;
    case "for-cursor":
      // The loop has a record of its own.
      for (const arg of statement.args) expr(arg);
      all(
        statement.body,
        recordsOf(
          binder,
          statement.targets.map(({ name }) => name[0] ?? ""),
          scope,
        ),
      );
      return;
    case "foreach":
      expr(statement.array);
      all(statement.body);
      return;
    case "exit":
    case "continue":
      expr(statement.condition);
      return;
    case "return-query":
      query(statement.query);
      return;
    case "return-query-execute":
    case "execute":
      dynamic(statement.dynamic);
      return;
    case "raise":
      for (const param of statement.params) expr(param);
      for (const option of statement.options) expr(option.value);
      return;
    case "assert":
      expr(statement.condition);
      expr(statement.message);
      return;
    case "sql":
      query(statement.statement);
      return;
    case "open":
      query(statement.query);
      dynamic(statement.dynamic);
      for (const arg of statement.args) expr(arg);
      return;
    // A procedure is looked for among procedures.
    case "call":
    case "fetch":
    case "close":
    case "get-diagnostics":
    case "commit":
    case "rollback":
    case "null":
      return;
  }
}

function recordsOf(binder: Binder, names: readonly string[], outer: Scope): Scope {
  const scope = emptyScope(outer);
  for (const name of names) declare(binder, scope, name, UNDECIDED, null);
  return scope;
}
