/** Operators, casts and extensions. */
import type { CreateCastStmt, CreateExtensionStmt, DefineStmt, DropStmt, Node } from "@pgsql/types";
import { booleanArg, defElems, nameOf, type StatementText, stringsOf, textArg, unplacedName } from "./ast.ts";
import type { Event, EventOf } from "./event.ts";
import { routineRef } from "./routines.ts";
import type { Name, TypeName } from "./tree.ts";
import { typeNameOf } from "./tree-from-ast.ts";

export function createOperator(node: DefineStmt, statement: StatementText): EventOf<"create-operator"> {
  const options = defElems(node.definition);
  const arg = (name: string): Node | undefined =>
    options.find((option) => option.defname?.toLowerCase() === name)?.arg;
  const type = (name: string): TypeName | null => {
    const value = arg(name);
    return value !== undefined && "TypeName" in value ? typeNameOf(value.TypeName, statement.text) : null;
  };
  const named = (name: string): Name => nameOf(arg(name));
  const own = named("function");
  const routine = own.length > 0 ? own : named("procedure");
  return {
    kind: "create-operator",
    span: statement.span,
    name: unplacedName(stringsOf(node.defnames), statement),
    left: type("leftarg"),
    right: type("rightarg"),
    routine,
    routineSpan: unplacedName(routine, statement).span,
    commutator: named("commutator"),
    negator: named("negator"),
  };
}

export function createCast(node: CreateCastStmt, statement: StatementText): EventOf<"create-cast"> {
  return {
    kind: "create-cast",
    span: statement.span,
    source: typeNameOf(node.sourcetype ?? {}, statement.text),
    target: typeNameOf(node.targettype ?? {}, statement.text),
    context:
      node.context === "COERCION_IMPLICIT"
        ? "implicit"
        : node.context === "COERCION_ASSIGNMENT"
          ? "assignment"
          : "explicit",
    method: node.func !== undefined ? "function" : node.inout === true ? "inout" : "binary",
    routine: node.func === undefined ? null : routineRef(node.func, statement),
  };
}

/** DROP CAST comes as a pair of types, unlike all other objects. */
export function dropCast(node: DropStmt, statement: StatementText): readonly Event[] {
  return (node.objects ?? []).flatMap((object): readonly Event[] => {
    const [source, target] = "List" in object ? (object.List.items ?? []) : [];
    if (source === undefined || target === undefined || !("TypeName" in source) || !("TypeName" in target))
      return [];
    return [
      {
        kind: "drop-cast",
        span: statement.span,
        source: typeNameOf(source.TypeName, statement.text),
        target: typeNameOf(target.TypeName, statement.text),
        ifExists: node.missing_ok === true,
        cascade: node.behavior === "DROP_CASCADE",
      },
    ];
  });
}

export function createExtension(
  node: CreateExtensionStmt,
  statement: StatementText,
): EventOf<"create-extension"> {
  const options = defElems(node.options);
  const cascade = options.find((option) => option.defname === "cascade");
  return {
    kind: "create-extension",
    span: statement.span,
    name: node.extname ?? "",
    schema: textArg(options.find((option) => option.defname === "schema")?.arg),
    ifNotExists: node.if_not_exists === true,
    cascade: cascade !== undefined && booleanArg(cascade.arg),
  };
}
