/** Ways to put a value into SQL text, places for it, and where it can come from: what property tests combine. */
import { plpgsql } from "./helper.ts";

/** Text around a hole in which a value stands. */
export const VALUE_TEXTS = [
  ["SELECT * FROM t WHERE a = ", ""],
  ["SELECT * FROM t WHERE a = ", " AND b = 1"],
  ["SELECT * FROM t LIMIT ", ""],
  ["INSERT INTO t (a) VALUES (", ")"],
  ["UPDATE t SET a = ", " WHERE id = 1"],
  ["SELECT f(", ", 'it''s')"],
  ["SELECT 'x', ", ""],
] as const;

/** The same for a name. */
export const NAME_TEXTS = [
  ["SELECT * FROM ", ""],
  ["SELECT * FROM app.", " WHERE true"],
  ["DROP TABLE IF EXISTS ", ""],
  ["INSERT INTO ", " VALUES (1)"],
  ["SELECT a FROM t ORDER BY ", ""],
  ['SELECT * FROM "Big Table", ', ""],
] as const;

/** Where quoting does nothing: between quotes of all kinds. */
export const QUOTED_TEXTS = [
  ["SELECT * FROM t WHERE a = '", "'"],
  ["SELECT E'x", "'"],
  ["SELECT $x$", "$x$"],
  ['SELECT 1 AS "', '"'],
  ["SELECT 1 /* ", " */"],
] as const;

const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** Statements that put the expression into the text and execute it. */
export type Builder = (before: string, after: string, value: string) => string;

export const BUILDERS: readonly Builder[] = [
  (before, after, value) => `EXECUTE ${literal(before)} || ${value} || ${literal(after)};`,
  (before, after, value) => `EXECUTE concat(${literal(before)}, ${value}, ${literal(after)});`,
  (before, after, value) => `EXECUTE concat_ws('', ${literal(before)}, ${value}, ${literal(after)});`,
  (before, after, value) => `EXECUTE format(${literal(`${before}%s${after}`)}, ${value});`,
  (before, after, value) => `EXECUTE format('%s%s%s', ${literal(before)}, ${value}, ${literal(after)});`,
  (before, after, value) =>
    `EXECUTE format('%2$s%1$s%3$s', ${value}, ${literal(before)}, ${literal(after)});`,
  (before, after, value) =>
    `EXECUTE format('%s%s%s', VARIADIC ARRAY[${literal(before)}, ${value}, ${literal(after)}]);`,
  (before, after, value) =>
    `q := ${literal(before)}; q := q || ${value}; q := q || ${literal(after)}; EXECUTE q;`,
  (before, after, value) => `v := ${value}; EXECUTE ${literal(before)} || v || ${literal(after)};`,
  (before, after, value) => `EXECUTE replace(${literal(`${before}{v}${after}`)}, '{v}', ${value});`,
  (before, after, value) =>
    `a := ARRAY[${literal(before)}, ${value}, ${literal(after)}]; EXECUTE array_to_string(a, '');`,
  (before, after, value) =>
    `a := a || ${literal(before)}; a := array_append(a, ${value}); EXECUTE array_to_string(a, '') || ${literal(after)};`,
  (before, after, value) =>
    `SELECT string_agg(${value}, ',') INTO q FROM generate_series(1, 2); EXECUTE ${literal(before)} || q || ${literal(after)};`,
  (before, after, value) =>
    `IF b THEN q := ${literal(before)} || ${value}; ELSE q := ${literal(before)} || '1'; END IF; EXECUTE q || ${literal(after)};`,
  (before, after, value) =>
    `FOR i IN 1..3 LOOP q := ${literal(before)} || ${value} || ${literal(after)}; END LOOP; EXECUTE coalesce(q, 'SELECT 1');`,
  (before, after, value) =>
    `EXECUTE CASE WHEN b THEN 'SELECT 1' ELSE ${literal(before)} || ${value} || ${literal(after)} END;`,
  (before, after, value) => `EXECUTE trim(${literal(before)} || ${value} || ${literal(after)});`,
  (before, after, value) =>
    `<<o>> LOOP LOOP q := ${literal(before)} || ${value} || ${literal(after)}; EXIT o; END LOOP; END LOOP; EXECUTE q;`,
  (before, after, value) =>
    `FOR r2 IN EXECUTE ${literal(before)} || ${value} || ${literal(after)} LOOP NULL; END LOOP;`,
  (before, after, value) => `OPEN cur FOR EXECUTE ${literal(before)} || ${value} || ${literal(after)};`,
  (before, after, value) =>
    `PERFORM query_to_xml(${literal(before)} || ${value} || ${literal(after)}, true, true, '');`,
];

