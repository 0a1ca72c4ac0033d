/** Names that code looks up when it runs, unqualified: which of them a caller can put something in the way of. */
import type { Event } from "../events/event.ts";
import { joinOperators, operatorNames } from "../events/operator-names.ts";
import type { Body, Call, Expr, Name, Statement, TypeName } from "../events/tree.ts";
import { type Visitor, walkBody, walkStatement } from "../events/walk.ts";
import type { Span } from "../text/span.ts";
import { remembered } from "./remembered.ts";

export interface Reference {
  readonly kind: "relation" | "type" | "function" | "operator" | "runtime-name";
  readonly name: Name;
  readonly span: Span;
}

/** Unqualified names in a body, in the order of the text. */
export interface UnqualifiedNames {
  /** Relations and types: looked for in pg_temp first when the path does not list it. */
  readonly temporary: readonly Reference[];
  /** The types among them. */
  readonly types: readonly Reference[];
  /** Functions and operators, those that IN, BETWEEN, CASE, USING and the like look up too: never looked for in pg_temp. */
  readonly callable: readonly Reference[];
  /** Relation names that are data, resolved when the call runs: `nextval('s')`, `x::regclass`. Null: not a constant. */
  readonly runtime: readonly (Reference & { readonly constant: string | null })[];
  /** Where the body itself sets search_path, or null. */
  readonly setsPath: Span | null;
  /** All calls, qualified or not. */
  readonly calls: readonly Call[];
}

/** Types that PL/pgSQL and the grammar take by themselves; a temporary object of that name only makes the call fail. */
const NOT_LOOKED_UP: ReadonlySet<string> = new Set(["record", "void", "trigger", "any", "anyelement"]);

const REGISTERED: ReadonlySet<string> = new Set([
  "regclass",
  "regproc",
  "regprocedure",
  "regtype",
  "regoper",
  "regoperator",
  "regrole",
  "regnamespace",
]);
const NAME_FUNCTIONS: ReadonlySet<string> = new Set([
  "nextval",
  "currval",
  "setval",
  "to_regclass",
  "to_regproc",
  "to_regprocedure",
  "to_regtype",
  "pg_get_serial_sequence",
  "table_to_xml",
  "pg_relation_size",
  "pg_total_relation_size",
]);

/** Collects the unqualified names of a body; `local`: relation names that mean something else here (transition tables). */
export function namesOf(body: Body, local: ReadonlySet<string> = new Set()): UnqualifiedNames {
  const collector = createCollector(local);
  walkBody(body, collector.visitor);
  return collector.names();
}

/** The same for one statement, such as the text of a query template. */
export function namesOfStatement(
  statement: Statement,
  local: ReadonlySet<string> = new Set(),
): UnqualifiedNames {
  const collector = createCollector(local);
  walkStatement(statement, collector.visitor);
  return collector.names();
}

const callsByBody = new WeakMap<Body, readonly Call[]>();

/** All calls in a body, qualified or not, in the order of the text. */
export function callsIn(body: Body): readonly Call[] {
  return remembered(callsByBody, body, () => callsMet((visitor) => walkBody(body, visitor)));
}

/** The calls that a walk meets. */
export function callsMet(walk: (visitor: Visitor) => void): readonly Call[] {
  const calls: Call[] = [];
  walk({ expr: (expr) => void (expr.kind === "call" && calls.push(expr)) });
  return calls;
}

