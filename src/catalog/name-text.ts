/** `app."My t"` as text: the parts of a name, folded unless quoted. */
export function splitName(text: string): readonly string[] {
  const parts: string[] = [];
  for (const [, quoted, plain] of text.matchAll(/"((?:[^"]|"")*)"|([^."]+)/g)) {
    parts.push(quoted === undefined ? (plain ?? "").trim().toLowerCase() : quoted.replaceAll('""', '"'));
  }
  return parts;
}
