/** Arguments that become part of SQL text in code of plv8, PL/Python and PL/Perl, where the code shows it plainly. */
import { pathOf } from "../access/definers.ts";
import { createTypeLookup } from "../access/type-lookup.ts";
import type { Catalog } from "../catalog/catalog.ts";
import type { Routine } from "../catalog/model.ts";
import { classify } from "../templates/index.ts";
import { byteLength, spanToSource } from "../text/mapped-text.ts";
import type { Span } from "../text/span.ts";
import { type CodeToken, type Family, familyOf, tokensOfCode } from "./code-tokens.ts";

/** An argument in the text of a query; `start`, `end`: UTF-16 units in the code. */
export interface CodeHole {
  readonly argument: string;
  readonly start: number;
  readonly end: number;
}

/** Parameters in their order; `text`: whether the type can carry SQL; `object`: whether JavaScript sees members of its value. */
export interface CodeParameter {
  readonly name: string | null;
  readonly text: boolean;
  readonly object: boolean;
}

const RUNS: Readonly<Record<Family, RegExp>> = {
  javascript: /^(?:plv8|pljs)\.(?:execute|prepare)$/,
  python: /^plpy\.(?:execute|prepare|cursor)$/,
  perl: /^spi_(?:exec_query|query|prepare)$/,
};

/** Their results carry no SQL. */
const CLEANS =
  /^(?:(?:plv8|plpy|pljs)\.)?quote_(?:literal|ident|nullable)$|^(?:parseInt|parseFloat|Number|int|float|len|bool)$/;
/** Their results are made of what they are given. */
const KEEPS = /^(?:str|String|sprintf|uc|lc)$/;
const JOINS = /\.?(?:format|join|concat)$/;
/** Puts the values of a list, or a text with places, together. */
const JOINED = /^(.+)\.(?:format|join|concat)$/;
/** Adds to a list what the text may be made of. */
const ADDS = /^(.+)\.(?:push|unshift|append)$/;
/** Members of objects that are no text. */
const PLAIN_MEMBER = /\.(?:length|size)$/;
const SAME = /^(.+)\.(?:trim|toLowerCase|toUpperCase|toString|lower|upper|strip)$/;
/** What a value is looked for in or matched with, which can limit it. */
const CHECKS = /(?:^|\.)(?:includes|indexOf|has|hasOwnProperty|test|match|fullmatch|search|grep|exists)$/;
const UNDECIDED = new Set(["?", "<", ">", "==", "===", "!=", "!==", "if", "else", "eq", "ne", "unless"]);

/** What of its arguments a routine in one of these languages puts into its queries, with the places in its source. */
export function holesOfRoutine(
  catalog: Catalog,
  routine: Routine,
): readonly { readonly argument: string; readonly span: Span }[] {
  const family = familyOf(routine.language);
  const { source } = routine;
  if (family === null || source.kind !== "text") return [];
  const lookup = createTypeLookup(catalog, pathOf(catalog, routine));
  const parameters = routine.parameters
    .filter(({ mode }) => mode !== "out" && mode !== "table")
    .map(({ name, written }) => {
      const kind = classify(written.type, lookup);
      return {
        name,
        text: kind !== "safe" && kind !== "identifier",
        object: family === "javascript" && ["json", "record", "other"].includes(kind),
      };
    });
  const { text, map } = source.text;
  return holesInCode(text, family, parameters).map(({ argument, start, end }) => ({
    argument,
    span: spanToSource(map, { start: byteLength(text.slice(0, start)), end: byteLength(text.slice(0, end)) }),
  }));
}

/** Code of people is shorter; in longer one nothing is found. */
const LONGEST = 32_768;
/** Calls in each other's arguments, and variables in each other's values. */
const DEEPEST = 50;
/** How often the code may be gone through for all its queries together. */
const MOST_TIMES = 64;

