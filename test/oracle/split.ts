/**
 * The statements of a script, as psql sends them: independent of pgvet's own splitter, for well-formed scripts without psql
 * commands. Sent as one string, statements before a BEGIN would belong to its transaction.
 */
export function splitStatements(sql: string): readonly string[] {
  const statements: string[] = [];
  let start = 0;
  let hasCode = false;
  // BEGIN ATOMIC … END, and CASE … END inside of it.
  let depth = 0;
  for (const match of sql.matchAll(TOKEN)) {
    const token = match[0];
    if (token === ";" && depth === 0) {
      if (hasCode) statements.push(sql.slice(start, match.index).trim());
      start = match.index + 1;
      hasCode = false;
    } else if (!/^(--|\/\*|\s)/.test(token)) {
      hasCode = true;
      const word = token.toLowerCase();
      if (/^begin\s+atomic$/.test(word) || (depth > 0 && word === "case")) depth++;
      else if (depth > 0 && word === "end") depth--;
    }
  }
  if (hasCode) statements.push(sql.slice(start).trim());
  return statements;
}

const TOKEN =
  /--[^\n]*|\/\*[\s\S]*?\*\/|\be'(?:[^'\\]|\\[\s\S]|'')*'|'(?:[^']|'')*'|"(?:[^"]|"")*"|(\$(?:[a-z_]\w*)?\$)[\s\S]*?\1|\bbegin\s+atomic\b|[a-z_][\w$]*|\s+|[\s\S]/gi;
