import {
  COMMAND_NAMES,
  COMMANDS,
  type CommandName,
  type OptionSpec,
  optionEntries,
  SHELLS,
} from "./options.ts";

export type Shell = (typeof SHELLS)[number];

/** The script that teaches a shell pgvet's commands, options and their values. `rules`: names for `explain`. */
export function completionScript(shell: Shell, rules: readonly string[]): string {
  switch (shell) {
    case "bash":
      return bash(rules);
    case "zsh":
      return `autoload -U +X bashcompinit && bashcompinit\n${bash(rules)}`;
    case "fish":
      return fish(rules);
  }
}

function optionsOf(command: CommandName): readonly (readonly [string, OptionSpec])[] {
  return optionEntries(command).filter(([, { commands }]) => commands.includes(command));
}

/** Words that stand for themselves in both shells: letters, digits and dashes only. */
function plain(words: readonly string[]): string {
  return words.filter((word) => /^[\w./-]+$/.test(word)).join(" ");
}

function bash(rules: readonly string[]): string {
  const values = COMMAND_NAMES.flatMap((command) =>
    optionsOf(command).flatMap(([name, { choices }]) =>
      choices === undefined
        ? []
        : [
            `    "${command} --${name}") COMPREPLY=($(compgen -W "${plain(choices)}" -- "$current")); return ;;`,
          ],
    ),
  );
  const words = COMMAND_NAMES.flatMap((command) => {
    const options = optionsOf(command).map(([name]) => `--${name}`);
    const arguments_ = command === "explain" ? rules : command === "completion" ? SHELLS : [];
    return [`    ${command}) words="${plain([...options, ...arguments_])}" ;;`];
  });
  return `_pgvet() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} command=check words word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case $word in
      ${COMMAND_NAMES.join("|")}) command=$word; break ;;
    esac
  done
  case "$command $previous" in
${values.join("\n")}
  esac
  case $command in
${words.join("\n")}
  esac
  [[ $COMP_CWORD == 1 ]] && words="$words ${COMMAND_NAMES.join(" ")}"
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  [[ $current == -* || $command == explain ]] || COMPREPLY+=($(compgen -f -- "$current"))
}
complete -o filenames -F _pgvet pgvet
`;
}

function fish(rules: readonly string[]): string {
  const quote = (text: string) => `'${text.replace(/[\\']/g, "\\$&")}'`;
  const seen = (command: CommandName) =>
    command === "check"
      ? `not __fish_seen_subcommand_from ${COMMAND_NAMES.filter((name) => name !== "check").join(" ")}`
      : `__fish_seen_subcommand_from ${command}`;
  const lines = COMMAND_NAMES.map(
    (name) => `complete -c pgvet -n __fish_use_subcommand -a ${name} -d ${quote(COMMANDS[name].describe)}`,
  );
  for (const command of COMMAND_NAMES) {
    for (const [name, { short, type, choices, describe }] of optionsOf(command)) {
      const value = type === "boolean" ? "" : choices === undefined ? " -r" : ` -xa ${quote(plain(choices))}`;
      lines.push(
        `complete -c pgvet -n ${quote(seen(command))} -l ${name}${short === undefined ? "" : ` -s ${short}`}${value} -d ${quote(describe)}`,
      );
    }
  }
  lines.push(`complete -c pgvet -n ${quote(seen("explain"))} -fa ${quote(plain(rules))}`);
  lines.push(`complete -c pgvet -n ${quote(seen("completion"))} -fa ${quote(SHELLS.join(" "))}`);
  return `${lines.join("\n")}\n`;
}
