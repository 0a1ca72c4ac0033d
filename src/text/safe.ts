/**
 * What must never reach a terminal or a log raw: control characters (ESC, C1's one-byte CSI, DEL), bidirectional
 * controls and other format characters, zero-width and filler characters, line and paragraph separators, lone
 * surrogates. `##[`, `##vso[` and the like are log commands of build servers, wherever on a line they stand.
 * Kept: what holds an emoji together (variation selectors and joiners between pictographs).
 */
const UNSAFE =
  /(?!(?<=[\p{Extended_Pictographic}\p{Emoji_Modifier}])[\uFE0E\uFE0F])(?!(?<=[0-9#*])\uFE0F\u20E3)(?!(?<=[\p{Extended_Pictographic}\p{Emoji_Modifier}]\uFE0F?)\u200D(?=\p{Extended_Pictographic}))[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]|#(?=#\w*\[)/gu;

const PRINTABLE_ASCII = /^[ -~]*$/;

/** Text of strangers on one line: whatever could move the cursor, hide or reorder text is written out, `\n` or `\u{202e}`. */
export function safeText(text: string): string {
  if (PRINTABLE_ASCII.test(text) && !text.includes("##")) return text;
  return text.replace(UNSAFE, escapeCharacter);
}

function escapeCharacter(character: string): string {
  switch (character) {
    case "\n":
      return "\\n";
    case "\r":
      return "\\r";
    case "\t":
      return "\\t";
    default:
      return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
  }
}

/** The same for JSON text: the value stays what it is, only written in `\uXXXX` escapes that JSON.stringify does not use. */
export function safeJson(json: string): string {
  if (!/[^\n -~]|##/.test(json)) return json;
  // Line by line: nearly all of them are plain.
  return json.split("\n").map(safeLine).join("\n");
}

function safeLine(line: string): string {
  if (PRINTABLE_ASCII.test(line) && !line.includes("##")) return line;
  return line.replace(UNSAFE, (character) => {
    let escaped = "";
    for (let i = 0; i < character.length; i++)
      escaped += `\\u${character.charCodeAt(i).toString(16).padStart(4, "0")}`;
    return escaped;
  });
}

/** A path as the first thing on a line: one that a build server would take for a command gets `./` in front. */
export function safePath(path: string): string {
  const safe = safeText(path);
  return /^[:#\s]/.test(safe) ? `./${safe}` : safe;
}
