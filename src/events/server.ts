/** Statements about the server and its databases. */
import type { AlterSystemStmt, CreatedbStmt } from "@pgsql/types";
import { defElems, type StatementText, spanFrom, textArg } from "./ast.ts";
import type { EventOf } from "./event.ts";
import { setStart, settingChange } from "./settings.ts";

export function alterSystem(node: AlterSystemStmt, statement: StatementText): EventOf<"alter-system"> {
  return {
    kind: "alter-system",
    span: statement.span,
    setting: settingChange(node.setstmt ?? {}, statement, setStart(statement)),
  };
}

export function createDatabase(node: CreatedbStmt, statement: StatementText): EventOf<"create-database"> {
  const owner = defElems(node.options).find((option) => option.defname === "owner");
  const name = textArg(owner?.arg);
  return {
    kind: "create-database",
    span: statement.span,
    name: node.dbname ?? "",
    owner: name === null ? null : { kind: "role", name, span: spanFrom(statement, owner?.location, 2) },
  };
}
