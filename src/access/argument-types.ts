/** Types of simple expressions, as far as they can be read off: for which overload a call means. */
import { displayType } from "../catalog/builtin/index.ts";
import type { Catalog } from "../catalog/catalog.ts";
import type { Relation, Routine } from "../catalog/model.ts";
import type { Body, Expr, Statement, TypeName } from "../events/tree.ts";
import { walkBody, walkStatement } from "../events/walk.ts";

/** As format_type shows it (`character varying`); `literal` for a constant whose type its place decides; null: not known. */
export type SimpleType = string;

export interface TypeReader {
  typeOf(expr: Expr): SimpleType | null;
}

type Names = Map<string, SimpleType | null>;

/** Types of parameters, variables and columns in the code of a routine. */
export function routineTypes(
  catalog: Catalog,
  routine: Routine,
  body: Body,
  path: readonly string[],
): TypeReader {
  const numbers: (SimpleType | null)[] = [];
  for (const { type, mode } of routine.parameters)
    if (mode !== "out" && mode !== "table") numbers.push(catalog.typeName(type));
  return reader(numbers, (names) => {
    for (const { name, type } of routine.parameters) {
      if (name === null) continue;
      const known = catalog.typeName(type);
      names.set(name, known);
      names.set(`${routine.name}.${name}`, known);
    }
    walkBody(body, {
      plpgsql(statement) {
        if (statement.kind !== "block") return;
        for (const { name, type } of statement.declarations)
          names.set(name, type === null ? null : written(type));
      },
      relation(relation) {
        const found = relation.cte ? undefined : catalog.resolveRelation(relation.name, path);
        addColumns(names, catalog, found, relation.alias ?? relation.name.at(-1) ?? "");
      },
    });
  });
}

/** Types of columns in a query. */
export function statementTypes(catalog: Catalog, statement: Statement, path: readonly string[]): TypeReader {
  return reader([], (names) => {
    walkStatement(statement, {
      relation(relation) {
        const found = relation.cte ? undefined : catalog.resolveRelation(relation.name, path);
        addColumns(names, catalog, found, relation.alias ?? relation.name.at(-1) ?? "");
      },
    });
  });
}

/** Types of the columns of one table. */
export function columnTypes(catalog: Catalog, relation: Relation): TypeReader {
  return reader([], (names) => addColumns(names, catalog, relation, relation.name));
}

function addColumns(names: Names, catalog: Catalog, relation: Relation | undefined, alias: string): void {
  for (const { name, type } of relation?.columns ?? []) {
    const known = catalog.typeName(type);
    for (const key of [name, `${alias}.${name}`]) {
      const other = names.get(key);
      // Two things of that name: which one is meant is not decided here.
      names.set(key, other === undefined || other === known ? known : null);
    }
  }
}

function written(type: TypeName): SimpleType | null {
  if (type.of !== undefined) return null;
  const name = type.name.filter((part) => part !== "pg_catalog").join(".");
  return displayType(type.array ? `${name}[]` : name);
}

const SESSION: Readonly<Record<string, SimpleType>> = {
  current_user: "name",
  session_user: "name",
  user: "name",
  current_role: "name",
  current_date: "date",
  current_timestamp: "timestamp with time zone",
};

/** `collect` finds the types of names; that is seldom asked for. */
function reader(numbers: readonly (SimpleType | null)[], collect: (names: Names) => void): TypeReader {
  let names: Names | null = null;
  const named = (name: string): SimpleType | null => {
    if (names === null) {
      names = new Map();
      collect(names);
    }
    return names.get(name) ?? null;
  };
  const typeOf = (expr: Expr): SimpleType | null => {
    switch (expr.kind) {
      case "string":
      case "null":
        return "literal";
      case "number":
        return /^\d{1,9}$/.test(expr.value) ? "integer" : /^\d+$/.test(expr.value) ? null : "numeric";
      case "boolean":
        return "boolean";
      case "cast":
        return written(expr.type);
      case "column":
        return named(expr.name.slice(-2).join("."));
      case "parameter":
        return numbers[expr.number - 1] ?? null;
      case "session-value":
        return SESSION[expr.name] ?? null;
      case "and":
      case "or":
      case "not":
      case "is":
        return "boolean";
      default:
        return null;
    }
  };
  return { typeOf };
}

/** How well a call's arguments are known to fit a signature: no overload fits better than `exact`. */
export function fits(
  args: readonly (SimpleType | null)[],
  signature: readonly SimpleType[],
): "exact" | "inexact" | "unknown" {
  if (args.length !== signature.length) return "inexact";
  let unknown = false;
  for (let i = 0; i < args.length; i++) {
    const type = args[i];
    const wanted = signature[i] ?? "";
    if (/^(any|"any")/.test(wanted)) return "inexact";
    if (type === null || type === undefined) unknown = true;
    else if (type !== "literal" && type !== wanted && type !== wanted.replace(/^.*\./, "")) return "inexact";
  }
  return unknown ? "unknown" : "exact";
}
