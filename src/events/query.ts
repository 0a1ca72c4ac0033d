/** SELECT, VALUES and their combinations; which reader takes which statement. */
import type { Node, SelectStmt, WithClause } from "@pgsql/types";
import { stringsOf } from "./ast.ts";
import { readWindow } from "./call.ts";
import { nodesOf, readExpr, readExprs } from "./expression.ts";
import { readFromItems } from "./from-item.ts";
import { readDelete, readInsert, readMerge, readUpdate } from "./modify.ts";
import {
  around,
  closing,
  insideBrackets,
  type Placed,
  place,
  type Range,
  type Reader,
  tokenOf,
  withNames,
  word,
} from "./reader.ts";
import { readTarget } from "./relation.ts";
import { selectRange, statementEnd } from "./statement-range.ts";
import { readTargets } from "./targets.ts";
import type { CommonTable, Expr, Select, Statement } from "./tree.ts";
import { readUtility } from "./utility.ts";

/** Any statement node. */
export function readStatementNode(node: Node, reader: Reader): Placed<Statement> {
  if ("SelectStmt" in node) return readSelect(node.SelectStmt, reader);
  if ("InsertStmt" in node) return readInsert(node.InsertStmt, reader);
  if ("UpdateStmt" in node) return readUpdate(node.UpdateStmt, reader);
  if ("DeleteStmt" in node) return readDelete(node.DeleteStmt, reader);
  if ("MergeStmt" in node) return readMerge(node.MergeStmt, reader);
  if ("ReturnStmt" in node) return readReturn(node.ReturnStmt.returnval, reader);
  if ("RawStmt" in node && node.RawStmt.stmt !== undefined)
    return readStatementNode(node.RawStmt.stmt, reader);
  return readUtility(node, reader);
}

export function isStatementNode(node: Node): boolean {
  return Object.keys(node)[0]?.endsWith("Stmt") === true;
}

/** The query below a sub-select: always a SelectStmt for the parser. */
export function readSelectNode(node: Node | undefined, reader: Reader): Placed<Select> {
  return readSelect(node !== undefined && "SelectStmt" in node ? node.SelectStmt : {}, reader);
}

/** `a UNION b UNION c …` hangs to the left and is read without recursion. */
function readSelect(top: SelectStmt, outer: Reader, isOperand = false): Placed<Select> {
  const { ctes, reader } = readWith(top.withClause, outer);
  if (top.larg === undefined) return readSimple(top, ctes, reader, isOperand);
  const chain = [top];
  let left = top.larg;
  while (left.larg !== undefined && left.withClause === undefined) {
    chain.push(left);
    left = left.larg;
  }
  let placed = readSelect(left, reader, true);
  for (let i = chain.length - 1; i >= 0; i--) {
    const select = chain[i];
    if (select === undefined) continue;
    placed = readSetOperation(select, i === 0 ? ctes : [], placed, reader, i > 0 || isOperand);
  }
  return placed;
}

/** WITH queries, and a reader that sees their names. */
export function readWith(
  clause: WithClause | undefined,
  outer: Reader,
): { readonly ctes: readonly CommonTable[]; readonly reader: Reader } {
  if (clause === undefined) return { ctes: [], reader: outer };
  const recursive = clause.recursive === true;
  const names: string[] = [];
  for (const node of clause.ctes ?? []) {
    if ("CommonTableExpr" in node) names.push(node.CommonTableExpr.ctename ?? "");
  }
  const all = withNames(outer, names);
  const seen = new Set<string>();
  const earlier = { ...outer, scope: { names: seen, outer: outer.scope } };
  const ctes: CommonTable[] = [];
  for (const node of clause.ctes ?? []) {
    if (!("CommonTableExpr" in node)) continue;
    const { ctename: name = "", aliascolnames, ctequery, ctematerialized, location } = node.CommonTableExpr;
    // Without RECURSIVE a query sees only those before it.
    const reader = insideBrackets(recursive ? all : earlier, cteBracket(outer, tokenOf(outer, location)));
    const query = readStatementNode(ctequery ?? { SelectStmt: {} }, reader);
    seen.add(name);
    ctes.push({
      name,
      query: query.node,
      materialized:
        ctematerialized === "CTEMaterializeAlways"
          ? "always"
          : ctematerialized === "CTEMaterializeNever"
            ? "never"
            : "default",
      recursive,
      ...(aliascolnames === undefined ? {} : { columns: stringsOf(aliascolnames) }),
    });
  }
  return { ctes, reader: all };
}

/** The bracket that opens the query after `name (columns) AS NOT MATERIALIZED`. */
function cteBracket(reader: Reader, name: number): number {
  if (name < 0) return -1;
  let at = word(reader, name + 1) === "(" ? closing(reader, name + 1) + 1 : name + 1;
  for (let i = 0; i < 3 && word(reader, at) !== "("; i++) at++;
  return at;
}

type Clauses = Pick<Select, "orderBy" | "limit" | "offset" | "locking">;

interface ReadClauses {
  readonly clauses: Clauses;
  readonly ranges: readonly Range[];
}

