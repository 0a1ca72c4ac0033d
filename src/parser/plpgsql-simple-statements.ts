import { toSource, toSourceEnd } from "../text/mapped-text.ts";
import { fitted } from "../text/shared.ts";
import type {
  JsonExecute,
  JsonOpen,
  JsonRaise,
  JsonReturn,
  JsonReturnQuery,
  JsonSql,
  JsonStatement,
} from "./plpgsql-json.ts";
import {
  accept,
  expect,
  nextIs,
  OutOfStep,
  seek,
  skipTo,
  spanOf,
  startOf,
  takeIdentifier,
} from "./plpgsql-tokens.ts";
import type { Fragment, PlacedKind } from "./plpgsql-tree.ts";
import {
  fragmentOf,
  fragmentOfMatch,
  takeArguments,
  takeDynamic,
  takeFragment,
  takeInto,
  takeMatch,
  takeParams,
  takeUntil,
  takeVariable,
  type Walk,
} from "./plpgsql-walk.ts";

/** Statements that hold no others. */
type Simple = Exclude<
  JsonStatement,
  | { readonly PLpgSQL_stmt_block: unknown }
  | { readonly PLpgSQL_stmt_if: unknown }
  | { readonly PLpgSQL_stmt_case: unknown }
  | { readonly PLpgSQL_stmt_loop: unknown }
  | { readonly PLpgSQL_stmt_while: unknown }
  | { readonly PLpgSQL_stmt_fori: unknown }
  | { readonly PLpgSQL_stmt_fors: unknown }
  | { readonly PLpgSQL_stmt_dynfors: unknown }
  | { readonly PLpgSQL_stmt_forc: unknown }
  | { readonly PLpgSQL_stmt_foreach_a: unknown }
>;

/** A statement that holds no others, from its first token to its last; its `;` comes next. */
export function placeSimple(walk: Walk, statement: Simple): PlacedKind {
  if ("PLpgSQL_stmt_assign" in statement) return assignment(walk, statement.PLpgSQL_stmt_assign.expr);
  if ("PLpgSQL_stmt_exit" in statement) {
    const { is_exit, cond } = statement.PLpgSQL_stmt_exit;
    const kind = is_exit === true ? "exit" : "continue";
    expect(walk, kind);
    const target = nextIs(walk, "when", ";") ? null : takeIdentifier(walk);
    const condition = cond !== undefined && accept(walk, "when") ? takeFragment(walk, cond) : null;
    return { kind, target, condition };
  }
  if ("PLpgSQL_stmt_return" in statement) {
    expect(walk, "return");
    return { kind: "return", value: returned(walk, statement.PLpgSQL_stmt_return) };
  }
  if ("PLpgSQL_stmt_return_next" in statement) {
    expect(walk, "return", "next");
    return { kind: "return-next", value: returned(walk, statement.PLpgSQL_stmt_return_next) };
  }
  if ("PLpgSQL_stmt_return_query" in statement) return returnQuery(walk, statement.PLpgSQL_stmt_return_query);
  if ("PLpgSQL_stmt_raise" in statement) return raise(walk, statement.PLpgSQL_stmt_raise);
  if ("PLpgSQL_stmt_assert" in statement) {
    const { cond, message } = statement.PLpgSQL_stmt_assert;
    expect(walk, "assert");
    const condition = takeFragment(walk, cond);
    return {
      kind: "assert",
      condition,
      message: message !== undefined && accept(walk, ",") ? takeFragment(walk, message) : null,
    };
  }
  if ("PLpgSQL_stmt_execsql" in statement) return sql(walk, statement.PLpgSQL_stmt_execsql);
  if ("PLpgSQL_stmt_perform" in statement) {
    const query = perform(walk, statement.PLpgSQL_stmt_perform.expr.PLpgSQL_expr.query);
    return { kind: "sql", statement: query, into: [], strict: false, discard: true };
  }
  if ("PLpgSQL_stmt_call" in statement) {
    const { expr } = statement.PLpgSQL_stmt_call;
    if (accept(walk, "call")) return { kind: "call", call: takeUntil(walk, ";") };
    return { kind: "sql", statement: takeFragment(walk, expr), into: [], strict: false, discard: false };
  }
  if ("PLpgSQL_stmt_dynexecute" in statement) return execute(walk, statement.PLpgSQL_stmt_dynexecute);
  if ("PLpgSQL_stmt_open" in statement) return open(walk, statement.PLpgSQL_stmt_open);
  if ("PLpgSQL_stmt_fetch" in statement) return fetchOrMove(walk);
  if ("PLpgSQL_stmt_close" in statement) {
    expect(walk, "close");
    return { kind: "close", cursor: takeIdentifier(walk) };
  }
  if ("PLpgSQL_stmt_getdiag" in statement) return getDiagnostics(walk);
  const kind = "PLpgSQL_stmt_commit" in statement ? "commit" : "rollback";
  expect(walk, kind);
  skipTo(walk, ";");
  return { kind };
}

