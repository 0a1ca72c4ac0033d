import { existsSync } from "node:fs";
import { parseArgs } from "node:util";
import { PRESET_NAMES, type PresetName } from "../config/types.ts";
import { CATALOG_FORMATS, type CatalogFormat } from "../report/catalog-format.ts";
import { FORMATS, type Format, isDocument } from "../report/report.ts";
import {
  CONFIDENCES,
  type Confidence,
  PERSONAS,
  type Persona,
  SEVERITIES,
  type Severity,
} from "../rule/finding.ts";
import { didYouMean } from "../text/did-you-mean.ts";
import type { Shell } from "./completion.ts";
import {
  COMMAND_NAMES,
  type CommandName,
  FAIL_ON,
  LIST_FORMATS,
  type ListFormat,
  type OptionSpec,
  optionEntries,
  SHELLS,
} from "./options.ts";

/** Which SQL is meant: common to the commands that read SQL. */
export interface SqlArguments {
  /** As given, `-` at most once; the working directory when none is given. */
  readonly paths: readonly string[];
  readonly config: string | null;
  readonly preset: PresetName | null;
  readonly stdinFilename: string | null;
  readonly errorOnUnmatched: boolean;
}

/** A format, and where its text goes: a file, or standard output (null). */
export interface OutputArgument {
  readonly format: Format;
  readonly file: string | null;
}

/** Which findings are shown: common to the commands that look for them. */
interface ShownArguments {
  /** null: as the persona wants. */
  readonly minSeverity: Severity | null;
  readonly minConfidence: Confidence;
  /** null: as configured. */
  readonly persona: Persona | null;
}

export interface CheckArguments extends SqlArguments, ShownArguments {
  /** As given; none is the default. */
  readonly formats: readonly OutputArgument[];
  /** null: as configured. */
  readonly failOn: Severity | "never" | null;
  readonly showUnknown: boolean;
  readonly showSuppressed: boolean;
  readonly ignores: boolean;
  readonly baseline: boolean;
  /** Whether results of earlier runs may be used. */
  readonly cache: boolean;
  /** null: everything counts, not only what changed. */
  readonly changes: ChangesArgument | null;
  /** Count by rule instead of showing findings. */
  readonly statistics: boolean;
  /** Check again when files change. */
  readonly watch: boolean;
  /** Only tell which files there are. */
  readonly listFiles: boolean;
  readonly exitZero: boolean;
  readonly quiet: boolean;
  /** null: as environment and terminal say. */
  readonly color: boolean | null;
}

/** What `--since`, `--staged` and `--new-only` say. */
interface ChangesArgument {
  readonly since: string | null;
  readonly staged: boolean;
  readonly newOnly: boolean;
}

export interface BaselineArguments extends SqlArguments, ShownArguments {
  readonly action: "write" | "prune" | "check";
}

export interface CatalogArguments extends SqlArguments {
  readonly format: CatalogFormat;
  /** The last file that is replayed, as given; null: all are. */
  readonly at: string | null;
}

/** What the command line asks for. */
export type Parsed =
  | ({ readonly kind: "check" } & CheckArguments)
  | { readonly kind: "init"; readonly preset: PresetName | null }
  | { readonly kind: "rules"; readonly format: ListFormat }
  | { readonly kind: "explain"; readonly rule: string }
  | ({ readonly kind: "baseline" } & BaselineArguments)
  | { readonly kind: "completion"; readonly shell: Shell }
  | ({ readonly kind: "config" } & SqlArguments)
  | ({ readonly kind: "catalog" } & CatalogArguments)
  | { readonly kind: "help"; readonly command: CommandName | null }
  | { readonly kind: "version" }
  | { readonly kind: "error"; readonly message: string; readonly hint: string | null };

type Values = ReadonlyMap<string, string | true>;

/** What an option is given, all of it where it may be given several times. */
type Repeated = ReadonlyMap<string, readonly string[]>;

/**
 * Reads the arguments after `pgvet`. A first word that names a command is that command, unless `--` stands before it;
 * `./rules` is a path. `exists` is asked only about a first word that looks like a mistyped command.
 */
