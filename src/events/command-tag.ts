import type { Node } from "@pgsql/types";

/** Tags that do not follow from the name of the node. */
const TAGS: Readonly<Record<string, string>> = {
  AlterDefaultPrivilegesStmt: "ALTER DEFAULT PRIVILEGES",
  AlterDatabaseSetStmt: "ALTER DATABASE",
  AlterDatabaseRefreshCollStmt: "ALTER DATABASE",
  AlterEnumStmt: "ALTER TYPE",
  AlterEventTrigStmt: "ALTER EVENT TRIGGER",
  AlterExtensionContentsStmt: "ALTER EXTENSION",
  AlterFdwStmt: "ALTER FOREIGN DATA WRAPPER",
  AlterForeignServerStmt: "ALTER SERVER",
  AlterOpFamilyStmt: "ALTER OPERATOR FAMILY",
  AlterRoleSetStmt: "ALTER ROLE",
  AlterSeqStmt: "ALTER SEQUENCE",
  AlterStatsStmt: "ALTER STATISTICS",
  AlterTSConfigurationStmt: "ALTER TEXT SEARCH CONFIGURATION",
  AlterTSDictionaryStmt: "ALTER TEXT SEARCH DICTIONARY",
  AlterTableMoveAllStmt: "ALTER TABLE",
  AlterTableSpaceOptionsStmt: "ALTER TABLESPACE",
  CheckPointStmt: "CHECKPOINT",
  ClosePortalStmt: "CLOSE CURSOR",
  CompositeTypeStmt: "CREATE TYPE",
  ConstraintsSetStmt: "SET CONSTRAINTS",
  CreateAmStmt: "CREATE ACCESS METHOD",
  CreateEnumStmt: "CREATE TYPE",
  CreateEventTrigStmt: "CREATE EVENT TRIGGER",
  CreateFdwStmt: "CREATE FOREIGN DATA WRAPPER",
  CreateForeignServerStmt: "CREATE SERVER",
  CreateOpClassStmt: "CREATE OPERATOR CLASS",
  CreateOpFamilyStmt: "CREATE OPERATOR FAMILY",
  CreatePLangStmt: "CREATE LANGUAGE",
  CreateRangeStmt: "CREATE TYPE",
  CreateSeqStmt: "CREATE SEQUENCE",
  CreateStatsStmt: "CREATE STATISTICS",
  CreateStmt: "CREATE TABLE",
  CreateTableSpaceStmt: "CREATE TABLESPACE",
  CreateTrigStmt: "CREATE TRIGGER",
  CreatedbStmt: "CREATE DATABASE",
  DropTableSpaceStmt: "DROP TABLESPACE",
  DropdbStmt: "DROP DATABASE",
  ImportForeignSchemaStmt: "IMPORT FOREIGN SCHEMA",
  RuleStmt: "CREATE RULE",
  SecLabelStmt: "SECURITY LABEL",
  VariableShowStmt: "SHOW",
  ViewStmt: "CREATE VIEW",
};

