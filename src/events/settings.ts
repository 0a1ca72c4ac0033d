import type { VariableSetStmt } from "@pgsql/types";
import { constantText, type StatementText, spanFrom } from "./ast.ts";
import type { SettingChange } from "./event.ts";
import { findWord, wordsSpan } from "./statement-tokens.ts";

const SET_OR_RESET: ReadonlySet<string> = new Set(["set", "reset"]);

/** Byte offset of the first word SET or RESET of a statement. */
export function setStart({ text }: StatementText): number | undefined {
  return findWord(text, SET_OR_RESET)?.start;
}

/** SET and RESET, alone or inside CREATE/ALTER FUNCTION, ROLE, DATABASE. `at`: byte offset of the word SET or RESET. */
export function settingChange(
  set: VariableSetStmt,
  statement: StatementText,
  at: number | undefined,
): SettingChange {
  const name = (set.name ?? "").toLowerCase();
  const values: string[] = [];
  for (const arg of set.args ?? []) {
    const value = constantText(arg);
    if (value !== null) values.push(value);
    // SET TIME ZONE INTERVAL '…' and the like: a value that names no schema and no role.
    else values.push("");
  }
  return { change: changeOf(set.kind), name, values, span: settingSpan(set, statement, at) };
}

function changeOf(kind: VariableSetStmt["kind"]): SettingChange["change"] {
  switch (kind) {
    case "VAR_SET_DEFAULT":
      return "default";
    case "VAR_SET_CURRENT":
      return "current";
    case "VAR_RESET":
      return "reset";
    case "VAR_RESET_ALL":
      return "reset-all";
    default:
      return "set";
  }
}

function settingSpan(
  set: VariableSetStmt,
  statement: StatementText,
  at: number | undefined,
): SettingChange["span"] {
  const start = at ?? 0;
  switch (set.kind) {
    case "VAR_RESET":
      return spanFrom(statement, start, 2);
    case "VAR_RESET_ALL":
      return wordsSpan(statement.text, ["reset", "all"], start) ?? spanFrom(statement, start, 2);
    case "VAR_SET_CURRENT":
    case "VAR_SET_DEFAULT":
      return spanFrom(statement, start, 4);
    default:
      // SET name { = | TO } value [, value …]
      return spanFrom(statement, start, 3 + Math.max(1, 2 * (set.args?.length ?? 1) - 1));
  }
}
