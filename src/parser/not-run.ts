import type { Source } from "../text/source.ts";
import type { Unseen } from "./types.ts";

/** The first lines of what Supabase's editor copies: tables without their policies, in an order that does not run. */
const HEADER =
  /^\uFEFF?\s*-- WARNING: This schema is for context only and is not meant to be run\.\r?\n-- Table order and constraints may not be valid for execution\./;
const MIGRATIONS = /(?:^|\/)migrations?\//;

/** A file that says that it is a picture of a schema, where no tool would run it; null: it is SQL to be judged. */
export function notToBeRun({ path, bytes }: Source): Unseen | null {
  const found = HEADER.exec(bytes.toString("utf8", 0, 400));
  if (found === null || MIGRATIONS.test(path)) return null;
  return {
    span: { start: 0, end: Buffer.byteLength(found[0]) },
    message: "a picture of a schema that is not meant to be run: not checked",
  };
}