/** What can stand after a query in parentheses too. */
function readClauses(select: SelectStmt, reader: Reader): ReadClauses {
  const orderBy = readExprs(select.sortClause, reader);
  const limit = select.limitCount === undefined ? [] : [readExpr(select.limitCount, reader)];
  const offset = select.limitOffset === undefined ? [] : [readExpr(select.limitOffset, reader)];
  return {
    clauses: {
      orderBy: nodesOf(orderBy),
      limit: limit[0]?.node ?? null,
      offset: offset[0]?.node ?? null,
      locking: (select.lockingClause ?? []).length > 0,
    },
    ranges: [...orderBy, ...limit, ...offset],
  };
}

const EMPTY = {
  distinct: false,
  targets: [],
  into: null,
  from: [],
  where: null,
  groupBy: [],
  having: null,
  windows: [],
  values: null,
  setOperation: null,
} as const;

function readSetOperation(
  select: SelectStmt,
  ctes: readonly CommonTable[],
  left: Placed<Select>,
  reader: Reader,
  isOperand: boolean,
): Placed<Select> {
  const right = readSelect(select.rarg ?? {}, reader, true);
  const { clauses, ranges } = readClauses(select, reader);
  let range = around(reader, [left, right, ...ranges]);
  if (select.withClause !== undefined) {
    const first = tokenOf(reader, select.withClause.location);
    range = around(reader, [range], { first, last: first });
  }
  const { first } = range;
  if (first >= 0 && (!isOperand || word(reader, first - 1) === "(")) {
    range = { first, last: statementEnd(reader, range.last, false) };
  }
  const operator =
    select.op === "SETOP_INTERSECT" ? "intersect" : select.op === "SETOP_EXCEPT" ? "except" : "union";
  return place(reader, range, (span) => ({
    kind: "select",
    span,
    ctes,
    ...EMPTY,
    ...clauses,
    setOperation: { operator, all: select.all === true, left: left.node, right: right.node },
  }));
}

function readSimple(
  select: SelectStmt,
  ctes: readonly CommonTable[],
  reader: Reader,
  isOperand: boolean,
): Placed<Select> {
  const from = readFromItems(select.fromClause, reader);
  const targets = readTargets(select.targetList, starReader(select, from, reader));
  const where = select.whereClause === undefined ? null : readExpr(select.whereClause, reader);
  const { clauses, ranges } = readClauses(select, reader);
  const values = select.valuesLists?.map((row) => readExprs("List" in row ? row.List.items : [row], reader));
  const range = selectRange(
    select,
    { from, values: values?.[0] ?? [], targets: targets.ranges, where, clauses: ranges },
    isOperand,
    reader,
  );
  const into = select.intoClause?.rel;
  return place(reader, range, (span) => ({
    kind: "select",
    span,
    ctes,
    distinct: distinctOf(select.distinctClause, reader),
    targets: targets.nodes,
    into: into === undefined ? null : readTarget(into, reader).node,
    from: nodesOf(from),
    where: where?.node ?? null,
    groupBy: nodesOf(readExprs(select.groupClause, reader)),
    having: select.havingClause === undefined ? null : readExpr(select.havingClause, reader).node,
    windows: windowsOf(select.windowClause, reader),
    ...clauses,
    values: values === undefined ? null : values.map((row) => nodesOf(row)),
    setOperation: null,
  }));
}

/** The `*` of `TABLE t` stands nowhere: it is where the table is. */
function starReader(select: SelectStmt, from: readonly Range[], reader: Reader): Reader {
  const [target] = select.targetList ?? [];
  const whole = from[0];
  const isTable = target !== undefined && "ResTarget" in target && target.ResTarget.location === -1;
  return isTable && whole !== undefined && whole.first >= 0 ? { ...reader, whole } : reader;
}

/** Plain DISTINCT is a list with one empty node. */
function distinctOf(clause: readonly Node[] | undefined, reader: Reader): boolean | readonly Expr[] {
  if (clause === undefined || clause.length === 0) return false;
  const on = clause.filter((node) => Object.keys(node).length > 0);
  return on.length === 0 ? true : nodesOf(readExprs(on, reader));
}

function windowsOf(clause: readonly Node[] | undefined, reader: Reader): readonly Expr[] {
  return (clause ?? []).flatMap((node) => ("WindowDef" in node ? readWindow(node.WindowDef, reader) : []));
}

/** RETURN expression as the body of a function: a query of one value. */
function readReturn(value: Node | undefined, reader: Reader): Placed<Select> {
  const placed = value === undefined ? null : readExpr(value, reader);
  const inner = placed === null ? reader.whole : around(reader, [placed]);
  const range = inner.first > 0 ? { first: inner.first - 1, last: inner.last } : inner;
  return place(reader, range, (span) => ({
    kind: "select",
    span,
    ctes: [],
    ...EMPTY,
    targets: placed === null ? [] : [{ name: null, value: placed.node }],
    orderBy: [],
    limit: null,
    offset: null,
    locking: false,
  }));
}
