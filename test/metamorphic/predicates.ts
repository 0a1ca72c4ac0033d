/** The same condition, written in another way: of policies, views and code. */
import { bodyOf, closing, find, head, type Statement, textOf, tokensOf, withCode } from "./tokens.ts";
import { eachStatement, type Rightly, type Transformation } from "./transformation.ts";

/** Rewrites USING (…) and WITH CHECK (…) of policies. */
function inPolicies(
  name: string,
  write: (condition: Statement) => string | null,
  rightly: Rightly = {},
): Transformation {
  return eachStatement(
    name,
    (statement) => {
      if (!/^(?:CREATE|ALTER) POLICY$/.test(head(statement, 2))) return null;
      return conditions(statement, write);
    },
    rightly,
  );
}

function conditions(statement: Statement, write: (condition: Statement) => string | null): string | null {
  let text = "";
  let from = 0;
  let changed = false;
  for (let i = 0; i < statement.length; i++) {
    if (!/^(?:USING|CHECK)$/i.test(statement[i]?.text ?? "") || statement[i + 1]?.text !== "(") continue;
    const close = closing(statement, i + 1);
    const condition = write(statement.slice(i + 2, close));
    if (condition === null) continue;
    changed = true;
    text += `${textOf(statement.slice(from, i + 1))} (${condition})`;
    from = close + 1;
    i = close;
  }
  return changed ? text + textOf(statement.slice(from)) : null;
}

/** Index of an operator outside brackets, when no AND, OR, NOT, CASE or BETWEEN stands there. */
function comparison(tokens: Statement, operator: string): number {
  for (const word of ["AND", "OR", "NOT", "CASE", "BETWEEN", "IS", "SELECT", "EXISTS"])
    if (find(tokens, word) >= 0) return -1;
  return find(tokens, operator);
}

/** Operands of AND at the top. */
function operands(tokens: Statement): readonly Statement[] | null {
  if (find(tokens, "OR") >= 0 || find(tokens, "BETWEEN") >= 0 || find(tokens, "CASE") >= 0) return null;
  const found: Statement[] = [];
  let rest = tokens;
  for (let at = find(rest, "AND"); at >= 0; at = find(rest, "AND")) {
    found.push(rest.slice(0, at));
    rest = rest.slice(at + 1);
  }
  return found.length === 0 ? null : [...found, rest];
}

function swapped(tokens: Statement): string | null {
  const all = operands(tokens);
  if (all !== null) {
    const written = all.map((each) => swapped(each));
    return written.every((each) => each === null)
      ? null
      : written.map((each, i) => each ?? textOf(all[i] ?? [])).join(" AND ");
  }
  const at = comparison(tokens, "=");
  const right = tokens.slice(at + 1);
  if (at < 0 || /^(?:ANY|ALL|SOME)$/i.test(right[0]?.text ?? "") || comparison(right, "=") >= 0) return null;
  return `${textOf(right)} = ${textOf(tokens.slice(0, at))}`;
}

function asList(write: (left: string, right: string) => string) {
  return (tokens: Statement): string | null => {
    const at = comparison(tokens, "=");
    const right = tokens.slice(at + 1);
    if (at < 0 || /^(?:ANY|ALL|SOME)$/i.test(right[0]?.text ?? "")) return null;
    return write(textOf(tokens.slice(0, at)), textOf(right));
  };
}

/** Calls without arguments of the session's functions, each as a sub-select. */
function subselects(tokens: Statement): string | null {
  let changed = false;
  let text = "";
  for (let i = 0; i < tokens.length; i++) {
    const at = (offset: number) => tokens[i + offset]?.text ?? "";
    const isCall =
      at(0) === "auth" &&
      at(1) === "." &&
      /^(?:uid|jwt|role|email)$/.test(at(2)) &&
      at(3) === "(" &&
      at(4) === ")";
    const isBare = tokens[i - 1]?.text.toUpperCase() !== "SELECT";
    if (isCall && isBare) {
      text += `${tokens[i]?.gap ?? ""}(SELECT auth.${at(2)}())`;
      changed = true;
      i += 4;
    } else text += (tokens[i]?.gap ?? "") + at(0);
  }
  return changed ? text : null;
}