export function parseArguments(
  argv: readonly string[],
  exists: (path: string) => boolean = existsSync,
): Parsed {
  const known = optionEntries("check");
  const options = Object.fromEntries(
    known.map(([name, { type, short }]) => [name, short === undefined ? { type } : { type, short }]),
  );
  const { tokens } = parseArgs({
    args: [...argv],
    options,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });

  const words: string[] = [];
  let command: CommandName | null = null;
  let suspect: string | null = null;
  let terminated = false;
  for (const token of tokens) {
    if (token.kind === "option-terminator") terminated = true;
    if (token.kind !== "positional") continue;
    const named = COMMAND_NAMES.find((name) => name === token.value);
    if (words.length === 0 && command === null && !terminated) {
      if (named !== undefined) {
        command = named;
        continue;
      }
      suspect = token.value;
    }
    words.push(token.value);
  }

  const specs = new Map(optionEntries(command ?? "check"));
  const values = new Map<string, string | true>();
  const repeated = new Map<string, string[]>();
  let problem: Parsed | null = null;
  for (const token of tokens) {
    if (token.kind !== "option") continue;
    const spec = specs.get(token.name);
    if (spec === undefined) {
      problem ??= unknownOption(argv[token.index] ?? token.rawName, token.rawName, [...specs.keys()]);
      continue;
    }
    const mistake = checkValue(token.name, spec, token.value, token.inlineValue ?? false);
    if (mistake !== null) problem ??= mistake;
    // Of --color and --no-color the last one counts.
    values.delete(token.name);
    values.set(token.name, token.value ?? true);
    if (spec.toFiles === true && token.value !== undefined)
      repeated.set(token.name, [...(repeated.get(token.name) ?? []), token.value]);
  }
  if (values.has("help")) return { kind: "help", command };
  if (values.has("version")) return { kind: "version" };
  if (problem !== null) return problem;
  for (const name of values.keys()) {
    const commands = specs.get(name)?.commands ?? [];
    if (!commands.includes(command ?? "check")) {
      return error(
        `--${name} does not go with pgvet ${command ?? "check"}`,
        `it goes with pgvet ${commands.join(", ")}`,
      );
    }
  }
  if (
    suspect !== null &&
    /^[a-z]+$/i.test(suspect) &&
    !values.has("no-error-on-unmatched") &&
    !exists(suspect)
  ) {
    if (suspect === "help")
      return { kind: "help", command: COMMAND_NAMES.find((name) => name === words[1]) ?? null };
    const meant = didYouMean(suspect, COMMAND_NAMES);
    if (meant !== null) {
      return error(`${suspect} is neither a command nor a file or directory`, `did you mean pgvet ${meant}?`);
    }
  }
  return assemble(command ?? "check", words, values, repeated);
}

function assemble(
  command: CommandName,
  words: readonly string[],
  values: Values,
  repeated: Repeated,
): Parsed {
  switch (command) {
    case "check": {
      const sql = sqlArguments(words, values);
      if ("kind" in sql) return sql;
      const formats = outputs(repeated.get("format") ?? []);
      if ("kind" in formats) return formats;
      if (values.has("watch") && sql.paths.includes("-"))
        return error("--watch cannot watch standard input", "name files or directories");
      const changes = changesArgument(values);
      if (changes !== null && "kind" in changes) return changes;
      return {
        kind: "check",
        ...sql,
        formats,
        failOn: choice(FAIL_ON, values.get("fail-on")),
        ...shownArguments(values),
        showUnknown: values.has("show-unknown"),
        showSuppressed: values.has("show-suppressed"),
        ignores: !values.has("no-ignores"),
        baseline: !values.has("no-baseline"),
        cache: !values.has("no-cache"),
        changes,
        statistics: values.has("statistics"),
        watch: values.has("watch"),
        listFiles: values.has("list-files"),
        exitZero: values.has("exit-zero"),
        quiet: values.has("quiet"),
        color: colorOf(values),
      };
    }
    case "baseline": {
      const sql = sqlArguments(words, values);
      if ("kind" in sql) return sql;
      const [action, more] = (["write", "prune", "check"] as const).filter((name) => values.has(name));
      if (action === undefined || more !== undefined) {
        return error("pgvet baseline needs one of --write, --prune and --check");
      }
      return { kind: "baseline", ...sql, action, ...shownArguments(values) };
    }
    case "completion": {
      const shell = choice(SHELLS, words[0]);
      if (shell !== null && words.length === 1) return { kind: "completion", shell };
      return error("pgvet completion needs the name of a shell", `it can be ${SHELLS.join(", ")}`);
    }
    case "config": {
      const sql = sqlArguments(words, values);
      return "kind" in sql ? sql : { kind: "config", ...sql };
    }
    case "catalog": {
      const sql = sqlArguments(words, values);
      if ("kind" in sql) return sql;
      return {
        kind: "catalog",
        ...sql,
        format: choice(CATALOG_FORMATS, values.get("format")) ?? "json",
        at: text(values.get("at")),
      };
    }
    case "init":
      if (words.length > 0)
        return error(`pgvet init takes no ${words[0]}`, "it looks at the working directory");
      return { kind: "init", preset: choice(PRESET_NAMES, values.get("preset")) };
    case "rules":
      if (words.length > 0)
        return error(`pgvet rules takes no ${words[0]}`, "pgvet explain RULE shows one rule");
      return { kind: "rules", format: choice(LIST_FORMATS, values.get("format")) ?? "pretty" };
    case "explain": {
      const [rule, more] = words;
      if (rule === undefined)
        return error("pgvet explain needs the name of a rule", "pgvet rules lists them");
      if (more !== undefined) return error(`pgvet explain takes one rule, not also ${more}`);
      return { kind: "explain", rule };
    }
  }
}

