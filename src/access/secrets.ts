/** Telling secrets from placeholders, names and public values. */

/** Stands for a value that is put in when the script runs, or is meant to be replaced by hand. */
export function isPlaceholder(value: string): boolean {
  const text = value.trim();
  if (/^[\s.*…_\-?#x]*$/iu.test(text)) return true;
  if (/\$\{|\{\{|<%|%>|\$\(|%\(|#\{|\{%/.test(text)) return true;
  if (
    /^(?:<.*>|\[.*\]|\{[\w.:-]+\}|%\w*%|\$\w+|:['"]?\w+['"]?|@+[\w.:-]+@+|__\w+__|%[sLI]|env\(.*\)|vault:.*|secret:.*)$/is.test(
      text,
    )
  )
    return true;
  return /^(?:your|my|the|some|insert|replace|put|enter|add|set)[-_ ].*(?:here|password|secret|key|token)\b|placeholder|redacted|^(?:todo|dummy|example|not[-_ ]?used|unset|none|null)$|\bhere$/i.test(
    text,
  );
}

/** The raw source at a value: psql variables and templates are put in later, though the parser sees a literal or a name there. */
export function isPutIn(raw: string): boolean {
  return /^\s*(?:=|to\b)?\s*(?::['"]?\w|:\{|\{\{|\{\w|\$\{|\$\(|<%|%\(|#\{|@+\w|`)/i.test(raw);
}

const SHAPES: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----/, "a private key"],
  [/\b(?:sk|rk)_(?:live|test)_[0-9A-Za-z]{8,}/, "a Stripe key"],
  [/\bwhsec_[0-9A-Za-z+/=]{16,}/, "a webhook secret"],
  [/\bsb_secret_[0-9A-Za-z_-]{8,}/, "a Supabase secret key"],
  [/\bgh[pousr]_[0-9A-Za-z]{30,}|\bgithub_pat_\w{30,}/, "a GitHub token"],
  [/\bglpat-[\w-]{18,}/, "a GitLab token"],
  [/\bxox[abprs]-[\w-]{10,}/, "a Slack token"],
  [/\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/, "an AWS access key"],
  [/\bAIza[\w-]{35}\b/, "a Google API key"],
  [/\bSG\.[\w-]{16,}\.[\w-]{16,}/, "a SendGrid key"],
  [/\bsk-(?:proj-|ant-)?[\w-]{24,}/, "an API key"],
  [/\bre_[0-9A-Za-z]{8,}_[0-9A-Za-z]{16,}/, "a Resend key"],
  [
    /\b(?:postgres(?:ql)?|mysql|mongodb(?:\+srv)?|redis|amqps?):\/\/[^\s:@/]+:(?!\$|\{|<|%)[^\s@/]{3,}@/,
    "a connection string with a password",
  ],
];

/** Supabase's key that passes all policies. */
export const SERVICE_KEY = "the service_role key";

/** Of a token that is not longer than any of them is: a text full of beginnings must not be gone through again for each. */
const JWT = /\beyJ[\w-]{8,512}\.(eyJ[\w-]{8,16384})\.[\w-]{16,}/;

/** What well-known secret stands in the text; null for none. */
export function knownSecret(text: string): string | null {
  return findSecret(text)?.what ?? null;
}

/** A well-known secret in a text, and the part that is the secret. */
export function findSecret(text: string): { readonly what: string; readonly secret: string } | null {
  for (const [shape, what] of SHAPES) {
    const secret = shape.exec(text)?.[0];
    if (secret !== undefined) return { what, secret };
  }
  const token = JWT.exec(text)?.[0];
  if (token !== undefined) {
    if (isPublicToken(text)) return null;
    const service = /"role"\s*:\s*"service_role"/.test(payloadOf(text));
    return { what: service ? SERVICE_KEY : "a signed token (JWT)", secret: token };
  }
  const bearer = /\b(?:Bearer|Basic)\s+([\w.~+/=-]{12,})/.exec(text)?.[1];
  if (bearer !== undefined && !isPlaceholder(bearer) && !bearer.startsWith("eyJ"))
    return { what: "a bearer token", secret: bearer };
  return null;
}

/** A token made to be public: Supabase's `anon` key, and the keys that every local installation of it has. */
export function isPublicToken(text: string): boolean {
  return /"role"\s*:\s*"anon"|"iss"\s*:\s*"supabase-demo"/.test(payloadOf(text));
}

/** What the token in a text says; empty without one. */
function payloadOf(text: string): string {
  return Buffer.from(JWT.exec(text)?.[1] ?? "", "base64url").toString("utf8");
}

/** The letters that a random text is made of, in their order, and not a text of them. */
export function isAlphabet(value: string): boolean {
  let next = 0;
  for (let i = 1; i < value.length; i++) if (value.charCodeAt(i) === value.charCodeAt(i - 1) + 1) next++;
  return value.length >= 16 && 2 * next > value.length;
}

/** Random-looking text without known shape: mixed case and digits, long, no words. */
export function looksRandom(value: string): boolean {
  if (value.length < 24 || value.length > 300 || !/^[\w+/=.~-]+$/.test(value)) return false;
  if (!/[a-z]/.test(value) || !/[A-Z]/.test(value) || (value.match(/\d/g)?.length ?? 0) < 3) return false;
  // Words joined by signs, such as names of files and classes.
  if (/^[A-Za-z]+(?:[._/-][A-Za-z]+)+\d*$/.test(value) || (/[a-z]{9,}/i.test(value) && entropy(value) < 4.3))
    return false;
  return entropy(value) >= 4.1 && !isAlphabet(value);
}

/** Shannon's, in bits a character. */
export function entropy(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length);
  return bits;
}

const SECRET_NAME =
  /secret|passw(?:or)?d|passphrase|pwd|token|api_?key|private_?key|access_?key|service_?(?:role_?)?key|signing_?key|encryption_?key|jwt|credential/i;
const NOT_SECRET_NAME =
  /public|anon|publishable|expir|_exp$|ttl|lifetime|max_age|algo?|audience|_aud$|issuer|_url$|_uri$|endpoint|claim|header|_name$|path|file|length|size|iterations|rounds|_id$|_ids$|encryption$|_at$|count|type$|cost|duration|timeout|enabled/i;

/** A name of a setting, option or variable that says its value is secret. */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name) && !NOT_SECRET_NAME.test(name);
}

/** The secret password in a connection string: `password=…` or `://user:password@`. */
export function connectionPassword(text: string): string | null {
  const url = /^\w+:\/\/[^\s:@/]+:([^\s@/]+)@/.exec(text.trim());
  if (url !== null) return url[1] ?? null;
  const pair = /(?:^|\s)password\s*=\s*(?:'((?:[^'\\]|\\.)*)'|(\S+))/i.exec(text);
  return pair === null ? null : (pair[1] ?? pair[2] ?? null);
}
