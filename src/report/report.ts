import type { Report } from "../engine/report.ts";
import type { Rule } from "../rule/rule.ts";
import type { Style } from "./style.ts";

export type { DatabaseSummary, Report } from "../engine/report.ts";

export const FORMATS = [
  "pretty",
  "concise",
  "json",
  "sarif",
  "github",
  "gitlab",
  "junit",
  "checkstyle",
  "rdjson",
  "markdown",
] as const;
export type Format = (typeof FORMATS)[number];

/** What a format says about a rule itself. */
export interface RulePage
  extends Pick<Rule, "id" | "title" | "severity" | "category" | "persona" | "cwe" | "why"> {
  /** Its documentation page, in Markdown; empty where it is not there. */
  readonly page: string;
}

export interface ReportOptions {
  /** How to colour; `plain` for none. */
  readonly style: Style;
  /** Columns of the terminal; null when the output is not one: then nothing is wrapped. */
  readonly columns: number | null;
  /** List what could not be judged, too. */
  readonly showUnknown: boolean;
  /** List what was set aside, too. */
  readonly showSuppressed: boolean;
  /** Count findings by rule instead of showing them, in formats for people. */
  readonly statistics: boolean;
  /** Write a rule's address out: in the log of a CI server addresses are clickable, names are not. */
  readonly urls: boolean;
  /** End with what was found and checked, in formats for people. */
  readonly summary: boolean;
  /** The rules that ran, by id; only asked for by formats that describe them (`describesRules`). */
  readonly rules: readonly RulePage[];
  /** The way from the repository's top to the working directory, `db/`; empty where they are the same. */
  readonly prefix: string;
}

/** An output format: the whole text for standard output, ending in a newline unless empty. */
export type Reporter = (report: Report, options: ReportOptions) => string;

/** Loads the reporter of a format. */
export async function loadReporter(format: Format): Promise<Reporter> {
  switch (format) {
    case "pretty":
      return (await import("./pretty.ts")).pretty;
    case "concise":
      return (await import("./concise.ts")).concise;
    case "json":
      return (await import("./json.ts")).json;
    case "sarif":
      return (await import("./sarif.ts")).sarif;
    case "github":
      return (await import("./github.ts")).github;
    case "gitlab":
      return (await import("./gitlab.ts")).gitlab;
    case "junit":
      return (await import("./junit.ts")).junit;
    case "checkstyle":
      return (await import("./checkstyle.ts")).checkstyle;
    case "rdjson":
      return (await import("./rdjson.ts")).rdjson;
    case "markdown":
      return (await import("./markdown.ts")).markdown;
  }
}

/** Whether a format needs the rules' pages. */
export function describesRules(format: Format): boolean {
  return format === "sarif";
}

/** Whether a format is one document, that nothing else may stand beside. */
export function isDocument(format: Format): boolean {
  return format !== "pretty" && format !== "concise" && format !== "github" && format !== "markdown";
}