/** Where a text comes from: a routine in which the statements of `use` get it as an expression. */
export type Origin = readonly [name: string, routine: (use: (value: string) => string) => string];

const DECLARE =
  "DECLARE q text; v text; w text; a text[]; r record; r2 record; cur refcursor; bound CURSOR FOR SELECT x FROM s;";

const inFunction = (body: string): string =>
  plpgsql("p text, b bool, arr text[], j jsonb", `${DECLARE} BEGIN ${body} END`);
const inTrigger = (body: string): string =>
  plpgsql("", `DECLARE b bool; ${DECLARE.slice("DECLARE ".length)} BEGIN ${body} RETURN NEW; END`, "trigger");

export const ORIGINS: readonly Origin[] = [
  ["a parameter", (use) => inFunction(use("p"))],
  ["a parameter by number", (use) => inFunction(use("$1"))],
  ["a json path", (use) => inFunction(use("(j ->> 'k')"))],
  ["a deeper json path", (use) => inFunction(use("(j #>> '{a,b}')"))],
  ["an array element", (use) => inFunction(use("arr[1]"))],
  ["a loop variable", (use) => inFunction(`FOREACH w IN ARRAY arr LOOP ${use("w")} END LOOP;`)],
  ["a record field", (use) => inFunction(`SELECT x, y INTO r FROM s; ${use("r.x")}`)],
  ["a row of a loop", (use) => inFunction(`FOR r IN SELECT x FROM s LOOP ${use("r.x")} END LOOP;`)],
  ["a cursor", (use) => inFunction(`OPEN bound; FETCH bound INTO w; ${use("w")}`)],
  ["a table column", (use) => inFunction(use("(SELECT x FROM s LIMIT 1)"))],
  ["RETURNING", (use) => inFunction(`UPDATE s SET y = 1 RETURNING x INTO w; ${use("w")}`)],
  [
    "a catalog name",
    (use) => inFunction(`FOR r IN SELECT relname FROM pg_class LOOP ${use("r.relname")} END LOOP;`),
  ],
  ["a setting", (use) => inFunction(use("current_setting('app.x')"))],
  ["a dynamic row", (use) => inFunction(`EXECUTE 'SELECT x FROM s' INTO w; ${use("w")}`)],
  ["an unknown function", (use) => inFunction(use("other.f(p)"))],
  ["trimmed", (use) => inFunction(use("trim(p)"))],
  ["cut", (use) => inFunction(use("left(lower(p), 10)"))],
  ["coalesce", (use) => inFunction(use("coalesce(p, 'x')"))],
  ["joined", (use) => inFunction(use("(p || 'x')"))],
  ["an element of a split text", (use) => inFunction(use("split_part(p, ',', 1)"))],
  ["NEW", (use) => inTrigger(use("NEW.x"))],
  ["OLD in a record", (use) => inTrigger(`r := OLD; ${use("r.x")}`)],
  ["TG_TABLE_NAME", (use) => inTrigger(use("TG_TABLE_NAME"))],
  ["TG_ARGV", (use) => inTrigger(use("TG_ARGV[0]"))],
];
