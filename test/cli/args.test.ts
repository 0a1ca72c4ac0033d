import { describe, expect, test } from "vitest";
import { parseArguments } from "../../src/cli/args.ts";

const FORMAT_HINT =
  "it can be pretty, concise, json, sarif, github, gitlab, junit, checkstyle, rdjson, markdown";

const nothingExists = () => false;
const everythingExists = () => true;

/** The arguments as one would type them, read where no file exists. */
function parse(line: string) {
  return parseArguments(line === "" ? [] : line.split(" "), nothingExists);
}

const CHECK = {
  kind: "check",
  paths: ["."],
  config: null,
  preset: null,
  stdinFilename: null,
  errorOnUnmatched: true,
  formats: [],
  failOn: null,
  minSeverity: null,
  minConfidence: "low",
  persona: null,
  showUnknown: false,
  showSuppressed: false,
  ignores: true,
  baseline: true,
  cache: true,
  changes: null,
  statistics: false,
  watch: false,
  listFiles: false,
  exitZero: false,
  quiet: false,
  color: null,
};
const CATALOG = {
  kind: "catalog",
  paths: ["."],
  config: null,
  preset: null,
  stdinFilename: null,
  errorOnUnmatched: true,
  format: "json",
  at: null,
};

describe("commands", () => {
  test.each([
    ["", CHECK],
    ["check", CHECK],
    ["a.sql db", { ...CHECK, paths: ["a.sql", "db"] }],
    ["check a.sql", { ...CHECK, paths: ["a.sql"] }],
    ["--format json check a.sql", { ...CHECK, paths: ["a.sql"], formats: [{ format: "json", file: null }] }],
    ["a.sql check", { ...CHECK, paths: ["a.sql", "check"] }],
    ["check rules", { ...CHECK, paths: ["rules"] }],
    ["./rules", { ...CHECK, paths: ["./rules"] }],
    ["-- rules", { ...CHECK, paths: ["rules"] }],
    ["-- --format", { ...CHECK, paths: ["--format"] }],
    ["a.sql a.sql - -", { ...CHECK, paths: ["a.sql", "-"] }],
    ["rules", { kind: "rules", format: "pretty" }],
    ["rules --format json", { kind: "rules", format: "json" }],
    ["explain rls-disabled", { kind: "explain", rule: "rls-disabled" }],
    [
      "baseline --prune db",
      {
        kind: "baseline",
        paths: ["db"],
        config: null,
        preset: null,
        stdinFilename: null,
        errorOnUnmatched: true,
        action: "prune",
        minSeverity: null,
        minConfidence: "low",
        persona: null,
      },
    ],
    ["completion bash", { kind: "completion", shell: "bash" }],
    ["catalog", CATALOG],
    ["catalog db --preset supabase", { ...CATALOG, paths: ["db"], preset: "supabase" }],
    ["catalog --format table --at db/2.sql", { ...CATALOG, format: "table", at: "db/2.sql" }],
    ["--format table catalog", { ...CATALOG, format: "table" }],
    ["--help", { kind: "help", command: null }],
    ["-h", { kind: "help", command: null }],
    ["help", { kind: "help", command: null }],
    ["help rules", { kind: "help", command: "rules" }],
    ["catalog --help", { kind: "help", command: "catalog" }],
    ["--help --no-such", { kind: "help", command: null }],
    ["--version", { kind: "version" }],
    ["-v", { kind: "version" }],
  ])("pgvet %s", (line, expected) => {
    expect(parse(line)).toEqual(expected);
  });
});

describe("options", () => {
  test.each([
    ["--format=concise", { formats: [{ format: "concise", file: null }] }],
    [
      "--format json --format sarif=out/x.sarif --format=junit=a=b.xml",
      {
        formats: [
          { format: "json", file: null },
          { format: "sarif", file: "out/x.sarif" },
          { format: "junit", file: "a=b.xml" },
        ],
      },
    ],
    [
      "--format pretty --format github",
      {
        formats: [
          { format: "pretty", file: null },
          { format: "github", file: null },
        ],
      },
    ],
    ["--fail-on never", { failOn: "never" }],
    ["--fail-on info --min-severity critical", { failOn: "info", minSeverity: "critical" }],
    ["--config etc/pgvet.json", { config: "etc/pgvet.json" }],
    ["--config=-odd.json", { config: "-odd.json" }],
    ["--show-unknown --exit-zero -q", { showUnknown: true, exitZero: true, quiet: true }],
    ["--show-suppressed --no-ignores", { showSuppressed: true, ignores: false }],
    ["--no-baseline --list-files", { baseline: false, listFiles: true }],
    ["--no-cache", { cache: false }],
    ["--since main", { changes: { since: "main", staged: false, newOnly: false } }],
    ["--staged --new-only", { changes: { since: null, staged: true, newOnly: true } }],
    ["--statistics --watch", { statistics: true, watch: true }],
    ["--color", { color: true }],
    ["--color --no-color", { color: false }],
    ["--color --no-color --color", { color: true }],
    ["--no-error-on-unmatched", { errorOnUnmatched: false }],
    ["- --stdin-filename db/a.sql", { paths: ["-"], stdinFilename: "db/a.sql" }],
  ])("%s", (line, expected) => {
    expect(parse(line)).toEqual({ ...CHECK, ...expected });
  });
});

