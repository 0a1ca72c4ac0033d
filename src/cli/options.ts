import { PRESET_NAMES } from "../config/types.ts";
import { CATALOG_FORMATS } from "../report/catalog-format.ts";
import { FORMATS } from "../report/report.ts";
import { CONFIDENCES, PERSONAS, SEVERITIES } from "../rule/finding.ts";

export const COMMANDS = {
  check: {
    usage: "[paths…]",
    describe: "Lint files, directories and globs (the default command; - reads standard input)",
  },
  init: { usage: "", describe: "Write a pgvet.json for what is found in the working directory" },
  rules: { usage: "", describe: "List all rules" },
  explain: { usage: "RULE", describe: "Show the documentation of a rule" },
  baseline: {
    usage: "[paths…]",
    describe: "Keep what is found now in pgvet-baseline.json, so that only what is new is reported",
  },
  config: {
    usage: "[paths…]",
    describe: "Print the configuration of each database: file, preset and defaults together, as JSON",
  },
  completion: { usage: "SHELL", describe: "Print what a shell needs to complete commands: bash, zsh, fish" },
  catalog: {
    usage: "[paths…]",
    describe: "Print the catalog that the SQL builds: JSON, or a table of who can reach what",
  },
} as const;

export type CommandName = keyof typeof COMMANDS;

export const COMMAND_NAMES: readonly CommandName[] = [
  "check",
  "init",
  "rules",
  "explain",
  "baseline",
  "config",
  "completion",
  "catalog",
];

/** The values of `--fail-on`. */
export const FAIL_ON = [...SEVERITIES, "never"] as const;

/** The values of `pgvet completion`. */
export const SHELLS = ["bash", "zsh", "fish"] as const;

/** What `pgvet rules` can print. */
export const LIST_FORMATS = ["pretty", "concise", "json", "markdown"] as const;
export type ListFormat = (typeof LIST_FORMATS)[number];

export interface OptionSpec {
  readonly short?: string;
  readonly type: "string" | "boolean";
  /** What the value is called in the help text. */
  readonly value?: string;
  readonly choices?: readonly string[];
  /** The value may be `choice=FILE`, and the option given several times. */
  readonly toFiles?: boolean;
  /** For the help text. */
  readonly default?: string;
  readonly describe: string;
  /** The commands that know it. */
  readonly commands: readonly CommandName[];
  /** What is different for one of them. */
  readonly of?: Partial<Record<CommandName, Partial<Omit<OptionSpec, "of">>>>;
}

const SQL_COMMANDS: readonly CommandName[] = ["check", "baseline", "config", "catalog"];