/** `v := e`, `r.f = e`, `a[i].f := e`; the parser repeats it whole. */
function assignment(walk: Walk, expr: { readonly PLpgSQL_expr: { readonly query: string } }): PlacedKind {
  const whole = { ...walk };
  const { end } = takeMatch(whole, expr.PLpgSQL_expr.query);
  const target = takeVariable(walk);
  skipTo(walk, ":=", "=");
  walk.at++;
  const start = startOf(walk.tokens, walk.at);
  if (start >= end) throw new OutOfStep("an expression", start);
  walk.at = whole.at;
  return { kind: "assign", target, value: fragmentOf(walk, { start, end }) };
}

/** The value of RETURN [NEXT]; of a plain variable the parser gives only a number. */
function returned(walk: Walk, statement: JsonReturn): Fragment | null {
  if (statement.expr !== undefined) return takeFragment(walk, statement.expr);
  return nextIs(walk, ";") ? null : takeUntil(walk, ";");
}

function returnQuery(walk: Walk, statement: JsonReturnQuery): PlacedKind {
  expect(walk, "return", "query");
  if (statement.query !== undefined)
    return { kind: "return-query", query: takeFragment(walk, statement.query) };
  if (statement.dynquery === undefined) throw new OutOfStep("a query", startOf(walk.tokens, walk.at));
  expect(walk, "execute");
  return {
    kind: "return-query-execute",
    dynamic: takeDynamic(walk, statement.dynquery, statement.params ?? []),
  };
}

const RAISE_OPTIONS = [
  "errcode",
  "message",
  "detail",
  "hint",
  "column",
  "constraint",
  "datatype",
  "table",
  "schema",
];

function raise(walk: Walk, statement: JsonRaise): PlacedKind {
  expect(walk, "raise");
  skipTo(walk, ",", "using", ";");
  const params = accept(walk, ",") ? takeParams(walk, statement.params ?? []) : [];
  const options = (statement.options ?? []).map(({ PLpgSQL_raise_option: option }) => {
    if (!accept(walk, "using")) expect(walk, ",");
    walk.at++;
    if (!accept(walk, ":=")) expect(walk, "=");
    return { name: RAISE_OPTIONS[option.opt_type ?? 0] ?? "", value: takeFragment(walk, option.expr) };
  });
  return {
    kind: "raise",
    level: raiseLevel(statement.elog_level),
    message: statement.message ?? null,
    condition: statement.condname ?? null,
    params,
    options,
  };
}

function raiseLevel(level: number): "debug" | "log" | "info" | "notice" | "warning" | "exception" {
  if (level <= 14) return "debug";
  if (level <= 16) return "log";
  if (level === 17) return "info";
  if (level === 18) return "notice";
  return level <= 20 ? "warning" : "exception";
}

function sql(walk: Walk, statement: JsonSql): PlacedKind {
  const first = walk.at;
  const match = takeMatch(walk, statement.sqlstmt.PLpgSQL_expr.query);
  const into = statement.into === true ? intoOf(walk, first, match.blanked ? match : null) : null;
  return {
    kind: "sql",
    statement: fragmentOfMatch(walk, match),
    into: into?.into ?? [],
    strict: into?.strict ?? false,
    discard: false,
  };
}

