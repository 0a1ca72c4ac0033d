/** Regular expressions that say which characters a text can have. */

/** Characters that can end a quoted text, start SQL of their own or leave a directory. */
const DANGEROUS = ["'", '"', "\\", "$", ";", ".", "/", "(", ")", " ", "-", ","];

/** Whether `text ~ pattern` leaves only harmless characters: `^[a-z_][a-z0-9_]*$`, `^\w+$`, `^(asc|desc)$`. */
export function isSafePattern(pattern: string): boolean {
  if (!pattern.startsWith("^") || !pattern.endsWith("$") || /\\\$$/.test(pattern)) return false;
  const body = pattern.slice(1, -1);
  let at = 0;
  let depth = 0;
  while (at < body.length) {
    const rest = body.slice(at, at + 64);
    const set = /^\[(\^?)((?:\\.|\[:[a-z]+:\]|[^\]\\])+)\]/.exec(body.slice(at, at + 256));
    if (set !== null) {
      if (set[1] === "^" || !isSafeSet(set[2] ?? "")) return false;
      at += set[0].length;
      continue;
    }
    const plain = /^(?:\\[wd]|[A-Za-z0-9_]|\{\d+(?:,\d*)?\}|[*+?])/.exec(rest);
    if (plain !== null) {
      at += plain[0].length;
      continue;
    }
    const group = /^\((?:\?:)?/.exec(rest);
    if (group !== null) {
      depth++;
      at += group[0].length;
    } else if (rest.startsWith(")")) {
      depth--;
      at++;
    } else if (rest.startsWith("|") && depth > 0) at++;
    else return false;
  }
  return depth === 0;
}

/** Whether `regexp_replace(text, pattern, '', 'g')` takes away all dangerous characters: `[^a-zA-Z0-9_]`, `\W+`. */
export function cleansText(pattern: string): boolean {
  if (/^\\W\+?$/.test(pattern)) return true;
  const set = /^\[\^((?:\\.|\[:[a-z]+:\]|[^\]\\])+)\][+*]?$/.exec(pattern);
  return set !== null && isSafeSet(set[1] ?? "");
}

const SAFE_CLASSES = /\[:(alnum|alpha|digit|lower|upper|xdigit):\]/g;

/** Whether the inside of `[…]` holds only letters, digits, `_` and a hyphen or space that cannot end anything. */
function isSafeSet(inside: string): boolean {
  const plain = inside.replace(SAFE_CLASSES, "a").replace(/\\[wd]/g, "a");
  if (plain.includes("\\") || plain.includes("[")) return false;
  for (let i = 0; i < plain.length; i++) {
    const from = plain[i] ?? "";
    if (plain[i + 1] === "-" && i + 2 < plain.length) {
      const to = plain[i + 2] ?? "";
      const range = `${from}${to}`;
      if (!/^(?:[a-z]{2}|[A-Z]{2}|[0-9]{2})$/.test(range)) return false;
      i += 2;
    } else if (!/[A-Za-z0-9_ -]/.test(from)) {
      if (DANGEROUS.includes(from) || !/[\u00a1-\uffff:@]/.test(from)) return false;
    }
  }
  return true;
}
