/** SQL that mutations begin with: the examples of all rules, and what projects and proofs hold. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));

function filesUnder(directory: string): readonly string[] {
  return readdirSync(`${root}${directory}`, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".sql"))
    .sort()
    .map((name) => readFileSync(`${root}${directory}/${name}`, "utf8"));
}

function ruleExamples(): readonly string[] {
  return readdirSync(`${root}rules`)
    .filter((id) => existsSync(`${root}rules/${id}/README.md`))
    .sort()
    .flatMap((id) =>
      [
        ...readFileSync(`${root}rules/${id}/README.md`, "utf8").matchAll(/^```sql[^\n]*\n([\s\S]*?)^```$/gm),
      ].map(([, body = ""]) => body),
    );
}

export const CORPUS: readonly string[] = [
  ...ruleExamples(),
  ...filesUnder("fixtures/projects"),
  ...filesUnder("fixtures/safe"),
  ...filesUnder("fixtures/rules"),
];

/** Pieces that mutations put in: what begins, ends or confuses something. */
export const PIECES: readonly string[] = [
  "'",
  "''",
  "E'",
  "\\'",
  "\\",
  '"',
  '""',
  "$$",
  "$a$",
  "$1",
  "--",
  "/*",
  "*/",
  ";",
  ";;",
  "(",
  ")",
  "[",
  "]",
  "{",
  "}",
  ",",
  ".",
  "..",
  ":",
  "::",
  ":=",
  "=>",
  "%",
  "%I",
  "%L",
  "%s",
  "||",
  "<<x>>",
  "@",
  "\\i x.sql\n",
  "\\copy t from stdin\n",
  "\\.\n",
  "\n",
  "\r",
  "\r\n",
  "\t",
  "\0",
  "\uFEFF",
  "\u202e",
  "é",
  "👩‍👩‍👧",
  "\ud800",
  "NULL",
  "BEGIN",
  "END",
  "END IF;",
  "LOOP",
  "EXECUTE ",
  "COMMIT;",
  "ROLLBACK;",
  "AS $$",
  "LANGUAGE plpgsql",
  "SECURITY DEFINER",
  "SET search_path = ''",
  "DO $$ BEGIN ",
  "CREATE OR REPLACE ",
  "GRANT ALL ON ",
  " TO PUBLIC;",
  "-- pgvet-ignore ",
  "-- pgvet-ignore-file ",
  "COPY t FROM stdin;\n",
  "@extschema@",
  "99999999999999999999",
  "1e400",
  "-0",
  "U&'\\0061'",
  "B'1'",
  "X'F'",
  "ONLY",
  "CASCADE",
  "WITH RECURSIVE",
  "RETURNING *",
];