const deMorgan = (tokens: Statement): string | null => {
  const all = operands(tokens);
  return all === null ? null : `NOT (${all.map((each) => `NOT (${textOf(each)})`).join(" OR ")})`;
};

const reversed = (tokens: Statement): string | null =>
  operands(tokens)?.toReversed().map(textOf).join(" AND ") ?? null;

const whole = (write: (text: string) => string) => (tokens: Statement) => write(textOf(tokens));

/** FOR ALL is a policy for each command. */
const fourPolicies = eachStatement(
  "a policy for each command",
  (statement, all) => {
    if (head(statement, 2) !== "CREATE POLICY" || all.some((s) => /^(?:ALTER|DROP) POLICY$/.test(head(s, 2))))
      return null;
    const forAt = find(statement, "FOR");
    if (forAt > 0 && statement[forAt + 1]?.text.toUpperCase() !== "ALL") return null;
    const using = find(statement, "USING");
    if (using < 0) return null;
    const close = closing(statement, using + 1);
    const check = find(statement, "CHECK", close + 1);
    const condition = textOf(statement.slice(using + 1, close + 1));
    const checked = check < 0 ? condition : textOf(statement.slice(check + 1));
    const before = statement.slice(0, using).filter((_, i) => forAt < 0 || (i !== forAt && i !== forAt + 1));
    const to = find(before, "TO");
    const on = textOf(to < 0 ? before : before.slice(0, to));
    const roles = to < 0 ? "" : textOf(before.slice(to));
    const name = before[2]?.text.replaceAll('"', "") ?? "";
    const of = (command: string) => on.replace(before[2]?.text ?? "", `"${name} ${command}"`);
    return [
      `${of("select")} FOR SELECT${roles} USING ${condition}`,
      `${of("insert")} FOR INSERT${roles} WITH CHECK ${checked}`,
      `${of("update")} FOR UPDATE${roles} USING ${condition} WITH CHECK ${checked}`,
      `${of("delete")} FOR DELETE${roles} USING ${condition}`,
    ];
  },
  {
    rules: { "rls-permissive-or": "a policy for SELECT alone says that reading is to be narrow" },
  },
);

const spelledOut = eachStatement("what a policy leaves out", (statement) => {
  if (head(statement, 2) !== "CREATE POLICY") return null;
  const using = find(statement, "USING");
  const check = find(statement, "CHECK");
  const first = using < 0 ? check - 1 : using;
  if (first < 0) return null;
  const has = (word: string) => find(statement.slice(0, first), word) > 0;
  const clauses = [
    has("AS") ? "" : "AS PERMISSIVE",
    has("FOR") ? "" : "FOR ALL",
    has("TO") ? "" : "TO PUBLIC",
  ];
  if (clauses.every((clause) => clause === "")) return null;
  // AS, FOR and TO come in this order.
  const at = (word: string, otherwise: number) => {
    const found = find(statement.slice(0, first), word);
    return found < 0 ? otherwise : found;
  };
  const to = at("TO", first);
  const forAt = at("FOR", to);
  const as = at("AS", forAt);
  return [
    textOf(statement.slice(0, as)),
    clauses[0],
    textOf(statement.slice(as, forAt)),
    clauses[1],
    textOf(statement.slice(forAt, to)),
    clauses[2],
    textOf(statement.slice(to)),
  ].join(" ");
});

const altered = eachStatement("conditions by ALTER POLICY", (statement) => {
  if (head(statement, 2) !== "CREATE POLICY") return null;
  const using = find(statement, "USING");
  const check = find(statement, "CHECK");
  const first = using < 0 ? check - 1 : using;
  const on = find(statement, "ON");
  if (first < 0 || on < 0) return null;
  const table = textOf(statement.slice(on, on + 2 + (statement[on + 2]?.text === "." ? 2 : 0)));
  const draft = `${using < 0 ? "" : " USING (false)"}${check < 0 ? "" : " WITH CHECK (false)"}`;
  return [
    textOf(statement.slice(0, first)) + draft,
    `ALTER POLICY ${statement[2]?.text}${table} ${textOf(statement.slice(first))}`,
  ];
});

