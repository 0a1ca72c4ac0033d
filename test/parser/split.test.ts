import fc from "fast-check";
import { expect, it } from "vitest";
import { statementTexts } from "./helpers.ts";

const value = fc.oneof(
  fc.string({ maxLength: 8 }).map((s) => `'${s.replaceAll("\0", "").replaceAll("'", "''")}'`),
  fc
    .string({ maxLength: 8 })
    .map((s) => `E'${s.replaceAll("\0", "").replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`),
  fc.stringMatching(/^[a-z;'"\n$]{0,8}$/).map((s) => `$q_é$${s.replaceAll("$q", "q")}$q_é$`),
  fc.stringMatching(/^[a-z;'é -]{1,8}$/).map((s) => `"${s}"`),
  fc.constantFrom("a$b$c", "1.5e3", "CASE WHEN x THEN 1 END", "b::text", "a[1:2]", "x.end"),
);
const blanks = fc.constantFrom(
  " ",
  "\n",
  "\r\n",
  "\r",
  ' -- it\'s; a "comment"\n',
  " /* ;' /* \" */ ; */ ",
  "\t",
);
const list = fc
  .array(fc.tuple(value, blanks), { minLength: 1, maxLength: 4 })
  .map((parts) => parts.map(([v, b]) => `${v}${b}, `).join(""));
const statement = fc
  .tuple(list, blanks, fc.constantFrom("select", "rule", "atomic", "function", "policy"))
  .map(([values, b, kind]) => {
    const select = `SELECT${b}${values}1`;
    switch (kind) {
      case "rule":
        return `CREATE RULE r AS ON INSERT TO t DO ALSO (${select}; ${select})`;
      case "atomic":
        return `CREATE FUNCTION f() RETURNS int BEGIN ATOMIC ${select}; SELECT CASE WHEN a THEN 1 END;${b}END`;
      case "function":
        return `CREATE FUNCTION f()${b}RETURNS void LANGUAGE sql AS $body$${select};\nSELECT 1;$body$`;
      case "policy":
        return `CREATE POLICY p ON t USING (EXISTS (${select}))`;
      default:
        return select;
    }
  });

it("statements joined by semicolons, blanks and comments come back as they were", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(statement, blanks, blanks), { minLength: 1, maxLength: 6 }), (parts) => {
      const joined = parts.map(([text, before, after]) => `${before}${text}${after};`).join("");
      expect(statementTexts(joined)).toEqual(parts.map(([text]) => text));
    }),
    { numRuns: 500 },
  );
});
