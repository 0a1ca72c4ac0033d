import { booleanSetting } from "../../src/catalog/setting-text.ts";
import type { SettingChange } from "../../src/events/event.ts";
import { ownStatements } from "../../src/rule/code.ts";
import { defineRule, type RuleContext } from "../../src/rule/define.ts";
import type { Severity } from "../../src/rule/finding.ts";
import { storedSettings } from "../../src/rule/stored-settings.ts";
import type { Place } from "../../src/text/source.ts";

const NAME = "pg_trickle.allow_circular";

export default defineRule({
  title: "pg_trickle accepts stream tables that depend on themselves",
  severity: "medium",
  category: "pg-reactive",
  cwe: [674, 1188],
  since: "0.1.0",
  variants: {},
  why: "With pg_trickle.allow_circular every change can set off refreshes that set off each other, run as a superuser. It is off by default, and meant to be switched on by administrators for a case that they have looked at.",
  check(context) {
    for (const { setting, place, of } of storedSettings(context))
      if (switchesOn(setting)) report(context, "medium", place, `for every session of ${of}`);
    for (const routine of context.askedRoutines()) {
      const setting = routine.settings.get(NAME);
      if (setting !== undefined && !routine.prelude && isOn(setting.values))
        report(context, "medium", setting.place, `while ${context.catalog.routineName(routine)} runs`);
    }
    sessions(context);
  },
});

/** SET: for the rest of the script, or taken back in it. */
function sessions(context: RuleContext<never>): void {
  const open = new Map<string, Place>();
  const close = (path: string): void => {
    const place = open.get(path);
    if (place !== undefined) report(context, "low", place, "until the script takes it back");
    open.delete(path);
  };
  for (const { event, place } of ownStatements(context.catalog)) {
    const { path } = place.source;
    if (event.kind === "discard-all") close(path);
    if (event.kind === "query") {
      const value = setByCall(event.statement);
      if (value !== null && isOn([value])) open.set(path, place);
      else if (value !== null) close(path);
    }
    if (event.kind !== "set") continue;
    const { setting, local } = event;
    if (setting.name !== NAME && setting.change !== "reset-all") continue;
    const at = { source: place.source, span: setting.span };
    if (!switchesOn(setting)) close(path);
    else if (local) report(context, "low", at, "until the transaction ends");
    else open.set(path, at);
  }
  for (const place of open.values()) report(context, "medium", place, "for the session");
}

type Query = Extract<
  ReturnType<typeof ownStatements>[number]["event"],
  { readonly kind: "query" }
>["statement"];

/** The value in `SELECT set_config('pg_trickle.allow_circular', 'on', false)`. */
function setByCall(statement: Query): string | null {
  if (statement.kind !== "select") return null;
  for (const { value } of statement.targets) {
    if (value.kind !== "call" || value.name.at(-1) !== "set_config") continue;
    const [name, text] = value.args.map((arg) => arg.value);
    if (name?.kind === "string" && text?.kind === "string" && name.value.toLowerCase() === NAME)
      return text.value;
  }
  return null;
}

function switchesOn({ name, change, values }: SettingChange): boolean {
  return name === NAME && change === "set" && isOn(values);
}

function isOn(values: readonly string[]): boolean {
  return booleanSetting(values[0] ?? "") === true;
}

function report(context: RuleContext<never>, severity: Severity, place: Place, when: string): void {
  context.report({
    variant: null,
    severity,
    confidence: "high",
    message: `pg_trickle accepts circular stream tables ${when}`,
    label: NAME,
    place,
    object: NAME,
    help: `leave ${NAME} off; where a cycle is wanted, SET LOCAL it in the transaction that creates its last stream table`,
  });
}