/** Where each format goes. Two whole documents on standard output would be none. */
function outputs(values: readonly string[]): readonly OutputArgument[] | Extract<Parsed, { kind: "error" }> {
  const result: OutputArgument[] = [];
  for (const value of values) {
    const [, name = "", file] = /^([^=]*)(?:=(.*))?$/s.exec(value) ?? [];
    const format = choice(FORMATS, name);
    if (format === null) return error(`--format cannot be ${name}`);
    if (file === "")
      return error(`--format ${value} names no file`, `--format ${name} prints to standard output`);
    const twice = result.find((other) => (file ?? null) !== null && other.file === file);
    if (twice !== undefined) return error(`--format writes ${file} twice`);
    result.push({ format, file: file ?? null });
  }
  const printed = result.filter(({ file }) => file === null);
  const document = printed.find(({ format }) => isDocument(format));
  if (document !== undefined && printed.length > 1) {
    return error(
      `${document.format} is a whole document, and cannot share standard output`,
      `--format ${document.format}=FILE writes it to a file`,
    );
  }
  return result;
}

function changesArgument(values: Values): ChangesArgument | Extract<Parsed, { kind: "error" }> | null {
  const since = text(values.get("since"));
  const staged = values.has("staged");
  const newOnly = values.has("new-only");
  if (since === null && !staged) {
    return newOnly ? error("--new-only needs to know since when", "add --since COMMIT or --staged") : null;
  }
  return { since, staged, newOnly };
}

function shownArguments(values: Values): ShownArguments {
  return {
    minSeverity: choice(SEVERITIES, values.get("min-severity")),
    minConfidence: choice(CONFIDENCES, values.get("min-confidence")) ?? "low",
    persona: choice(PERSONAS, values.get("persona")),
  };
}

function sqlArguments(
  words: readonly string[],
  values: Values,
): SqlArguments | Extract<Parsed, { kind: "error" }> {
  const stdinFilename = text(values.get("stdin-filename"));
  if (words.includes("")) return error("a path is empty");
  if (stdinFilename !== null && !words.includes("-")) {
    return error("--stdin-filename is given, but standard input is not read", "add - to the paths");
  }
  return {
    paths: words.length === 0 ? ["."] : [...new Set(words)],
    config: text(values.get("config")),
    preset: choice(PRESET_NAMES, values.get("preset")),
    stdinFilename,
    errorOnUnmatched: !values.has("no-error-on-unmatched"),
  };
}

function colorOf(values: Values): boolean | null {
  let color: boolean | null = null;
  for (const name of values.keys()) {
    if (name === "color") color = true;
    if (name === "no-color") color = false;
  }
  return color;
}

function checkValue(
  name: string,
  spec: OptionSpec,
  value: string | undefined,
  inline: boolean,
): Parsed | null {
  if (spec.type === "boolean") {
    if (value === undefined) return null;
    return error(`--${name} takes no value`, name === "color" ? "there are --color and --no-color" : null);
  }
  // parseArgs takes whatever comes next; a name that begins with a dash has to be written --name=-value.
  if (value === undefined || value === "" || (!inline && value.length > 1 && value.startsWith("-"))) {
    return error(`--${name} needs a value: --${name} ${spec.value ?? "VALUE"}`, choicesHint(spec));
  }
  const word = spec.toFiles === true ? value.replace(/=.*/s, "") : value;
  if (spec.choices !== undefined && !spec.choices.includes(word)) {
    const meant = didYouMean(word, spec.choices);
    return error(
      `--${name} cannot be ${word}`,
      meant === null ? choicesHint(spec) : `did you mean ${meant}?`,
    );
  }
  return null;
}

function choicesHint({ choices }: OptionSpec): string | null {
  return choices === undefined ? null : `it can be ${choices.join(", ")}`;
}

function unknownOption(written: string, rawName: string, names: readonly string[]): Parsed {
  // `-format` is read as -f -o -r …: what was meant is the long name.
  const word = (/^-[^-]./.test(written) ? written.slice(1) : rawName.replace(/^-+/, "")).replace(/=.*/s, "");
  const shown = /^-[^-]./.test(written) ? written : rawName;
  const meant = didYouMean(word, names);
  return error(`there is no option ${shown}`, meant === null ? null : `did you mean --${meant}?`);
}

function choice<T extends string>(choices: readonly T[], value: string | true | undefined): T | null {
  return choices.find((candidate) => candidate === value) ?? null;
}

function text(value: string | true | undefined): string | null {
  return typeof value === "string" ? value : null;
}

function error(message: string, hint: string | null = null): Extract<Parsed, { kind: "error" }> {
  return { kind: "error", message, hint };
}
