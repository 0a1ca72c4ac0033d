import type { Source } from "../text/source.ts";
import type { Problem } from "./types.ts";

interface Dialect {
  readonly name: string;
  /** In the path, between separators. */
  readonly path: RegExp;
  /** In the text of a statement that PostgreSQL refuses. */
  readonly text: RegExp;
  /** In such a statement: no file of PostgreSQL has it, whatever else parses. */
  readonly sure?: RegExp;
}

const DIALECTS: readonly Dialect[] = [
  // Before MySQL, which has table engines too.
  {
    name: "ClickHouse",
    path: /(?:^|[/._-])clickhouse(?:[/._-]|$)/i,
    text: /\bENGINE\s*=?\s*\w*MergeTree\b|\b(?:ON\s+CLUSTER|LowCardinality\s*\(|Nullable\s*\(|DateTime64|CODEC\s*\(|TTL\s+\w|SETTINGS\s+\w+\s*=|IDENTIFIED\s+WITH\s+sha256_|(?:CREATE|ALTER)\s+(?:QUOTA|SETTINGS\s+PROFILE)\b)/i,
  },
  {
    name: "MySQL",
    path: /(?:^|[/._-])(?:mysql|mariadb)(?:[/._-]|$)/i,
    text: /`[^`\r\n]+`|\b(?:ENGINE\s*=|ENGINE\s+(?:InnoDB|MyISAM)\b|AUTO_INCREMENT\b|DELIMITER\b|UNSIGNED\b|(?:UN)?LOCK\s+TABLES\b|ON\s+DUPLICATE\s+KEY\b|DEFAULT\s+CHARSET\b|(?:MEDIUM|LONG)TEXT\b|MODIFY\s+(?:COLUMN\s+)?\w+\s+\w|GROUP_CONCAT\s*\(|INTERVAL\s+\S+\s+(?:MICROSECOND|SECOND|MINUTE|HOUR|DAY|WEEK|MONTH|QUARTER|YEAR)(?:_\w+)?\s*\))/i,
    sure: /^\s*DELIMITER\s/im,
  },
  {
    name: "SAP HANA",
    path: /(?:^|[/._-])hana(?:[/._-]|$)/i,
    text: /\b(?:(?:COLUMN|ROW)\s+TABLE|SET\s+SCHEMA|CS_\w+|IMPORT\s+FROM)\b/i,
    sure: /\bCREATE\s+COLUMN\s+TABLE\b/i,
  },
  {
    name: "Redshift",
    path: /(?:^|[/._-])redshift(?:[/._-]|$)/i,
    text: /\b(?:DISTKEY|SORTKEY|DISTSTYLE|ENCODE\s+\w+|UNLOAD\s*\()/i,
    sure: /\b(?:DISTKEY|SORTKEY)\s*\(|\bDISTSTYLE\s+\w/i,
  },
  {
    name: "DuckDB",
    path: /(?:^|[/._-])duckdb(?:[/._-]|$)/i,
    text: /\b(?:(?:EXPORT|IMPORT)\s+DATABASE|ATTACH\b|TRY_CAST\s*\(|STRUCT_PACK\s*\(|READ_(?:CSV|PARQUET)\w*\s*\(|INTERVAL\s+\S+\s+(?:SECOND|MINUTE|HOUR|DAY|WEEK|MONTH|YEAR)S?\b|EXCLUDE\s*\(|QUALIFY\b)|^\s*\./im,
  },
  {
    name: "MonetDB",
    path: /(?:^|[/._-])monetdb(?:[/._-]|$)/i,
    text: /\bCOPY\s+(?:\d+\s+)?(?:OFFSET\s+\d+\s+)?(?:RECORDS\s+)?INTO\b/i,
    sure: /\bOFFSET\s+\d+\s+RECORDS\s+INTO\b/i,
  },
  {
    name: "H2",
    path: /(?:^|[/._-])h2(?:[/._-]|$)/i,
    text: /\b(?:CREATE\s+ALIAS|AUTO_INCREMENT\b|ENUM\s*\(|MERGE\s+INTO\s+\w+\s*(?:\([^)]*\)\s*)?KEY|LONGVARCHAR\b)/i,
  },
  {
    name: "CockroachDB",
    path: /(?:^|[/._-])(?:cockroach(?:db)?|crdb)(?:[/._-]|$)/i,
    text: /\b(?:FAMILY\s+"|HASH\s+SHARDED|CONFIGURE\s+ZONE|UPSERT\s+INTO|STORING\s*\(|(?:INVERTED|UNIQUE)?\s*INDEX\s+\w+\s*\()/i,
  },
  {
    name: "SQL Server",
    path: /(?:^|[/._-])(?:mssql|sqlserver|tsql)(?:[/._-]|$)/i,
    text: /\[\w+\]|^[ \t]*GO[ \t]*$|\b(?:NVARCHAR|NONCLUSTERED|CLUSTERED|UNIQUEIDENTIFIER|IDENTITY\s*\(\s*\d)|(?:^|[\s(,=])@\w+|\bsp_\w+|\bOBJECT_ID\s*\(|\bGETDATE\s*\(/im,
    sure: /\bSET\s+(?:NOCOUNT|ANSI_NULLS|QUOTED_IDENTIFIER|XACT_ABORT)\s+(?:ON|OFF)\b/i,
  },
  {
    name: "Oracle",
    path: /(?:^|[/._-])(?:oracle|plsql)(?:[/._-]|$)/i,
    text: /\b(?:N?VARCHAR2|SYSDATE|SYSTIMESTAMP|DBMS_\w+|FROM\s+DUAL|PACKAGE\s+(?:BODY\s+)?\w+|EXECUTE\s+IMMEDIATE|NUMBER\s*\(|NOCACHE\b|NOCYCLE\b|OR\s+REPLACE\s+TYPE\b|WITH\s+READ\s+ONLY\b)|^[ \t]*\/[ \t]*$|[\s(]&&?[a-z]\w*\.\./im,
    sure: /\bCREATE\s+(?:OR\s+REPLACE\s+)?(?:EDITIONABLE\s+)?(?:PACKAGE\s+(?:BODY\s+)?[\w.]+\s+(?:AS|IS)\b|TYPE\s+[\w.]+\s+(?:AS|IS)\s+(?:OBJECT|VARRAY|TABLE\s+OF)\b)/i,
  },
  {
    name: "SQLite",
    path: /(?:^|[/._-])(?:sqlite3?)(?:[/._-]|$)/i,
    text: /\b(?:PRAGMA\b|AUTOINCREMENT\b|WITHOUT\s+ROWID\b|VIRTUAL\s+TABLE\b|INSERT\s+OR\s+(?:IGNORE|REPLACE)\b|RAISE\s*\(\s*(?:ABORT|FAIL|IGNORE|ROLLBACK)\b|(?:datetime|strftime)\s*\(\s*')/i,
  },
  {
    name: "BigQuery",
    path: /(?:^|[/._-])bigquery(?:[/._-]|$)/i,
    text: /`[\w-]+(?:\.[\w-]+)+`|\b(?:STRING|INT64|FLOAT64|STRUCT\s*<|ARRAY\s*<)/i,
  },
  {
    name: "Snowflake",
    path: /(?:^|[/._-])snowflake(?:[/._-]|$)/i,
    text: /\b(?:VARIANT|CLUSTER\s+BY|FILE\s+FORMAT|WAREHOUSE|STAGE)\b/i,
  },
  {
    name: "Exasol",
    path: /(?:^|[/._-])exasol(?:[/._-]|$)/i,
    text: /\b(?:DISTRIBUTE\s+BY|(?:LUA|PYTHON3?)\s+SCALAR\s+SCRIPT|HASHTYPE)\b/i,
  },
  {
    name: "Firebird",
    path: /(?:^|[/._-])firebird(?:[/._-]|$)/i,
    text: /\b(?:SET\s+TERM|BLOB\s+SUB_TYPE|EXECUTE\s+BLOCK|RECREATE\s+(?:TABLE|VIEW|PROCEDURE))\b/i,
  },
  {
    name: "Vertica",
    path: /(?:^|[/._-])vertica(?:[/._-]|$)/i,
    text: /\b(?:SEGMENTED\s+BY|KSAFE|ENCODING\s+(?:AUTO|RLE)|(?:UNIQUE|KEY)\s+ENABLED|CREATE\s+PROJECTION)\b/i,
  },
];

/** What only PostgreSQL has. */
const POSTGRES = /\bplpgsql\b|\bcreate\s+extension\b|\brow\s+level\s+security\b|\w::\w/i;

/** Directories named for PostgreSQL: they are not another database's, whatever stands above them. */
const POSTGRES_DIRECTORY = /(?:^|\/)(?:postgres(?:ql)?|pgsql|pg)\//i;

const SAMPLED = 200;
const SAMPLE_BYTES = 4000;
/** So much around where the parser stopped. */
const NEAR = 200;

/**
 * One problem in place of a list of syntax errors, for a file that is plainly not PostgreSQL: at least half of its
 * statements do not parse (any, when its path names the dialect), and half of those look like one other dialect or it
 * stands in a directory with the dialect's name (or, with half of it refused, has that name itself). Where the name is a part
 * of the path's words (`mysql-persistence/`) and nothing is PostgreSQL's alone, one that looks like it is enough. One statement that only that dialect can have is enough, too.
 */
export function otherDialect(source: Source, parsed: number, problems: readonly Problem[]): Problem | null {
  const failed = problems.filter((problem) => problem.kind === "parse-error");
  if (failed.length === 0) return null;
  const sample = failed.slice(0, SAMPLED).map((problem) => {
    const { start, end } = problem.statement ?? problem.span;
    const stop = Math.min(end, start + SAMPLE_BYTES);
    const near = source.bytes.toString(
      "latin1",
      Math.max(stop, problem.span.start - NEAR),
      problem.span.end + NEAR,
    );
    return `${source.bytes.toString("latin1", start, stop)}${near}`;
  });
  const half = failed.length >= parsed;
  let found: Dialect | null = null;
  let most = 0;
  for (const dialect of DIALECTS) {
    const sure = dialect.sure !== undefined && sample.some((text) => dialect.sure?.test(text));
    if (!half && !sure && !dialect.path.test(source.path)) continue;
    const marked = sample.filter((text) => dialect.text.test(text)).length;
    const named = isNamedFor(dialect, source.path, half) || (marked > 0 && isNear(dialect, source));
    const hinted = named || (sure && isNotPostgres(source)) ? sample.length : marked;
    if (hinted > most && 2 * hinted >= sample.length) {
      found = dialect;
      most = hinted;
    }
  }
  const first = failed[0];
  if (found === null || first === undefined) return null;
  return {
    kind: "other-dialect",
    span: first.span,
    statement: { start: 0, end: source.bytes.length },
    message: `looks like ${found.name}, not PostgreSQL: nothing in the file was checked (${first.message})`,
  };
}

function isNear(dialect: Dialect, { path, bytes }: Source): boolean {
  if (!dialect.path.test(path) || POSTGRES_DIRECTORY.test(path)) return false;
  return !/_fdw\b/i.test(path) && isNotPostgres({ bytes });
}

function isNotPostgres({ bytes }: Pick<Source, "bytes">): boolean {
  return !POSTGRES.test(bytes.toString("latin1"));
}

/**
 * Whether a directory of the path is called like the dialect, or, when `half` of the file does not parse, the file is, but for a
 * version: `migrations/mysql/1.sql`, `schema/mysql-1.1.sql`, not `migrations/mysql_fdw.sql`.
 */
function isNamedFor(dialect: Dialect, path: string, half: boolean): boolean {
  const directories = path.slice(0, path.lastIndexOf("/") + 1);
  if (POSTGRES_DIRECTORY.test(directories)) return false;
  const names = directories.split("/");
  if (half) names.push(path.slice(directories.length).replace(/(?:[._-]?v?\d[\d._-]*)?\.sql$/i, ""));
  return names.some((name) => name !== "" && dialect.path.exec(name)?.[0] === name);
}