function createCollector(local: ReadonlySet<string>): {
  readonly visitor: Visitor;
  names(): UnqualifiedNames;
} {
  const relations: Reference[] = [];
  const types: Reference[] = [];
  const callable: Reference[] = [];
  const runtime: (Reference & { constant: string | null })[] = [];
  const calls: Call[] = [];
  /** Temporary tables that the code makes itself. */
  const own = new Set<string>(local);
  let setsPath: Span | null = null;

  const runtimeName = (span: Span, name: Name, value: Expr | undefined): void => {
    if (value === undefined) return;
    const constant = constantName(value);
    if (constant !== null && (constant.includes(".") || /^\d+$/.test(constant))) return;
    runtime.push({ kind: "runtime-name", name, span: constant === null ? span : value.span, constant });
  };

  const operators = (names: readonly Name[], span: Span): void => {
    for (const name of names) if (name.length === 1) callable.push({ kind: "operator", name, span });
  };

  const visitor: Visitor = {
    from(item) {
      operators(joinOperators(item), item.span);
    },
    plpgsql(statement) {
      // CASE with a subject compares it as IN does.
      if (statement.kind === "case" && statement.subject !== null) operators([["="]], statement.subject.span);
    },
    relation(relation) {
      if (!relation.cte && relation.name.length === 1) {
        relations.push({ kind: "relation", name: relation.name, span: relation.span });
      }
    },
    type(type) {
      const last = type.name.at(-1) ?? "";
      if (type.of === "type") {
        // `t.c%TYPE` looks up relation t; `v%TYPE` a variable.
        if (type.name.length === 2)
          relations.push({ kind: "relation", name: type.name.slice(0, 1), span: type.span });
      } else if (type.of === "rowtype") {
        if (type.name.length === 1) relations.push({ kind: "relation", name: type.name, span: type.span });
      } else if (type.name.length === 1 && !NOT_LOOKED_UP.has(last)) {
        types.push({ kind: "type", name: type.name, span: type.span });
      }
    },
    expr(expr) {
      switch (expr.kind) {
        case "call": {
          calls.push(expr);
          if (!expr.grammar && expr.name.length === 1) {
            callable.push({ kind: "function", name: expr.name, span: expr.nameSpan });
          }
          const last = expr.name.at(-1) ?? "";
          if (last === "set_config") {
            const setting = expr.args[0]?.value;
            if (setting?.kind === "string" && setting.value.toLowerCase() === "search_path")
              setsPath ??= expr.span;
          }
          if (NAME_FUNCTIONS.has(last) && (expr.name.length === 1 || expr.name[0] === "pg_catalog")) {
            runtimeName(expr.span, expr.name, expr.args[0]?.value);
          }
          return;
        }
        case "operator":
        case "case":
        case "subquery":
          operators(operatorNames(expr), expr.span);
          return;
        case "cast":
          if (REGISTERED.has(expr.type.name.at(-1) ?? "") && expr.operand.kind !== "cast") {
            if (!["regrole", "regnamespace"].includes(expr.type.name.at(-1) ?? "")) {
              runtimeName(expr.span, expr.type.name, expr.operand);
            }
          }
          return;
        default:
          return;
      }
    },
    statement(statement) {
      if (statement.kind !== "utility") return;
      for (const event of statement.events) {
        if (event.kind === "set" && event.setting.name === "search_path") setsPath ??= statement.span;
        const created =
          event.kind === "create-table" || event.kind === "create-table-as" || event.kind === "create-view"
            ? event
            : null;
        if (created?.temporary === true) own.add(created.name.name.at(-1) ?? "");
        for (const { name, span } of namedFunctions(event))
          if (name.length === 1) callable.push({ kind: "function", name, span: span ?? statement.span });
      }
    },
  };
  return {
    visitor,
    names() {
      const seen = relations.filter((reference) => !own.has(reference.name[0] ?? ""));
      const temporary = [...seen, ...types].sort((a, b) => a.span.start - b.span.start);
      return { temporary, types, callable, runtime, setsPath, calls };
    },
  };
}

/** Functions that a statement names without calling them. */
export interface NamedFunction {
  readonly name: Name;
  /** Null: of the whole statement. */
  readonly span: Span | null;
  /** Its arguments' types. Null: any. */
  readonly args: readonly TypeName[] | null;
}

/** The functions of triggers, event triggers, casts, operators and aggregates that are created. */
export function namedFunctions(event: Event): readonly NamedFunction[] {
  switch (event.kind) {
    case "create-trigger":
    case "create-event-trigger":
      return [{ ...event.routine, args: [] }];
    case "create-cast":
      return event.routine === null ? [] : [event.routine];
    case "create-operator": {
      const args = [event.left, event.right].filter((type) => type !== null);
      return [{ name: event.routine, span: event.routineSpan, args }];
    }
    case "create-aggregate":
      return [event.stateFunction, event.finalFunction].flatMap((name) =>
        name === null ? [] : [{ name, span: null, args: null }],
      );
    default:
      return [];
  }
}

function constantName(value: Expr): string | null {
  if (value.kind === "string") return value.value;
  if (value.kind === "cast") return constantName(value.operand);
  return null;
}
