/**
 * Spans proved by reading again: the text of an expression's or query's span, read on its own, must give the same tree.
 * A span that is too short, too long or cuts a bracket gives another tree or none.
 */
import { describe, expect, test } from "vitest";
import type { Expr, Statement } from "../../src/events/tree.ts";
import { readExpression } from "../../src/events/tree-from-ast.ts";
import { verbatim } from "../../src/text/mapped-text.ts";
import type { Span } from "../../src/text/span.ts";
import { STATEMENTS } from "./statements.ts";
import { cut, everything, parser, read, shape } from "./tree-helpers.ts";

const PARTS_ONLY = ["SetToDefault", "CurrentOfExpr", "GroupingSet", "MultiAssignRef", "MergeSupportFunc"];

/** Expressions whose text is one: not keywords, part of a construct, or a value that is not written at all. */
function alone(sql: string, exprs: readonly Expr[], statements: readonly Statement[]): readonly Expr[] {
  // NOT around IN or IS DOCUMENT, and a cast around a JSON constructor, have the place of what they are around.
  const taken = new Set(statements.map((statement) => key(statement.span)));
  return exprs.filter((expr) => {
    const text = cut(sql, expr.span);
    if (taken.has(key(expr.span)) || text === "ALL" || /\bREPEATABLE\b/.test(text) || /^\[/.test(text))
      return false;
    taken.add(key(expr.span));
    switch (expr.kind) {
      case "string":
        return /^(?:[EU]&?)?'|^\$/i.test(text);
      case "column":
        return expr.name.at(-1) !== "*" || text.endsWith("*");
      case "call":
        return !["like_escape", "similar_to_escape"].includes(expr.name.at(-1) ?? "");
      case "operator":
        // ORDER BY a USING >
        return !/^\w+ USING /.test(text);
      case "other":
        return !PARTS_ONLY.includes(expr.what);
      default:
        return true;
    }
  });
}

function key(span: Span): string {
  return `${span.start}-${span.end}`;
}

/** Whether a name is that of a WITH query further out does not show in a query's own text. */
function withoutScope(tree: unknown): unknown {
  return JSON.parse(
    JSON.stringify(shape(tree), (name, value: unknown) => (name === "cte" ? undefined : value)),
  );
}

describe("each expression's text reads as that expression", () => {
  test.each(STATEMENTS)("%s", (sql) => {
    const { exprs, statements } = everything(read(sql));
    for (const expr of alone(sql, exprs, statements)) {
      const text = cut(sql, expr.span);
      const again = readExpression(verbatim(text, 0), parser);
      expect({ text, tree: withoutScope(again) }).toEqual({ text, tree: withoutScope(expr) });
    }
  });
});

describe("each statement's text reads as that statement", () => {
  test.each(STATEMENTS)("%s", (sql) => {
    for (const statement of everything(read(sql)).statements) {
      const text = cut(sql, statement.span);
      expect({ text, tree: withoutScope(read(text)) }).toEqual({ text, tree: withoutScope(statement) });
    }
  });
});

describe("parts lie inside the whole", () => {
  test.each(STATEMENTS)("%s", (sql) => {
    const outside: string[] = [];
    for (const outer of everything(read(sql)).statements) {
      const met = everything(outer);
      for (const part of [...met.exprs, ...met.relations, ...met.types, ...met.statements]) {
        const inside = outer.span.start <= part.span.start && part.span.end <= outer.span.end;
        if (!inside) outside.push(`${cut(sql, part.span)} is not in ${cut(sql, outer.span)}`);
      }
    }
    expect(outside).toEqual([]);
  });
});

describe("names stand where their spans say", () => {
  test.each(STATEMENTS)("%s", (sql) => {
    const met = everything(read(sql));
    for (const relation of met.relations) expect(names(cut(sql, relation.span))).toEqual(relation.name);
    for (const call of met.calls) {
      if (!call.grammar) expect(names(cut(sql, call.nameSpan))).toEqual(call.name);
    }
  });
});

/** A dotted name as PostgreSQL folds it. */
function names(text: string): readonly string[] {
  const parts: string[] = [];
  const clean = text.replace(/\/\*.*?\*\/|--[^\n]*\n?/gs, " ");
  for (const match of clean.matchAll(/"((?:[^"]|"")*)"|([^\s."]+)/g)) {
    parts.push(match[1]?.replaceAll('""', '"') ?? match[2]?.toLowerCase() ?? "");
  }
  return parts;
}
