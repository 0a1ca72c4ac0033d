import { isSuperuser } from "../../src/catalog/membership.ts";
import type { Oid, Routine } from "../../src/catalog/model.ts";
import type { Replayed } from "../../src/catalog/replayed.ts";
import { namedRole, ownSources, ownStatements } from "../../src/rule/code.ts";
import { defineRule, type RuleContext } from "../../src/rule/define.ts";
import { statementAt } from "../../src/rule/statement-at.ts";

export default defineRule({
  title: "SECURITY DEFINER function of a weaker author handed to a superuser",
  severity: "high",
  category: "definer",
  cwe: [269, 829],
  since: "0.1.0",
  variants: {},
  why: "A SECURITY DEFINER function runs as its owner. Handed over, whatever its author put into it runs as a superuser from then on.",
  check(context) {
    const { catalog, access } = context;
    const own = ownSources(context);
    const moves = ownStatements(catalog).filter(
      ({ event }) =>
        event.kind === "reassign-owned" ||
        (event.kind === "set-owner" && ["function", "procedure", "routine"].includes(event.objectKind)),
    );
    if (moves.length === 0) return;
    for (const routine of catalog.routines()) {
      if (routine.prelude || !routine.securityDefiner.value || !own.has(routine.definitionPlace.source))
        continue;
      if (!isSuperuser(catalog.state, routine.owner)) continue;
      const author = statementAt(catalog, routine.definitionPlace);
      if (author === undefined || author.superuser || author.role === routine.owner) continue;
      const move = moves.findLast((statement) => moved(context, statement, routine, author.role));
      if (move === undefined) continue;
      const name = catalog.routineName(routine);
      const reach = [
        { role: catalog.roleName(author.role), via: [{ place: author.place, text: `wrote ${name}` }] },
        ...context.reach(routine),
      ];
      context.report({
        variant: null,
        severity: access.severity("high", reach),
        confidence: "high",
        message: `${name}, written by ${catalog.roleName(author.role)}, runs as ${catalog.roleName(routine.owner)} from here on`,
        label: "given to a superuser",
        place: move.place,
        object: name,
        reach,
        related: [{ place: author.place, message: `written by ${catalog.roleName(author.role)}` }],
        help: `ALTER FUNCTION ${name} SECURITY INVOKER; before it changes hands, or give it to a role without rights of its own`,
      });
    }
  },
});

function moved(context: RuleContext, statement: Replayed, routine: Routine, author: Oid): boolean {
  const { catalog } = context;
  const { event } = statement;
  if (statement.oid < routine.oid) return false;
  if (event.kind === "reassign-owned") {
    return (
      namedRole(catalog, statement, event.newOwner) === routine.owner &&
      event.roles.some((role) => namedRole(catalog, statement, role) === author)
    );
  }
  if (event.kind !== "set-owner") return false;
  const path = statement.searchPath.map((name) =>
    name === "$user" ? catalog.roleName(statement.role) : name,
  );
  return (
    namedRole(catalog, statement, event.owner) === routine.owner &&
    catalog.resolveRoutines(event.object.name, path).some(({ oid }) => oid === routine.oid)
  );
}
