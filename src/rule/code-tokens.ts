/** Words, strings and signs of code in JavaScript, Python and Perl, as far as it takes to see how text is put together. */

export type Family = "javascript" | "python" | "perl";

/** `start`, `end`: UTF-16 units in the code. */
export interface CodeToken {
  readonly kind: "word" | "string" | "sign" | "line";
  readonly text: string;
  readonly start: number;
  readonly end: number;
  /** Expressions inside a string: `${…}`, `{…}` of f-strings, `$name`. */
  readonly parts: readonly (readonly CodeToken[])[];
}

const FAMILIES: Readonly<Record<string, Family>> = {
  plv8: "javascript",
  pljs: "javascript",
  plpython3u: "python",
  plpython2u: "python",
  plpythonu: "python",
  plperl: "perl",
  plperlu: "perl",
};

/** The family of a language's syntax; null when its code is not read. */
export function familyOf(language: string): Family | null {
  return FAMILIES[language] ?? null;
}

const COMMENT: Readonly<Record<Family, RegExp>> = {
  javascript: /\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$)/y,
  python: /#[^\n]*/y,
  perl: /#[^\n]*/y,
};

const WORD: Readonly<Record<Family, RegExp>> = {
  javascript: /[A-Za-z_$][\w$]*(?:\s*\.\s*[A-Za-z_$][\w$]*)*/y,
  python: /[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*/y,
  perl: /[$@%]?[A-Za-z_]\w*|[$@]_/y,
};

const STRING: Readonly<Record<Family, RegExp>> = {
  javascript: /"(?:[^"\\\n]|\\[\s\S])*"|'(?:[^'\\\n]|\\[\s\S])*'|`(?:[^`\\]|\\[\s\S])*`/y,
  python:
    /(?:[rbufRBUF]{1,2})?(?:"""(?:[^\\]|\\[\s\S])*?"""|'''(?:[^\\]|\\[\s\S])*?'''|"(?:[^"\\\n]|\\[\s\S])*"|'(?:[^'\\\n]|\\[\s\S])*')/y,
  perl: /"(?:[^"\\]|\\[\s\S])*"|'(?:[^'\\]|\\[\s\S])*'|qq\{(?:[^}\\]|\\[\s\S])*\}|q\{(?:[^}\\]|\\[\s\S])*\}/y,
};

const OPENING: Readonly<Record<Family, RegExp>> = {
  javascript: /["'`]/y,
  python: /[rbufRBUF]{0,2}(?:"""|'''|["'])/y,
  perl: /["']|qq?\{/y,
};

/** Strings without an end, each of which was looked for up to the end of the code. */
const MOST_UNENDED = 100;

const SIGN = /===|!==|==|!=|=~|!~|<=|>=|\+=|\.=|&&|\|\||\*\*|->|=>|\d[\w.]*|[^\s]/y;

/** Tokens of a piece of code, at most as many as it has characters; lines that follow each other are one token. */
export function tokensOfCode(
  code: string,
  family: Family,
  from = 0,
  to: number = code.length,
): readonly CodeToken[] {
  const tokens: CodeToken[] = [];
  let at = from;
  const match = (pattern: RegExp): string | null => {
    pattern.lastIndex = at;
    const found = pattern.exec(code)?.[0] ?? null;
    return found !== null && at + found.length <= to ? found : null;
  };
  const push = (kind: CodeToken["kind"], text: string, parts: CodeToken["parts"] = []): void => {
    tokens.push({ kind, text, start: at, end: at + text.length, parts });
  };
  let unended = 0;
  while (at < to) {
    const char = code[at] ?? "";
    let text: string | null = null;
    if (char === "\n") {
      if (tokens.at(-1)?.kind !== "line") push("line", char);
    } else if (!/\s/.test(char)) {
      text = match(COMMENT[family]);
      if (text === null) {
        const opening = unended < MOST_UNENDED ? match(OPENING[family]) : null;
        text = opening === null ? null : match(STRING[family]);
        if (text !== null) push("string", text, partsOf(code, family, at, text));
        if (opening !== null && text?.startsWith(opening) !== true) unended++;
      }
      if (text === null) {
        text = match(WORD[family]);
        if (text !== null) push("word", text);
      }
      if (text === null) {
        text = match(SIGN) ?? char;
        push("sign", text);
      }
    }
    at += text?.length ?? 1;
  }
  return tokens;
}

/** The expressions that a string puts in. */
function partsOf(code: string, family: Family, start: number, text: string): CodeToken["parts"] {
  const found: (readonly CodeToken[])[] = [];
  const inside = (pattern: RegExp): void => {
    for (const match of text.matchAll(pattern)) {
      const [whole, expression = ""] = match;
      const from = start + match.index + (whole === expression ? 0 : whole.indexOf(expression, 1));
      found.push(tokensOfCode(code, family, from, from + expression.length));
    }
  };
  if (family === "javascript" && text.startsWith("`")) inside(/\$\{([^{}]*)\}/g);
  if (family === "python" && /^[a-z]*f/i.test(text)) inside(/(?<!\{)\{([^{}:!]+)(?:[:!][^{}]*)?\}(?!\})/g);
  if (family === "perl" && !/^(?:'|q\{)/.test(text)) inside(/(?<!\\)(\$\w+(?:\[\d+\])?)/g);
  return found;
}
