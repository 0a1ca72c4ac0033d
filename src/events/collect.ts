/** Finds what is worth reading in any part of the parser's tree, also in nodes that are not known. */
import type { FuncCall, Node, RangeVar, TypeName as TypeNameNode } from "@pgsql/types";
import { readExpr } from "./expression.ts";
import { isStatementNode, readStatementNode } from "./query.ts";
import type { Placed, Reader } from "./reader.ts";
import { readRelation } from "./relation.ts";
import type { Expr, RelationItem, Statement, TypeName } from "./tree.ts";
import { readTypeName } from "./type-name.ts";

export interface Found {
  readonly exprs: Placed<Expr>[];
  readonly types: Placed<TypeName>[];
  readonly relations: Placed<RelationItem>[];
  readonly statements: Placed<Statement>[];
}

const EXPRESSIONS: ReadonlySet<string> = new Set([
  "ColumnRef",
  "ParamRef",
  "A_Const",
  "A_Expr",
  "TypeCast",
  "FuncCall",
  "CollateClause",
  "A_Indirection",
  "A_ArrayExpr",
  "BoolExpr",
  "NullTest",
  "BooleanTest",
  "CaseExpr",
  "CoalesceExpr",
  "MinMaxExpr",
  "RowExpr",
  "SubLink",
  "SQLValueFunction",
  "XmlExpr",
  "XmlSerialize",
  "JsonIsPredicate",
  "JsonObjectAgg",
  "JsonArrayAgg",
  "JsonFuncExpr",
  "JsonParseExpr",
  "JsonScalarExpr",
  "JsonSerializeExpr",
  "JsonObjectConstructor",
  "JsonArrayConstructor",
  "JsonArrayQueryConstructor",
  "GroupingFunc",
  "MergeSupportFunc",
  "CurrentOfExpr",
]);

/** Expressions, types, relations and statements directly inside a part of the tree, in the order of the text. */
export function collect(part: unknown, reader: Reader): Found {
  const found: Found = { exprs: [], types: [], relations: [], statements: [] };
  const open: unknown[] = [part];
  while (open.length > 0) {
    const value = open.pop();
    if (typeof value !== "object" || value === null) continue;
    if (isNode(value)) readNode(value, reader, found, open);
    else if (isRangeVar(value)) found.relations.push(readRelation(value, reader));
    else if (isTypeName(value)) found.types.push(readTypeName(value, reader));
    else if (isFuncCall(value)) found.exprs.push(readExpr({ FuncCall: value }, reader));
    else for (const member of Object.values(value)) open.push(member);
  }
  found.exprs.sort(inTextOrder);
  found.types.sort(inTextOrder);
  found.relations.sort(inTextOrder);
  found.statements.sort(inTextOrder);
  return found;
}

function readNode(node: Node, reader: Reader, found: Found, open: unknown[]): void {
  const kind = Object.keys(node)[0] ?? "";
  if (EXPRESSIONS.has(kind)) found.exprs.push(readExpr(node, reader));
  else if ("RangeVar" in node) found.relations.push(readRelation(node.RangeVar, reader));
  else if ("TypeName" in node) found.types.push(readTypeName(node.TypeName, reader));
  else if (isStatementNode(node)) found.statements.push(readStatementNode(node, reader));
  else for (const inner of Object.values(node)) for (const member of Object.values(inner)) open.push(member);
}

function inTextOrder(a: Placed<unknown>, b: Placed<unknown>): number {
  return a.first - b.first;
}

/** A node stands in the tree as an object with one member, named for its kind. */
function isNode(value: object): value is Node {
  const keys = Object.keys(value);
  const kind = keys[0];
  return keys.length === 1 && kind !== undefined && /^[A-Z]/.test(kind) && isObject(Object.values(value)[0]);
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

// Where a member can only be of one kind, it stands without the wrapper.
function isRangeVar(value: object): value is RangeVar {
  return "relname" in value && typeof value.relname === "string";
}

function isTypeName(value: object): value is TypeNameNode {
  return "names" in value && Array.isArray(value.names) && "typemod" in value;
}

function isFuncCall(value: object): value is FuncCall {
  return "funcname" in value && Array.isArray(value.funcname) && "funcformat" in value;
}
