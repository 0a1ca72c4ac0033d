import { prepared } from "./data.ts";
import { COMMAND_NAMES, COMMANDS, type CommandName, optionEntries } from "./options.ts";

const WIDEST = 100;

/** The help text of a command, or of all; as wide as most want it, it is there without loading yargs. */
export async function helpText(command: CommandName | null, columns: number | null): Promise<string> {
  const known = Math.min(columns ?? WIDEST, WIDEST) === WIDEST ? prepared("help.json") : null;
  const texts: Readonly<Record<string, string>> = known === null ? {} : JSON.parse(known);
  return texts[command ?? ""] ?? writtenHelp(command, columns);
}

/** What the build prepares: by name of a command, empty for all, the widest help texts. */
export async function allHelp(): Promise<Readonly<Record<string, string>>> {
  const commands = [null, ...COMMAND_NAMES];
  const texts = await Promise.all(commands.map((command) => writtenHelp(command, null)));
  return Object.fromEntries(commands.map((command, i) => [command ?? "", texts[i] ?? ""]));
}

async function writtenHelp(command: CommandName | null, columns: number | null): Promise<string> {
  const { default: yargs } = await import("yargs");
  const chosen = command ?? "check";
  const usage = command === null ? "" : ` ${command}`;
  const parser = yargs([])
    .locale("en")
    .scriptName("pgvet")
    .usage(
      `pgvet${usage} ${COMMANDS[chosen].usage} [options]\n\n${command === null ? ABOUT : COMMANDS[command].describe}`,
    )
    .wrap(Math.min(columns ?? WIDEST, WIDEST))
    .help(false)
    .version(false)
    .parserConfiguration({ "boolean-negation": false })
    .exitProcess(false);
  if (command === null) {
    for (const name of COMMAND_NAMES) {
      parser.command(`${name} ${COMMANDS[name].usage}`.trim(), COMMANDS[name].describe);
    }
    parser.epilogue(
      "Exit codes: 0 nothing to fail for, 1 findings, 2 something is wrong with the call, the configuration or a file.",
    );
  }
  for (const [name, spec] of optionEntries(chosen)) {
    if (!spec.commands.includes(chosen)) continue;
    parser.option(name, {
      describe: spec.describe,
      ...(spec.short === undefined ? {} : { alias: spec.short }),
      ...(spec.choices === undefined ? {} : { choices: spec.choices }),
      ...(spec.default === undefined ? {} : { default: spec.default }),
      ...(spec.value === undefined ? {} : { requiresArg: true }),
    });
  }
  return `${(await parser.getHelp()).trimEnd()}\n`;
}

const ABOUT = "Finds security problems in PostgreSQL SQL and migrations, without a database.";