/** The first argument in each query that the code runs. */
function holesInCode(
  code: string,
  family: Family,
  parameters: readonly CodeParameter[],
): readonly CodeHole[] {
  if (code.length > LONGEST) return [];
  const tokens = tokensOfCode(code, family);
  const names = namesOfArguments(tokens, family, parameters);
  const checked = checkedWords(tokens);
  for (const name of checked) names.delete(name);
  if (names.size === 0) return [];
  const objects = new Set(parameters.flatMap(({ name, object }) => (object && name !== null ? [name] : [])));
  const assigned = assignments(tokens);
  const effort = { left: tokens.length * MOST_TIMES };
  const found: CodeHole[] = [];
  tokens.forEach((token, i) => {
    if (token.kind !== "word" || !RUNS[family].test(token.text.replace(/\s/g, ""))) return;
    if (tokens[i + 1]?.text !== "(" || effort.left <= 0) return;
    const argument = argumentAt(tokens, i + 2);
    const hole = firstIn(argument, { tokens, names, objects, checked, assigned, effort, seen: new Set() }, 0);
    if (hole !== null) found.push(hole);
  });
  return found;
}

interface Scope {
  readonly tokens: readonly CodeToken[];
  /** Argument by the name that it has in the code. */
  readonly names: ReadonlyMap<string, string>;
  /** Arguments that have members. */
  readonly objects: ReadonlySet<string>;
  /** What something in the code can limit, members too. */
  readonly checked: ReadonlySet<string>;
  /** Where the values begin that each variable is given. */
  readonly assigned: ReadonlyMap<string, readonly number[]>;
  /** Variables that were looked into, or are being: nothing else is found there. */
  readonly seen: Set<string>;
  /** Tokens that may still be looked at. */
  readonly effort: { left: number };
}

/** By which names the code knows the arguments that can carry SQL. */
function namesOfArguments(
  tokens: readonly CodeToken[],
  family: Family,
  parameters: readonly CodeParameter[],
): Map<string, string> {
  const names = new Map<string, string>();
  const add = (name: string | undefined, index: number): void => {
    const parameter = parameters[index];
    if (name !== undefined && parameter?.text === true) names.set(name, parameter.name ?? `$${index + 1}`);
  };
  if (family !== "perl") {
    parameters.forEach(({ name }, i) => {
      if (name !== null) add(name, i);
    });
    return names;
  }
  let shifted = 0;
  tokens.forEach(({ text }, i) => {
    if (text === "shift") add(tokens[i - 2]?.text, shifted++);
    if (text !== "@_" || tokens[i - 1]?.text !== "=" || tokens[i - 2]?.text !== ")") return;
    const from = tokens.findLastIndex((token, k) => k < i && token.text === "(");
    tokens
      .slice(from + 1, i - 2)
      .filter(({ kind }) => kind === "word")
      .forEach((token, k) => {
        add(token.text, k);
      });
  });
  return names;
}

/** Words whose values something in the code can limit: a list, a pattern, a comparison with a constant. */
function checkedWords(tokens: readonly CodeToken[]): ReadonlySet<string> {
  const checked = new Set<string>();
  /** Where the call ends whose arguments are added. */
  let until = 0;
  tokens.forEach((token, i) => {
    if (token.kind !== "word") return;
    const word = token.text.replace(/\s/g, "");
    const after = tokens[i + 1]?.text ?? "";
    if (CHECKS.test(word) && after === "(") {
      checked.add(word.split(".", 1)[0] ?? "");
      if (i < until) return;
      const inside = argumentAt(tokens, i + 2, false);
      until = i + 2 + inside.length;
      for (const { text } of inside) checked.add(text);
      return;
    }
    if (word === "switch") checked.add(tokens[i + 2]?.text ?? "");
    if (["in", "not", "=~", "!~"].includes(after) || tokens[i - 1]?.text === "[") checked.add(word);
    const compared = [tokens[i + 2], tokens[i - 2]].some(
      (other) => other?.kind === "string" && other.text.length > 2,
    );
    if (compared && [after, tokens[i - 1]?.text ?? ""].some((sign) => UNDECIDED.has(sign))) checked.add(word);
  });
  return checked;
}

/** The tokens of one argument (or of all) of a call, from after its parenthesis. */
function argumentAt(tokens: readonly CodeToken[], from: number, one = true): readonly CodeToken[] {
  let depth = 0;
  for (let i = from; i < tokens.length; i++) {
    const text = tokens[i]?.kind === "sign" ? tokens[i]?.text : "";
    if (text === "(" || text === "[" || text === "{") depth++;
    if (text === ")" || text === "]" || text === "}") depth--;
    if (depth < 0 || (one && depth === 0 && text === ",")) return tokens.slice(from, i);
  }
  return tokens.slice(from);
}

const CONTINUES = new Set(["+", ".", "%", "(", "[", ",", "=", "+=", ".=", "\\", "||"]);