/** Every option there is: parsing, checking, help and suggestions are made from this table. */
const OPTIONS = {
  format: {
    type: "string",
    value: "FORMAT[=FILE]",
    choices: FORMATS,
    toFiles: true,
    describe:
      "How to print, or what to write to a file; may be given several times [default: pretty, and github in its Actions]",
    commands: ["check", "rules", "catalog"],
    of: {
      rules: {
        choices: LIST_FORMATS,
        default: "pretty",
        toFiles: false,
        value: "FORMAT",
        describe: "How to print",
      },
      catalog: {
        choices: CATALOG_FORMATS,
        default: "json",
        toFiles: false,
        value: "FORMAT",
        describe: "How to print",
      },
    },
  },
  at: {
    type: "string",
    value: "FILE",
    describe: "The catalog as it is after this file",
    commands: ["catalog"],
  },
  "fail-on": {
    type: "string",
    value: "SEVERITY",
    choices: FAIL_ON,
    describe: "Exit with 1 from this severity on [default: as configured, else medium]",
    commands: ["check"],
  },
  "min-severity": {
    type: "string",
    value: "SEVERITY",
    choices: SEVERITIES,
    describe:
      "Show findings from this severity on; the others are counted [default: low; info for the persona auditor]",
    commands: ["check", "baseline"],
    of: {
      baseline: {
        describe: "Keep findings from this severity on [default: low; info for the persona auditor]",
      },
    },
  },
  "min-confidence": {
    type: "string",
    value: "CONFIDENCE",
    choices: CONFIDENCES,
    default: "low",
    describe: "Show findings that are at least so sure; the others are counted",
    commands: ["check", "baseline"],
    of: { baseline: { describe: "Keep findings that are at least so sure" } },
  },
  persona: {
    type: "string",
    value: "NAME",
    choices: PERSONAS,
    describe:
      "Whose findings to show: regular, pedantic too, or all for an auditor [default: as configured, else regular]",
    commands: ["check", "baseline"],
    of: { baseline: { describe: "Whose findings to keep [default: as configured, else regular]" } },
  },
  config: {
    type: "string",
    value: "FILE",
    describe: "Use this configuration file, not the nearest pgvet.json",
    commands: SQL_COMMANDS,
  },
  preset: {
    type: "string",
    value: "NAME",
    choices: PRESET_NAMES,
    describe: "The platform to assume, instead of the configured or detected one",
    commands: [...SQL_COMMANDS, "init"],
  },
  "show-unknown": { type: "boolean", describe: "List what could not be judged", commands: ["check"] },
  "show-suppressed": {
    type: "boolean",
    describe: "List what comments, the configuration or the baseline set aside, with the reasons",
    commands: ["check"],
  },
  "no-ignores": {
    type: "boolean",
    describe: "Report also what comments and the configuration set aside",
    commands: ["check"],
  },
  "no-baseline": {
    type: "boolean",
    describe: "Report also what the baseline knows",
    commands: ["check"],
  },
  "no-cache": {
    type: "boolean",
    describe: "Find out everything anew, and keep nothing for the next run",
    commands: ["check"],
  },
  since: {
    type: "string",
    value: "COMMIT",
    describe: "Report what is in statements that changed since HEAD parted from this commit",
    commands: ["check"],
  },
  staged: {
    type: "boolean",
    describe: "Judge what git is going to commit, and report what is in statements that this changes",
    commands: ["check"],
  },
  "new-only": {
    type: "boolean",
    describe: "With --since or --staged: report what was not there before, wherever it stands",
    commands: ["check"],
  },
  statistics: {
    type: "boolean",
    describe: "Count findings by rule instead of showing them, in pretty and concise",
    commands: ["check"],
  },
  watch: { type: "boolean", describe: "Check again whenever a file changes", commands: ["check"] },
  "list-files": {
    type: "boolean",
    describe: "List the files of each database in their order, and check nothing",
    commands: ["check"],
  },
  print: { type: "boolean", describe: "Print it (what pgvet config does anyway)", commands: ["config"] },
  write: { type: "boolean", describe: "Write what is found into the baseline", commands: ["baseline"] },
  prune: { type: "boolean", describe: "Take out of the baseline what is gone", commands: ["baseline"] },
  check: {
    type: "boolean",
    describe: "Exit with 1 when the baseline holds what is gone",
    commands: ["baseline"],
  },
  "stdin-filename": {
    type: "string",
    value: "FILE",
    describe: "Where standard input would be a file: decides configuration and database",
    commands: SQL_COMMANDS,
  },
  "no-error-on-unmatched": {
    type: "boolean",
    describe: "Do not fail when a path matches no SQL file",
    commands: SQL_COMMANDS,
  },
  "exit-zero": { type: "boolean", describe: "Exit with 0 whatever is found", commands: ["check"] },
  quiet: { type: "boolean", short: "q", describe: "Print findings only, no summary", commands: ["check"] },
  color: { type: "boolean", describe: "Colour the output [default: on a terminal]", commands: ["check"] },
  "no-color": { type: "boolean", describe: "Never colour the output", commands: ["check"] },
  help: { type: "boolean", short: "h", describe: "Show this help", commands: COMMAND_NAMES },
  version: { type: "boolean", short: "v", describe: "Show the version", commands: COMMAND_NAMES },
} as const satisfies Record<string, OptionSpec>;

/** The table as entries with the general type, in its order, as one command has them. */
export function optionEntries(command: CommandName): readonly (readonly [string, OptionSpec])[] {
  const entries: readonly (readonly [string, OptionSpec])[] = Object.entries(OPTIONS);
  return entries.map(([name, spec]) => [name, { ...spec, ...spec.of?.[command] }]);
}
