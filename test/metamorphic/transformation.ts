/** What a transformation of SQL is: it changes how something is written, and not what PostgreSQL does. */
import { type Statement, scriptOf, statementsOf, textOf } from "./tokens.ts";

export interface File {
  readonly path: string;
  readonly text: string;
}

export interface Transformation {
  readonly name: string;
  /** The same files in another form; null when there is nothing in them to transform. Throws on SQL that it cannot read. */
  readonly apply: (files: readonly File[]) => readonly File[] | null;
  readonly rightly?: Rightly;
}

/** Where verdicts rightly differ, each with the reason. */
export interface Rightly {
  /** By rule, or rule and variant. */
  readonly rules?: Readonly<Record<string, string>>;
  /** By case, or the beginning of its id. */
  readonly cases?: Readonly<Record<string, string>>;
  /** Objects that only the other form has. */
  readonly objects?: RegExp;
}

/** Rewrites each statement into one or more others; null leaves it as it is. */
export function eachStatement(
  name: string,
  rewrite: (statement: Statement, all: readonly Statement[]) => readonly string[] | string | null,
  rightly: Rightly = {},
): Transformation {
  return {
    name,
    rightly,
    apply(files) {
      const read = files.map((file) => ({ ...file, statements: statementsOf(file.text) }));
      const all = read.flatMap(({ statements }) => statements);
      let changed = false;
      const written = read.map(({ path, statements }) => {
        const texts = statements.flatMap((statement) => {
          const result = rewrite(statement, all);
          if (result === null) return [textOf(statement)];
          changed = true;
          return result;
        });
        return { path, text: scriptOf(texts) };
      });
      return changed ? written : null;
    },
  };
}

/** Changes the text of each file. */
export function eachText(name: string, change: (text: string) => string): Transformation {
  return {
    name,
    apply(files) {
      const written = files.map(({ path, text }) => ({ path, text: change(text) }));
      return written.some(({ text }, index) => text !== files[index]?.text) ? written : null;
    },
  };
}
