/** The packages of list.json and their SQL, as it is loaded in PostgreSQL and in the catalog alike. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { loadPreset } from "../../src/config/presets.ts";
import { splitStatements } from "../oracle/split.ts";

export interface Package {
  readonly name: string;
  readonly version: string;
  readonly registry: "npm" | "debian";
  /** npm: files below the package's directory in the order in which they run; a last part `*.sql` stands for all of a directory, in order of name. */
  readonly files?: readonly string[];
  /** Debian: extensions whose scripts run as plain SQL, from the base script over updates to the default version. */
  readonly extensions?: readonly string[];
  readonly preset?: "supabase";
  /** Statements that come first: what the program that runs the files does itself. */
  readonly before?: readonly string[];
  /** Why they are needed. */
  readonly note?: string;
  /** Texts that the program replaces in the files. */
  readonly replace?: Readonly<Record<string, string>>;
  /** Where a file ends: what follows takes everything back. */
  readonly until?: string;
  /** Major versions, with the reason why not all. */
  readonly on?: { readonly versions: readonly number[]; readonly why: string };
  /** Statements (regular expressions) that neither side gets, with the reason. */
  readonly without?: Readonly<Record<string, string>>;
}

export function packages(): readonly Package[] {
  const list: readonly Package[] = JSON.parse(readFileSync(new URL("./list.json", import.meta.url), "utf8"));
  return list;
}

/** Where the script keeps a package's files, below the cache directory. */
function directoryOf(cache: string, { name, version, registry }: Package): string {
  return join(cache, registry, `${name.replaceAll("/", "+")}-${version.replaceAll(/[:+~]/g, "_")}`);
}

/** All statements of a package, in order. */
export function statementsOf(cache: string, each: Package): readonly string[] {
  const directory = directoryOf(cache, each);
  const texts =
    each.registry === "npm"
      ? (each.files ?? [])
          .flatMap((file) => filesOf(directory, file))
          .map((file) => readFileSync(file, "utf8"))
      : (each.extensions ?? []).map((name) => extensionScript(directory, name));
  const before = [...presetStatements(each), ...(each.before ?? [])];
  const own = texts.flatMap((text) =>
    splitStatements(replaced(withoutPsql(upTo(text, each.until)), each.replace ?? {})),
  );
  const without = Object.keys(each.without ?? {}).map((pattern) => new RegExp(pattern, "i"));
  return [...before, ...own].filter((statement) => !without.some((pattern) => pattern.test(statement)));
}

function filesOf(directory: string, file: string): readonly string[] {
  if (!file.endsWith("/*.sql")) return [join(directory, file)];
  const folder = join(directory, file.slice(0, -"/*.sql".length));
  return readdirSync(folder)
    .filter((name) => name.endsWith(".sql"))
    .sort()
    .map((name) => join(folder, name));
}

function upTo(text: string, end: string | undefined): string {
  const at = end === undefined ? -1 : text.indexOf(end);
  return at < 0 ? text : text.slice(0, at);
}

function replaced(text: string, replace: Readonly<Record<string, string>>): string {
  return Object.entries(replace).reduce((result, [from, to]) => result.replaceAll(from, to), text);
}

/** Lines that psql takes for itself. */
function withoutPsql(text: string): string {
  return text.replaceAll(/^\\.*$/gm, "");
}

/** Without the last step, which takes superuser from the role that compares. */
function presetStatements({ preset }: Package): readonly string[] {
  if (preset === undefined) return [];
  const sql = loadPreset(preset)
    .prelude.map((source) => Buffer.from(source.bytes).toString())
    .join("\n");
  return splitStatements(sql).filter(
    (statement) => !/^ALTER ROLE postgres\b.*\bNOSUPERUSER/is.test(statement),
  );
}

/** An extension's scripts as CREATE EXTENSION runs them, in a schema of its own. */
function extensionScript(directory: string, name: string): string {
  const folder = join(directory, "usr/share/postgresql/15/extension");
  const control = readFileSync(join(folder, `${name}.control`), "utf8");
  const setting = (key: string): string | undefined =>
    new RegExp(`^\\s*${key}\\s*=\\s*'?([^'\\n#]*?)'?\\s*(?:#.*)?$`, "m").exec(control)?.[1];
  const version = setting("default_version") ?? "";
  const schema = setting("schema") ?? `of_${name.replaceAll(/\W/g, "_")}`;
  const scripts = installPath(readdirSync(folder), name, version).map((file) =>
    readFileSync(join(folder, file), "utf8"),
  );
  const text = scripts
    .join("\n")
    .replaceAll("MODULE_PATHNAME", setting("module_pathname") ?? `$libdir/${name}`)
    .replaceAll("@extschema@", schema)
    .replaceAll("@extowner@", "postgres");
  const create = schema.startsWith("pg_") ? "" : `CREATE SCHEMA IF NOT EXISTS ${schema};`;
  const requires = (setting("requires") ?? "").split(",").flatMap((each) => each.trim() || []);
  const required = requires.map((each) => `CREATE EXTENSION IF NOT EXISTS "${each}" SCHEMA public CASCADE;`);
  return `${create}\n${required.filter((each) => !each.includes('"plpgsql"')).join("\n")}\nSET search_path = ${schema}, public;\n${text}`;
}

/** The shortest way from a base script to the version, by update scripts. */
function installPath(files: readonly string[], name: string, version: string): readonly string[] {
  const prefix = `${name}--`;
  const steps = files
    .filter((file) => file.startsWith(prefix) && file.endsWith(".sql"))
    .map((file) => ({ file, versions: file.slice(prefix.length, -".sql".length).split("--") }));
  const bases = steps.filter(({ versions }) => versions.length === 1);
  let paths = bases.map(({ file, versions }) => ({ at: versions[0] ?? "", files: [file] }));
  const seen = new Set(paths.map(({ at }) => at));
  for (;;) {
    const found = paths.find(({ at }) => at === version);
    if (found !== undefined) return found.files;
    const next = paths.flatMap((path) =>
      steps.flatMap(({ file, versions: [from, to] }) =>
        from === path.at && to !== undefined && !seen.has(to)
          ? [{ at: to, files: [...path.files, file] }]
          : [],
      ),
    );
    for (const { at } of next) seen.add(at);
    if (next.length === 0) throw new Error(`no script leads to ${name} ${version}`);
    paths = next;
  }
}