/** Where the values begin that each variable is given anywhere. */
function assignments(tokens: readonly CodeToken[]): Map<string, readonly number[]> {
  const found = new Map<string, number[]>();
  tokens.forEach((token, i) => {
    if (token.kind !== "word") return;
    const next = tokens[i + 1]?.text ?? "";
    const list = next === "(" ? ADDS.exec(token.text)?.[1] : undefined;
    const name = list ?? (/^(?:=|\+=|\.=)$/.test(next) ? token.text : undefined);
    if (name === undefined) return;
    const before = found.get(name);
    if (before === undefined) found.set(name, [i + 2]);
    else before.push(i + 2);
  });
  return found;
}

/** The value that begins at that token. */
function valueAt({ tokens, effort }: Scope, from: number): readonly CodeToken[] {
  const value: CodeToken[] = [];
  let depth = 0;
  for (let k = from; k < tokens.length && effort.left > 0; k++) {
    effort.left--;
    const next = tokens[k];
    if (next === undefined || (next.text === ";" && depth === 0)) break;
    if (next.kind === "line") {
      const goesOn =
        depth > 0 ||
        CONTINUES.has(tokens[k - 1]?.text ?? "") ||
        ["+", ".", "%"].includes(tokens[k + 1]?.text ?? "");
      if (!goesOn) break;
      continue;
    }
    if (["(", "[", "{"].includes(next.text)) depth++;
    if ([")", "]", "}"].includes(next.text)) depth--;
    if (depth < 0) break;
    value.push(next);
  }
  return value;
}

/** The first argument that an expression puts into its text; null: none, or it is not plain to see. */
function firstIn(tokens: readonly CodeToken[], scope: Scope, depth: number): CodeHole | null {
  scope.effort.left -= tokens.length;
  if (depth > DEEPEST || scope.effort.left <= 0) return null;
  if (tokens.some(({ kind, text }) => kind !== "string" && UNDECIDED.has(text))) return null;
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i];
    if (token === undefined) break;
    if (token.kind === "string") {
      for (const part of token.parts) {
        const hole = firstIn(part, scope, depth + 1);
        if (hole !== null) return hole;
      }
    }
    if (token.kind !== "word") continue;
    const word = token.text.replace(/\s/g, "");
    const next = tokens[i + 1]?.text;
    if (next === "(" || next === "[") {
      const inside = argumentAt(tokens, i + 2, false);
      const same = SAME.exec(word)?.[1];
      const list = next === "(" ? JOINED.exec(word)?.[1] : undefined;
      const hole =
        next === "(" && same !== undefined
          ? named(same, token, scope, depth)
          : next === "(" && !CLEANS.test(word) && (KEEPS.test(word) || JOINS.test(word))
            ? ((list === undefined ? null : named(list, token, scope, depth)) ??
              firstIn(inside, scope, depth + 1))
            : null;
      if (hole !== null) return hole;
      i += inside.length + 2;
      continue;
    }
    const hole = named(word, token, scope, depth);
    if (hole !== null) return hole;
  }
  return null;
}

function named(word: string, { start, end }: CodeToken, scope: Scope, depth: number): CodeHole | null {
  const argument = scope.names.get(word) ?? memberOf(word, scope);
  const assigned = scope.assigned.get(word);
  if (assigned === undefined) return argument === undefined ? null : { argument, start, end };
  if (scope.seen.has(word)) return null;
  scope.seen.add(word);
  let same = argument !== undefined;
  for (const from of assigned) {
    if (scope.effort.left <= 0) return null;
    const value = valueAt(scope, from);
    const hole = firstIn(value, scope, depth + 1);
    if (hole !== null) return hole;
    same &&= keepsArgument(word, value);
  }
  // `p = p.trim()` and `my ($p) = @_` leave the argument what it is.
  return argument !== undefined && same ? { argument, start, end } : null;
}

/** `filter.column`, where the argument comes as an object. */
function memberOf(word: string, { names, objects, checked, assigned }: Scope): string | undefined {
  const base = word.slice(0, Math.max(word.indexOf("."), 0));
  if (!objects.has(base) || assigned.has(base) || checked.has(word) || PLAIN_MEMBER.test(word))
    return undefined;
  return names.get(base);
}

function keepsArgument(name: string, value: readonly CodeToken[]): boolean {
  const [first] = value;
  return first?.text === "shift" || first?.text === "@_" || SAME.exec(first?.text ?? "")?.[1] === name;
}
