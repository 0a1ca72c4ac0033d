import type { Node } from "@pgsql/types";
import type { MappedText } from "../text/mapped-text.ts";
import type { Source } from "../text/source.ts";
import type { Span } from "../text/span.ts";

/** One top-level statement that the parser accepted. */
export interface Statement {
  /** First to last token, without comments around it and without the `;`. Bytes in the source. */
  readonly span: Span;
  /** What the parser saw (masked), with its map into the source. `node` locations are bytes in `text.text`. */
  readonly text: MappedText;
  /** The raw parse tree. Only the rooms parser/ and events/ look inside. */
  readonly node: Node;
}

/**
 * Why a part of a source could not be judged:
 * `parse-error` a statement PostgreSQL's parser refuses, or bytes that are not UTF-8 text;
 * `too-complex` nested too deeply or too large; `other-dialect` the file is MySQL, SQL Server, …
 */
export type ProblemKind = "parse-error" | "too-complex" | "other-dialect";

export interface Problem {
  readonly kind: ProblemKind;
  /** The exact place: for a syntax error the offending token. Bytes in the source. */
  readonly span: Span;
  /** The whole statement the problem costs, when it is one. */
  readonly statement?: Span;
  readonly message: string;
}

/** Something that was seen but not followed: `\i file`, `\if` branches, a template that was masked. */
export interface Unseen {
  readonly span: Span;
  readonly message: string;
}

/** A source, split and parsed. `T` is what was made of each statement. */
export interface ParsedSource<T = Statement> {
  readonly source: Source;
  readonly statements: readonly T[];
  readonly problems: readonly Problem[];
  readonly unseen: readonly Unseen[];
}