describe("mistakes", () => {
  test.each([
    ["--formt json", "there is no option --formt", "did you mean --format?"],
    ["-format json", "there is no option -format", "did you mean --format?"],
    ["--no-colour", "there is no option --no-colour", "did you mean --no-color?"],
    ["--failon=high", "there is no option --failon", "did you mean --fail-on?"],
    ["-x", "there is no option -x", null],
    ["--wibble-wobble", "there is no option --wibble-wobble", null],
    ["--new-only", "--new-only needs to know since when", "add --since COMMIT or --staged"],
    ["--since -x", "--since needs a value: --since COMMIT", null],
    ["baseline", "pgvet baseline needs one of --write, --prune and --check", null],
    ["baseline --write --check", "pgvet baseline needs one of --write, --prune and --check", null],
    ["--write", "--write does not go with pgvet check", "it goes with pgvet baseline"],
    ["- --watch", "--watch cannot watch standard input", "name files or directories"],
    ["completion tcsh", "pgvet completion needs the name of a shell", "it can be bash, zsh, fish"],
    ["--format jsn", "--format cannot be jsn", "did you mean json?"],
    ["--format srif=x", "--format cannot be srif", "did you mean sarif?"],
    ["--format sarif=", "--format sarif= names no file", "--format sarif prints to standard output"],
    ["--format sarif=x --format json=x", "--format writes x twice", null],
    [
      "--format json --format pretty",
      "json is a whole document, and cannot share standard output",
      "--format json=FILE writes it to a file",
    ],
    ["rules --format sarif", "--format cannot be sarif", "it can be pretty, concise, json, markdown"],
    ["rules --format json=x", "--format cannot be json=x", "did you mean json?"],
    ["--format sarif9000", "--format cannot be sarif9000", FORMAT_HINT],
    ["--fail-on hihg", "--fail-on cannot be hihg", "did you mean high?"],
    ["--min-severity never", "--min-severity cannot be never", "it can be info, low, medium, high, critical"],
    ["--preset supbase", "--preset cannot be supbase", "did you mean supabase?"],
    ["--config", "--config needs a value: --config FILE", null],
    ["--config=", "--config needs a value: --config FILE", null],
    ["--format --color", "--format needs a value: --format FORMAT[=FILE]", FORMAT_HINT],
    ["--color=always", "--color takes no value", "there are --color and --no-color"],
    [
      "--stdin-filename a.sql",
      "--stdin-filename is given, but standard input is not read",
      "add - to the paths",
    ],
    ["rules --fail-on high", "--fail-on does not go with pgvet rules", "it goes with pgvet check"],
    ["catalog --format pretty", "--format cannot be pretty", "it can be json, table"],
    ["catalog --format tabel", "--format cannot be tabel", "did you mean table?"],
    ["--format table", "--format cannot be table", FORMAT_HINT],
    ["check --at db/2.sql", "--at does not go with pgvet check", "it goes with pgvet catalog"],
    ["rules rls-disabled", "pgvet rules takes no rls-disabled", "pgvet explain RULE shows one rule"],
    ["explain", "pgvet explain needs the name of a rule", "pgvet rules lists them"],
    ["explain a b", "pgvet explain takes one rule, not also b", null],
    ["chek a.sql", "chek is neither a command nor a file or directory", "did you mean pgvet check?"],
    ["catalogue", "catalogue is neither a command nor a file or directory", "did you mean pgvet catalog?"],
  ])("pgvet %s", (line, message, hint) => {
    expect(parse(line)).toEqual({ kind: "error", message, hint });
  });

  test("an empty path", () => {
    expect(parseArguments([""], nothingExists)).toMatchObject({ kind: "error", message: "a path is empty" });
  });
});

test("a directory with a name like a command's is a path", () => {
  expect(parseArguments(["rule"], nothingExists).kind).toBe("error");
  expect(parseArguments(["rule"], everythingExists)).toEqual({ ...CHECK, paths: ["rule"] });
});
