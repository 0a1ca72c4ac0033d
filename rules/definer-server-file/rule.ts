import { type Definer, definers } from "../../src/access/definers.ts";
import { isSuperuser, rolesOf } from "../../src/catalog/membership.ts";
import type { Oid } from "../../src/catalog/model.ts";
import { chosenArgument } from "../../src/rule/chosen-argument.ts";
import { defineRule, type RuleContext } from "../../src/rule/define.ts";
import type { Sink, SinkArgument } from "../../src/templates/index.ts";

export default defineRule({
  title: "SECURITY DEFINER routine opens the server file that its caller names",
  severity: "high",
  category: "definer",
  cwe: [22, 73],
  since: "0.1.0",
  variants: {},
  why: "The file functions read and write as the server's own user: configuration with passwords, keys, the data of every database.",
  check(context) {
    for (const definer of definers(context)) {
      for (const sink of context.flow(definer.routine).sinks) {
        const file = sink.arguments.find(({ role }) => role === "file");
        const argument = file === undefined ? null : chosenArgument(file.value);
        if (file === undefined || argument === null) continue;
        report(context, definer, { sink, file, argument });
        break;
      }
    }
  },
});

/** Whether the owner may use the file functions at all; where others were granted EXECUTE on them is not looked into. */
function mayOpenFiles({ catalog }: RuleContext, owner: Oid): boolean {
  const { state, postgresVersion } = catalog;
  if (isSuperuser(state, owner)) return true;
  return rolesOf(state, owner, "inherit", postgresVersion).some((role) =>
    /^pg_(read|write)_server_files$/.test(catalog.roleName(role)),
  );
}

interface Opened {
  readonly sink: Sink;
  readonly file: SinkArgument;
  readonly argument: string;
}

function report(context: RuleContext, definer: Definer, { sink, file, argument }: Opened): void {
  const { routine, name, owner } = definer;
  const reach = context.reach(routine);
  const able = mayOpenFiles(context, routine.owner);
  const called = sink.name?.at(-1) ?? "a file function";
  context.report({
    variant: null,
    severity: able ? context.access.severity("high", reach) : "info",
    confidence: "high",
    message: `${name} gives its argument ${argument} to ${called} as the name of a file on the server`,
    label: "the caller chooses the file",
    place: definer.place(file.span),
    object: name,
    reach,
    related: [{ place: routine.securityDefiner.place, message: `runs as ${owner}` }],
    help: "keep such texts in a table; or allow a list of names, or only names that match a pattern without slashes and dots",
  });
}
