/** The same code of a routine, in other statements. */
import {
  bodyOf,
  closing,
  find,
  head,
  parts,
  quoted,
  type Statement,
  textOf,
  tokensOf,
  withCode,
} from "./tokens.ts";
import { eachStatement, type Rightly, type Transformation } from "./transformation.ts";

/** Rewrites the code of routines in PL/pgSQL. */
function inPlpgsql(
  name: string,
  write: (code: Statement, routine: Statement) => string | null,
  rightly: Rightly = {},
): Transformation {
  return eachStatement(
    name,
    (statement) => {
      const body = head(statement, 1) === "CREATE" ? bodyOf(statement) : null;
      if (body === null || body.language !== "plpgsql") return null;
      const code = write(tokensOf(body.code), statement);
      return code === null ? null : textOf(withCode(statement, body, code));
    },
    rightly,
  );
}

/** Where DECLARE and BEGIN of the outermost block stand. */
function outermost(code: Statement): { readonly declare: number; readonly begin: number } | null {
  const begin = code.findIndex(({ text }) => /^BEGIN$/i.test(text));
  const declare = /^DECLARE$/i.test(code[0]?.text ?? "") ? 0 : -1;
  return begin < 0 || code[0]?.text === "<<" ? null : { declare, begin };
}

interface Parameter {
  readonly name: string;
  readonly type: string;
  readonly position: number;
}

/** IN parameters with names and types of one word. */
function parametersOf(routine: Statement): readonly Parameter[] {
  const open = routine.findIndex(({ text }) => text === "(");
  const all = parts(routine.slice(open + 1, closing(routine, open)));
  return all.flatMap((part, index) => {
    const [name, ...rest] = part;
    const end = rest.findIndex(({ text }) => /^(?:DEFAULT|=)$/i.test(text));
    const type = textOf(end < 0 ? rest : rest.slice(0, end)).trim();
    return name?.kind === "name" && /^[\w.[\]]+$/.test(type)
      ? [{ name: name.text, type, position: index + 1 }]
      : [];
  });
}

