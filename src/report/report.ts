import type { Report } from "../engine/report.ts";
import type { Style } from "./style.ts";

export type { DatabaseSummary, Report } from "../engine/report.ts";

export const FORMATS = ["pretty", "concise", "json"] as const;
export type Format = (typeof FORMATS)[number];

export interface ReportOptions {
  /** How to colour; `plain` for none. */
  readonly style: Style;
  /** Columns of the terminal; null when the output is not one: then nothing is wrapped. */
  readonly columns: number | null;
  /** List what could not be judged, too. */
  readonly showUnknown: boolean;
  /** End with what was found and checked, in formats for people. */
  readonly summary: boolean;
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
  }
}
