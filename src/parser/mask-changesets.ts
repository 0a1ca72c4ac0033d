import { blank } from "./encoding.ts";
import { lineEnd } from "./lexer.ts";

const HEADER = /^(?:\uFEFF|\xEF\xBB\xBF)?\s*--\s*liquibase\s+formatted\s+sql\b/i;
const CHANGESET = /^[ \t]*--[ \t]*changeset[ \t]+\S[^\r\n]*/gim;
const DBMS = /\bdbms:\s*(?:"([^"]*)"|(\S+))/i;

/**
 * Liquibase's formatted SQL: each `--changeset` is run by itself, so the statement before it ends there, with or without a `;`; those
 * that name other systems alone (`dbms:oracle`) are not run at all.
 */
export function maskChangesets(source: Buffer): Buffer {
  if (!HEADER.test(source.toString("latin1", 0, 200))) return source;
  const bytes = Buffer.from(source);
  const found = [...source.toString("latin1").matchAll(CHANGESET)];
  found.forEach((match, i) => {
    const start = match.index;
    const lineStops = lineEnd(bytes, start, bytes.length);
    const end = isForPostgres(match[0]) ? lineStops : (found[i + 1]?.index ?? bytes.length);
    blank(bytes, start, end);
    bytes.write(";", start, "latin1");
  });
  return bytes;
}

function isForPostgres(header: string): boolean {
  const found = DBMS.exec(header);
  if (found === null) return true;
  const names = (found[1] ?? found[2] ?? "").toLowerCase().split(/\s*,\s*/);
  if (names.includes("!postgresql")) return false;
  return names.some((name) => name === "postgresql" || name === "all" || name.startsWith("!"));
}
