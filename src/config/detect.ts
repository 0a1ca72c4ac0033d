import { readdirSync } from "node:fs";
import { basename, dirname, join, relative, sep } from "node:path";
import { shownPath } from "../text/paths.ts";
import { readFile } from "../text/read-file.ts";
import {
  directoriesAbove,
  type PlatformPlace,
  postgrestConfigFile,
  supabaseConfigFile,
} from "./platform-files.ts";
import type { PresetName } from "./types.ts";

export interface DetectedPreset {
  readonly name: PresetName;
  /** Half a sentence that completes "because …": `found supabase/config.toml`. */
  readonly reason: string;
}

export interface DetectFrom extends PlatformPlace {
  readonly cwd: string;
  /** The database's files; `path` is what the reason shows. */
  readonly files: readonly { readonly path: string; readonly bytes: Buffer }[];
}

interface TextSign {
  readonly pattern: RegExp;
  readonly what: (match: string) => string;
}

const names = (match: string) => `names ${match.replace(/\s+/g, " ").trim()}`;

const PGSTACK: TextSign = {
  pattern:
    /\bpgr\s*\.\s*(?:subscribe|unsubscribe|subscription_meta|get_subscriptions)\b|\bpgstack\s*\.\s*\w+|\bschema\s+(?:pgr|pgstack)\b/gi,
  what: names,
};
const PGTRICKLE: TextSign = {
  pattern: /\bpgtrickle(?:_changes)?\s*\.\s*\w+|\bschema\s+pgtrickle(?:_changes)?\b/gi,
  what: names,
};
const SUPABASE_IDENTITY: TextSign = {
  pattern: /\bauth\s*\.\s*(?:uid|jwt|role|email)\s*\(\s*\)|\bauth\s*\.\s*users\b/gi,
  what: names,
};
/** Not `anon`: that is also what PostgREST's own guides call the anonymous role. */
const SUPABASE_CLIENT: TextSign = {
  pattern:
    /\bstorage\s*\.\s*(?:objects|buckets|foldername)\b|\bto\s+(?:"?\w+"?\s*,\s*){0,8}"?(?:authenticated|service_role)\b/gi,
  what: names,
};
/** Roles that the platform alone has. */
const SUPABASE_ROLES: TextSign = {
  pattern: /\bsupabase_(?:admin|(?:auth|storage|functions|realtime|replication)_admin|read_only_user)\b/gi,
  what: names,
};
const OWN_ROLES: TextSign = { pattern: /\bcreate\s+(?:role|user)\s+"?supabase_admin\b/gi, what: names };
/** A schema `auth` of the project's own. */
const OWN_AUTH: TextSign = {
  pattern:
    /\bcreate\s+schema\s+(?:if\s+not\s+exists\s+)?(?:auth\b|"auth")|\bcreate\s+(?:or\s+replace\s+)?(?:function|table|view)\s+(?:if\s+not\s+exists\s+)?auth\s*\./gi,
  what: names,
};
const POSTGREST: TextSign = {
  pattern:
    /\brequest\.jwt\.claims?\b|\b(?:role|user)\s+"?(?:authenticator|web_anon|anon)\b|\bto\s+"?(?:web_anon|anon)\b|\bnotify\s+pgrst\b|\bpgrst\.db_schemas\b/gi,
  what: names,
};
const EXTENSION: TextSign = {
  pattern: /@extschema(?::\w+)?@|\\echo\s+Use\s+"?(?:CREATE|ALTER)\s+EXTENSION/g,
  what: (match) => `has ${match}`,
};

/** No script of an extension can make one: whoever does, uses it, as its tests do. */
const USES_EXTENSION: TextSign = { pattern: /^[ \t]*create\s+extension\b/gim, what: names };

/**
 * The preset that fits a database best, from files of its platform and from names in its SQL. A place in a comment
 * does not count. The first that fits wins: extension script, pgStack, Supabase's files, pg_trickle, Supabase's names,
 * PostgREST, none.
 */
export function detectPreset(from: DetectFrom): DetectedPreset {
  const texts = from.files.map((file) => ({
    path: file.path,
    bytes: file.bytes,
    text: file.bytes.toString("latin1"),
  }));
  const sees = (sign: TextSign) => {
    for (const file of texts) {
      const found = firstOutsideComments(file, sign);
      if (found !== null) return found;
    }
    return null;
  };
  const detected = (name: PresetName, reason: string | null): DetectedPreset | null =>
    reason === null ? null : { name, reason };
  const supabaseText = () => {
    const role = sees(SUPABASE_ROLES);
    if (role !== null && sees(OWN_ROLES) === null) return role;
    const identity = sees(SUPABASE_IDENTITY);
    // Whoever asks Supabase's functions and makes none of them has them from Supabase.
    return identity === null || (sees(OWN_AUTH) !== null && sees(SUPABASE_CLIENT) === null) ? null : identity;
  };
  return (
    detected("extension", (sees(USES_EXTENSION) === null ? controlFile(from) : null) ?? sees(EXTENSION)) ??
    detected("pgstack", sees(PGSTACK)) ??
    detected("supabase", supabaseFiles(from)) ??
    detected("pgtrickle", sees(PGTRICKLE)) ??
    detected("supabase", supabaseText()) ??
    detected("postgrest", postgrestFile(from) ?? sees(POSTGREST)) ?? {
      name: "none",
      reason: "nothing names a platform",
    }
  );
}

/** What `supabase/` holds of a project whose config.toml is not in the repository. */
const SUPABASE_PARTS: ReadonlySet<string> = new Set(["migrations", "schemas"]);

function supabaseFiles(from: DetectFrom): string | null {
  const config = supabaseConfigFile(from);
  if (config !== null) return `found ${shownPath(config, from.cwd)}`;
  for (const at of directoriesAbove(from)) {
    if (SUPABASE_PARTS.has(basename(at)) && basename(dirname(at)) === "supabase")
      return `found ${shownPath(at, from.cwd)}`;
  }
  return null;
}

function postgrestFile(from: DetectFrom): string | null {
  const config = postgrestConfigFile(from);
  return config === null ? null : `found ${shownPath(config, from.cwd)}`;
}

/** Where else a source tree keeps control files, beside the directories above the scripts. */
const CONTROL_DIRECTORIES = ["", "extension", "ext"];

/**
 * A control file beside the database's files; above a directory `sql` that they lie in; or up to two directories above, or in a
 * directory beside these, one whose extension's name a script begins with. A build can make it from `name.control.in`.
 */
function controlFile(from: DetectFrom): string | null {
  for (const [index, above] of directoriesAbove(from).slice(0, 6).entries()) {
    const inSql = relative(above, from.database).split(sep)[0] === "sql";
    for (const at of CONTROL_DIRECTORIES.map((name) => join(above, name))) {
      for (const name of controlNames(at)) {
        const extension = name.slice(0, name.lastIndexOf(".control"));
        const owns =
          (at === above && (index === 0 || inSql)) ||
          (index < 3 && from.files.some((file) => basename(file.path).startsWith(extension)));
        if (owns && isControlFile(join(at, name))) return `found ${shownPath(join(at, name), from.cwd)}`;
      }
    }
  }
  return null;
}

function controlNames(directory: string): readonly string[] {
  try {
    return readdirSync(directory)
      .filter((name) => /\.control(?:\.in)?$/.test(name))
      .sort();
  } catch {
    return [];
  }
}

function isControlFile(file: string): boolean {
  try {
    return /^\s*(?:default_version|module_pathname|relocatable|schema)\s*=/m.test(
      readFile(file, 1 << 20).toString("latin1"),
    );
  } catch {
    return false;
  }
}

/** Beyond so many places in comments a file is not searched further. */
const MOST_PLACES = 200;

function firstOutsideComments(
  file: { path: string; bytes: Buffer; text: string },
  sign: TextSign,
): string | null {
  let places = 0;
  for (const match of file.text.matchAll(sign.pattern)) {
    if (places++ === MOST_PLACES) break;
    if (inComment(file.text, match.index)) continue;
    return `${file.path}:${lineOf(file.bytes, match.index)} ${sign.what(match[0])}`;
  }
  return null;
}

/** Near enough for a hint: `--` before it on its line, or a block comment that is still open within the last 16 KB. */
function inComment(text: string, at: number): boolean {
  const lineStart = text.lastIndexOf("\n", at - 1) + 1;
  if (/^(?:[^']|'[^']*')*?--/.test(text.slice(Math.max(lineStart, at - 2000), at))) return true;
  const before = text.slice(Math.max(0, at - 16384), at);
  return before.lastIndexOf("/*") > before.lastIndexOf("*/");
}

function lineOf(bytes: Buffer, offset: number): number {
  let line = 1;
  for (let at = bytes.indexOf(10); at !== -1 && at < offset; at = bytes.indexOf(10, at + 1)) line++;
  return line;
}