/** PostgreSQL's command tag of a utility statement, in upper case. */
export function commandTag(node: Node): string {
  if ("VariableSetStmt" in node)
    return node.VariableSetStmt.kind?.startsWith("VAR_RESET") === true ? "RESET" : "SET";
  if ("GrantStmt" in node) return node.GrantStmt.is_grant === true ? "GRANT" : "REVOKE";
  if ("GrantRoleStmt" in node) return node.GrantRoleStmt.is_grant === true ? "GRANT ROLE" : "REVOKE ROLE";
  if ("CreateFunctionStmt" in node) {
    return node.CreateFunctionStmt.is_procedure === true ? "CREATE PROCEDURE" : "CREATE FUNCTION";
  }
  if ("AlterFunctionStmt" in node) return `ALTER ${objectWords(node.AlterFunctionStmt.objtype)}`;
  if ("CreateTableAsStmt" in node) {
    const { objtype, is_select_into } = node.CreateTableAsStmt;
    if (is_select_into === true) return "SELECT INTO";
    return objtype === "OBJECT_MATVIEW" ? "CREATE MATERIALIZED VIEW" : "CREATE TABLE AS";
  }
  if ("DropStmt" in node) return `DROP ${objectWords(node.DropStmt.removeType)}`;
  if ("AlterTableStmt" in node) return `ALTER ${objectWords(node.AlterTableStmt.objtype)}`;
  if ("RenameStmt" in node) return `ALTER ${objectWords(renamed(node.RenameStmt))}`;
  if ("AlterOwnerStmt" in node) return `ALTER ${objectWords(node.AlterOwnerStmt.objectType)}`;
  if ("AlterObjectSchemaStmt" in node) return `ALTER ${objectWords(node.AlterObjectSchemaStmt.objectType)}`;
  if ("AlterObjectDependsStmt" in node) return `ALTER ${objectWords(node.AlterObjectDependsStmt.objectType)}`;
  if ("DefineStmt" in node) return `CREATE ${objectWords(node.DefineStmt.kind)}`;
  if ("TransactionStmt" in node) return transactionTag(node.TransactionStmt.kind);
  if ("DiscardStmt" in node)
    return `DISCARD ${(node.DiscardStmt.target ?? "").replace("DISCARD_", "")}`.trim();
  if ("FetchStmt" in node) return node.FetchStmt.ismove === true ? "MOVE" : "FETCH";
  if ("VacuumStmt" in node) return node.VacuumStmt.is_vacuumcmd === true ? "VACUUM" : "ANALYZE";
  if ("LockStmt" in node) return "LOCK TABLE";
  if ("TruncateStmt" in node) return "TRUNCATE TABLE";
  if ("RefreshMatViewStmt" in node) return "REFRESH MATERIALIZED VIEW";
  if ("IndexStmt" in node) return "CREATE INDEX";
  const kind = Object.keys(node)[0] ?? "";
  return TAGS[kind] ?? spaced(kind.replace(/Stmt$/, ""));
}

/** A renamed column is a change of its table. */
function renamed(rename: {
  readonly renameType?: string;
  readonly relationType?: string;
}): string | undefined {
  const part = ["OBJECT_COLUMN", "OBJECT_ATTRIBUTE", "OBJECT_TABCONSTRAINT"].includes(
    rename.renameType ?? "",
  );
  return part ? rename.relationType : rename.renameType;
}

const OBJECT_WORDS: Readonly<Record<string, string>> = {
  OBJECT_ACCESS_METHOD: "ACCESS METHOD",
  OBJECT_DOMCONSTRAINT: "DOMAIN",
  OBJECT_FDW: "FOREIGN DATA WRAPPER",
  OBJECT_FOREIGN_SERVER: "SERVER",
  OBJECT_LARGEOBJECT: "LARGE OBJECT",
  OBJECT_MATVIEW: "MATERIALIZED VIEW",
  OBJECT_OPCLASS: "OPERATOR CLASS",
  OBJECT_OPFAMILY: "OPERATOR FAMILY",
  OBJECT_STATISTIC_EXT: "STATISTICS",
  OBJECT_TABCONSTRAINT: "TABLE",
  OBJECT_TSCONFIGURATION: "TEXT SEARCH CONFIGURATION",
  OBJECT_TSDICTIONARY: "TEXT SEARCH DICTIONARY",
  OBJECT_TSPARSER: "TEXT SEARCH PARSER",
  OBJECT_TSTEMPLATE: "TEXT SEARCH TEMPLATE",
};

function objectWords(type: string | undefined): string {
  if (type === undefined) return "OBJECT";
  return OBJECT_WORDS[type] ?? type.replace("OBJECT_", "").replaceAll("_", " ");
}

function transactionTag(kind: string | undefined): string {
  switch (kind) {
    case "TRANS_STMT_START":
      return "START TRANSACTION";
    case "TRANS_STMT_ROLLBACK":
    case "TRANS_STMT_ROLLBACK_TO":
      return "ROLLBACK";
    case "TRANS_STMT_PREPARE":
      return "PREPARE TRANSACTION";
    case "TRANS_STMT_COMMIT_PREPARED":
      return "COMMIT PREPARED";
    case "TRANS_STMT_ROLLBACK_PREPARED":
      return "ROLLBACK PREPARED";
    default:
      return (kind ?? "TRANS_STMT_BEGIN").replace("TRANS_STMT_", "");
  }
}

/** `DropOwned` → `DROP OWNED`. */
function spaced(kind: string): string {
  return kind.replace(/([a-z])([A-Z])/g, "$1 $2").toUpperCase();
}