/** Rewrites conditions of IF in PL/pgSQL, all of whose THEN stand at the end of one. */
function inIfs(name: string, write: (condition: string) => string): Transformation {
  return eachStatement(name, (statement) => {
    const body = bodyOf(statement);
    if (body?.language !== "plpgsql") return null;
    const tokens = tokensOf(body.code);
    let text = "";
    let from = 0;
    for (let i = 0; i < tokens.length; i++) {
      if (!/^(?:IF|ELSIF)$/i.test(tokens[i]?.text ?? "") || /^END$/i.test(tokens[i - 1]?.text ?? ""))
        continue;
      const then = find(tokens, "THEN", i);
      const condition = tokens.slice(i + 1, then);
      if (then < 0 || condition.some(({ text: word }) => /^(?:CASE|EXISTS|;)$/i.test(word))) continue;
      text += `${textOf(tokens.slice(from, i + 1))} ${write(textOf(condition).trim())}`;
      from = then;
    }
    return from === 0 ? null : textOf(withCode(statement, body, text + textOf(tokens.slice(from))));
  });
}

/** WHERE at the end of a view's query. */
function inViews(name: string, write: (condition: Statement) => string | null): Transformation {
  return eachStatement(name, (statement) => {
    if (!/^CREATE (?:OR REPLACE )?VIEW/.test(head(statement, 4))) return null;
    const where = find(statement, "WHERE");
    if (
      where < 0 ||
      statement
        .slice(where)
        .some(({ text }) => /^(?:GROUP|ORDER|LIMIT|OFFSET|UNION|WITH|FETCH|FOR|WINDOW|HAVING)$/i.test(text))
    )
      return null;
    const condition = write(statement.slice(where + 1));
    return condition === null ? null : `${textOf(statement.slice(0, where + 1))} ${condition}`;
  });
}

const FORMS: readonly (readonly [string, (condition: Statement) => string | null])[] = [
  ["in parentheses", whole((text) => `((${text}))`)],
  ["AND true", whole((text) => `(${text}) AND true`)],
  ["OR false", whole((text) => `false OR (${text})`)],
  ["NOT NOT", whole((text) => `NOT (NOT (${text}))`)],
  ["IS TRUE", whole((text) => `(${text}) IS TRUE`)],
  ["COALESCE", whole((text) => `COALESCE((${text}), false)`)],
  ["CASE", whole((text) => `CASE WHEN ${text} THEN true ELSE false END`)],
  ["sides swapped", swapped],
  ["IN of one", asList((left, right) => `${left} IN (${right})`)],
  ["ANY of an array", asList((left, right) => `${left} = ANY (ARRAY[${right}])`)],
  ["operator in full", asList((left, right) => `(${left}) OPERATOR(pg_catalog.=) (${right})`)],
  ["De Morgan", deMorgan],
  ["operands reversed", reversed],
  ["session's functions as sub-selects", subselects],
];

export const PREDICATES: readonly Transformation[] = [
  ...FORMS.map(([name, write]) => inPolicies(`policies: ${name}`, write)),
  ...FORMS.slice(0, 9).map(([name, write]) => inViews(`views: ${name}`, write)),
  inPolicies(
    "policies: a sub-select",
    whole((text) => `(SELECT ${text})`),
  ),
  fourPolicies,
  spelledOut,
  altered,
  inIfs("IF in parentheses", (text) => `(${text})`),
  inIfs("IF IS TRUE", (text) => `(${text}) IS TRUE`),
  inIfs("IF coalesce", (text) => `coalesce(${text}, false)`),
  inIfs("IF NOT NOT", (text) => `NOT (NOT (${text}))`),
  inIfs("IF AND true", (text) => `true AND (${text})`),
];