/** Whether a token is this parameter, read: neither a field, nor a column list, nor written to. */
function isUseOf(code: Statement, index: number, name: string): boolean {
  const at = (offset: number) => code[index + offset]?.text ?? "";
  return (
    code[index]?.kind === "name" &&
    at(0) === name &&
    at(-1) !== "." &&
    !/^(?::=|\.|\(|=>)$/.test(at(1)) &&
    at(1) !== ":="
  );
}

/** Statements in which a name could be a column of the same name, or is not read. */
const AMBIGUOUS = /\b(?:INSERT|UPDATE|AS|DECLARE|CURSOR|FOREACH|ALIAS|ASSERT|OUT|INOUT)\b/i;

const copied = inPlpgsql("parameters copied to variables", (code, routine) => {
  const place = outermost(code);
  const used = parametersOf(routine).filter(({ name }) => code.some((_, i) => isUseOf(code, i, name)));
  if (
    place === null ||
    used.length === 0 ||
    AMBIGUOUS.test(textOf(code.slice(place.begin))) ||
    used.some(({ type }) => /^(?:any|refcursor|record)/.test(type))
  )
    return null;
  const declared = used.map(({ name, type }) => `copy_of_${name} ${type} := ${name};`).join(" ");
  const rest = code.map((token, i) =>
    i > place.begin && used.some(({ name }) => isUseOf(code, i, name))
      ? { ...token, text: `copy_of_${token.text}` }
      : token,
  );
  const before = place.declare < 0 ? "DECLARE " : "DECLARE ";
  return `${before}${declared}${textOf(rest.slice(place.declare + 1))}`;
});

const assignedLater = inPlpgsql("parameters assigned to variables", (code, routine) => {
  const place = outermost(code);
  const used = parametersOf(routine).filter(({ name }) => code.some((_, i) => isUseOf(code, i, name)));
  if (
    place === null ||
    place.declare >= 0 ||
    used.length === 0 ||
    AMBIGUOUS.test(textOf(code.slice(place.begin))) ||
    used.some(({ type }) => /^(?:any|refcursor|record)/.test(type))
  )
    return null;
  const declared = used.map(({ name, type }) => `copy_of_${name} ${type};`).join(" ");
  const assigned = used.map(({ name }) => `SELECT ${name} INTO copy_of_${name};`).join(" ");
  const rest = code.map((token, i) =>
    used.some(({ name }) => isUseOf(code, i, name)) ? { ...token, text: `copy_of_${token.text}` } : token,
  );
  return `DECLARE ${declared} BEGIN ${assigned}${textOf(rest.slice(place.begin + 1))}`;
});

/** `$1` for the first parameter. */
const positions = eachStatement("parameters by position", (routine) => {
  const body = head(routine, 1) === "CREATE" ? bodyOf(routine) : null;
  if (body === null || !/^(?:sql|plpgsql)$/.test(body.language)) return null;
  const code = tokensOf(body.code);
  const all = parametersOf(routine);
  if (AMBIGUOUS.test(body.code)) return null;
  let changed = false;
  const written = code.map((token, i) => {
    const used = all.find(({ name }) => isUseOf(code, i, name));
    if (used === undefined) return token;
    changed = true;
    return { ...token, text: `$${used.position}` };
  });
  return changed ? textOf(withCode(routine, body, textOf(written))) : null;
});

const qualified = inPlpgsql("parameters with the routine's name", (code, routine) => {
  const at = routine.findIndex(({ text }) => text === "(") - 1;
  const name = routine[at]?.text ?? "";
  if (routine[at]?.kind !== "name") return null;
  const all = parametersOf(routine);
  if (AMBIGUOUS.test(textOf(code))) return null;
  let changed = false;
  const written = code.map((token, i) => {
    if (!all.some((each) => isUseOf(code, i, each.name))) return token;
    changed = true;
    return { ...token, text: `${name}.${token.text}` };
  });
  return changed ? textOf(written) : null;
});

/** Each `EXECUTE text …;` at the beginning of a statement, with its end. */
function rewriteExecute(
  code: Statement,
  write: (query: Statement, index: number) => { before: string; query: string } | null,
): string | null {
  let text = "";
  let from = 0;
  let count = 0;
  for (let i = 0; i < code.length; i++) {
    if (
      !/^EXECUTE$/i.test(code[i]?.text ?? "") ||
      !/^(?:;|BEGIN|THEN|ELSE|LOOP|QUERY)$/i.test(code[i - 1]?.text ?? "")
    )
      continue;
    const semicolon = find(code, ";", i);
    const ends = [semicolon, find(code, "USING", i), find(code, "INTO", i)].filter((at) => at > 0);
    const end = Math.min(...ends);
    const result = write(code.slice(i + 1, end), count);
    if (result === null) continue;
    const start = /^QUERY$/i.test(code[i - 1]?.text ?? "") ? i - 2 : i;
    text += `${textOf(code.slice(from, start))} ${result.before}${textOf(code.slice(start, i + 1))} ${result.query}`;
    from = end;
    count++;
    i = end;
  }
  return count === 0 ? null : text + textOf(code.slice(from));
}

function declared(code: string, declaration: string): string {
  return /^\s*DECLARE\b/i.test(code)
    ? code.replace(/DECLARE\b/i, `DECLARE ${declaration}`)
    : `DECLARE ${declaration} ${code}`;
}

const throughVariable = inPlpgsql("EXECUTE of a variable", (code) => {
  if (outermost(code) === null) return null;
  const text = rewriteExecute(code, (query, i) => ({ before: `q${i} := ${textOf(query)};`, query: `q${i}` }));
  return text === null
    ? null
    : declared(text, [0, 1, 2, 3, 4].map((i) => `q${i} pg_catalog.text;`).join(" "));
});

const throughParentheses = inPlpgsql("EXECUTE in parentheses", (code) =>
  rewriteExecute(code, (query) => ({ before: "", query: `((${textOf(query)})::pg_catalog.text)` })),
);

function pieces(query: Statement): readonly Statement[] | null {
  const found: Statement[] = [];
  let rest = query;
  for (let at = find(rest, "||"); at >= 0; at = find(rest, "||")) {
    found.push(rest.slice(0, at));
    rest = rest.slice(at + 1);
  }
  return found.length === 0 ? null : [...found, rest];
}

const throughFormat = inPlpgsql("EXECUTE of format for ||", (code) =>
  rewriteExecute(code, (query) => {
    const all = pieces(query);
    if (all === null) return null;
    const template = all
      .map((piece) =>
        piece.length === 1 && piece[0]?.text.startsWith("'")
          ? piece[0].text.slice(1, -1).replaceAll("%", "%%")
          : "%s",
      )
      .join("");
    const args = all.filter((piece) => !(piece.length === 1 && piece[0]?.text.startsWith("'"))).map(textOf);
    return { before: "", query: `format('${template}'${args.map((arg) => `, ${arg}`).join("")})` };
  }),
);

const throughConcat = inPlpgsql("EXECUTE of concat for ||", (code) =>
  rewriteExecute(code, (query) => {
    const all = pieces(query);
    return all === null ? null : { before: "", query: `concat(${all.map(textOf).join(", ")})` };
  }),
);

const throughSteps = inPlpgsql("EXECUTE of a text built in steps", (code) => {
  if (outermost(code) === null) return null;
  const text = rewriteExecute(code, (query, i) => {
    const all = pieces(query);
    if (all === null) return null;
    return {
      before: `q${i} := ''; ${all.map((piece) => `q${i} := q${i} || ${textOf(piece)};`).join(" ")} `,
      query: `q${i}`,
    };
  });
  return text === null
    ? null
    : declared(text, [0, 1, 2, 3, 4].map((i) => `q${i} pg_catalog.text;`).join(" "));
});

/** The statements of the outermost block inside of another statement. */
function around(name: string, before: string, after: string, rightly: Rightly = {}): Transformation {
  return inPlpgsql(
    name,
    (code) => {
      const place = outermost(code);
      const end = code.findLastIndex(({ text }) => /^END$/i.test(text));
      const hasHandler = code.some(
        ({ text }, index) => /^EXCEPTION$/i.test(text) && code[index - 1]?.text === ";",
      );
      if (place === null || hasHandler) return null;
      return `${textOf(code.slice(0, place.begin + 1))} ${before} ${textOf(code.slice(place.begin + 1, end))} ${after} ${textOf(code.slice(end))}`;
    },
    rightly,
  );
}

/** A function in SQL of one query as one in PL/pgSQL. */
const asPlpgsql = eachStatement(
  "SQL as PL/pgSQL",
  (statement) => {
    const body = head(statement, 1) === "CREATE" ? bodyOf(statement) : null;
    if (body?.language !== "sql" || /\bOUT\b|RETURNS\s+TABLE/i.test(textOf(statement))) return null;
    const code = textOf(tokensOf(body.code)).trim().replace(/;$/, "");
    if (!/^select\b/i.test(code) || code.includes(";")) return null;
    const returns = find(statement, "RETURNS");
    const type = statement[returns + 1]?.text.toUpperCase();
    const perform = code.replace(/^select/i, "PERFORM");
    const text =
      type === "VOID" ? `${perform};` : type === "SETOF" ? `RETURN QUERY ${code};` : `RETURN (${code});`;
    const language = find(statement, "LANGUAGE") + 1;
    return textOf(
      withCode(statement, body, `BEGIN ${text} END`).map((token, i) =>
        i === language ? { ...token, text: "plpgsql" } : token,
      ),
    );
  },
  { cases: { "function-leakproof:": "errors in PL/pgSQL are not told apart from none" } },
);

const asString = eachStatement(
  "BEGIN ATOMIC for a string",
  (statement) => {
    const body = head(statement, 1) === "CREATE" ? bodyOf(statement) : null;
    if (body?.language !== "sql" || body.code.trim() === "") return null;
    const as = find(statement, "AS");
    const rest = statement.filter((_, i) => i !== as && i !== body.index);
    return `${textOf(rest)} BEGIN ATOMIC ${textOf(tokensOf(body.code)).trim().replace(/;$/, "")}; END`;
  },
  {
    rules: {
      "definer-search-path": "its names are bound when it is created, not when it runs",
      "definer-unqualified-reference": "as above",
      "definer-unpinned-callee": "as above",
      "extension-script-path": "as above",
      "guard-search-path": "as above",
      "definer-writable-schema-call": "as above",
    },
  },
);

const comment = inPlpgsql("strings in other quotes", (code) => {
  let changed = false;
  const written = code.map((token, i) => {
    if (token.kind !== "string" || !token.text.startsWith("'") || token.text.length < 3) return token;
    if (code[i - 1]?.kind === "string" || code[i + 1]?.kind === "string") return token;
    changed = true;
    return { ...token, text: `$lit$${token.text.slice(1, -1).replaceAll("''", "'")}$lit$` };
  });
  return changed && !textOf(code).includes("$lit$") ? textOf(written) : null;
});

export const BODIES: readonly Transformation[] = [
  copied,
  assignedLater,
  positions,
  qualified,
  throughVariable,
  throughParentheses,
  throughFormat,
  throughConcat,
  throughSteps,
  around("code in IF true", "IF true THEN", "END IF;"),
  around("code in a loop", "LOOP", "EXIT; END LOOP;"),
  around("code in a block that rethrows", "BEGIN", "EXCEPTION WHEN division_by_zero THEN RAISE; END;", {
    cases: {
      "definer-user-settable-setting:": "what a block with handlers decides is not followed as far",
      "protection-lost:": "as above",
    },
  }),
  around("code after other code", `RAISE DEBUG ${quoted("it begins")};`, ""),
  asPlpgsql,
  asString,
  comment,
];