/** INTO inside a statement, where the parser's text has blanks, or after all the rest. */
function intoOf(walk: Walk, first: number, blanked: { start: number; text: string } | null) {
  if (blanked === null) return takeInto(walk);
  const inside = { ...walk, at: first };
  const text = Buffer.from(blanked.text, "utf8");
  const { bytes } = walk.tokens;
  let at = 0;
  while (at < text.length && text[at] === bytes[blanked.start + at]) at++;
  seek(inside, blanked.start + at);
  return takeInto(inside);
}

/** PERFORM x: for the parser it is SELECT x. */
function perform(walk: Walk, query: string): Fragment {
  const { tokens, body } = walk;
  const keyword = spanOf(tokens, walk.at, walk.at);
  expect(walk, "perform");
  const value = startOf(tokens, walk.at);
  const { end } = takeMatch(walk, query.slice("SELECT".length), keyword.end);
  const rest = { start: value, end };
  const { text, span } = fragmentOf(walk, rest);
  const ahead = "SELECT ".length;
  const map = [0, toSource(body.map, keyword.start), ahead - 1, toSourceEnd(body.map, keyword.end)];
  for (let k = 0; k < text.map.length; k += 2) map.push((text.map[k] ?? 0) + ahead, text.map[k + 1] ?? 0);
  return {
    text: { text: `SELECT ${text.text}`, map },
    span: { start: toSource(body.map, keyword.start), end: span.end },
  };
}

function execute(walk: Walk, statement: JsonExecute): PlacedKind {
  expect(walk, "execute");
  const query = takeFragment(walk, statement.query);
  let using: readonly Fragment[] = [];
  let target: ReturnType<typeof takeInto> = null;
  while (nextIs(walk, "into", "using")) {
    if (accept(walk, "using")) using = takeParams(walk, statement.params ?? []);
    else target = takeInto(walk);
  }
  return {
    kind: "execute",
    dynamic: { query, using },
    into: target?.into ?? [],
    strict: target?.strict ?? false,
  };
}

function open(walk: Walk, statement: JsonOpen): PlacedKind {
  expect(walk, "open");
  const cursor = takeIdentifier(walk);
  accept(walk, "no");
  accept(walk, "scroll");
  if (!accept(walk, "for"))
    return { kind: "open", cursor, query: null, dynamic: null, args: takeArguments(walk) };
  if (statement.query !== undefined) {
    return { kind: "open", cursor, query: takeFragment(walk, statement.query), dynamic: null, args: [] };
  }
  if (statement.dynquery === undefined) throw new OutOfStep("a query", startOf(walk.tokens, walk.at));
  expect(walk, "execute");
  const dynamic = takeDynamic(walk, statement.dynquery, statement.params ?? []);
  return { kind: "open", cursor, query: null, dynamic, args: [] };
}

/** FETCH [direction [FROM | IN]] cursor INTO …: the cursor is the last name before INTO. */
function fetchOrMove(walk: Walk): PlacedKind {
  const move = accept(walk, "move");
  if (!move) expect(walk, "fetch");
  skipTo(walk, "into", ";");
  walk.at--;
  const cursor = takeIdentifier(walk);
  return { kind: "fetch", cursor, move, into: takeInto(walk)?.into ?? [] };
}

function getDiagnostics(walk: Walk): PlacedKind {
  expect(walk, "get");
  const stacked = accept(walk, "stacked");
  if (!stacked) accept(walk, "current");
  expect(walk, "diagnostics");
  const items = [];
  do {
    const target = takeVariable(walk);
    if (!accept(walk, ":=")) expect(walk, "=");
    items.push({ target, item: takeIdentifier(walk) });
  } while (accept(walk, ","));
  return { kind: "get-diagnostics", stacked, items: fitted(items) };
}
