import { ownStatements } from "../../src/rule/code.ts";
import { defineRule, type RuleContext } from "../../src/rule/define.ts";
import type { Severity } from "../../src/rule/finding.ts";
import { type StoredSetting, storedSettings } from "../../src/rule/stored-settings.ts";
import type { Place } from "../../src/text/source.ts";

const VARIANTS = {
  "replication-role": "triggers, foreign keys and rules are off for the role or database",
  "large-objects": "large objects have no access control",
  "password-encryption": "passwords are stored as md5",
  "preload-library": "libraries are loaded from another place",
  ssl: "connections are not encrypted, or with an outdated protocol",
  logging: "the log hides errors and attacks",
} as const;

type Variant = keyof typeof VARIANTS;

export default defineRule<Variant>({
  title: "Setting that switches a protection off",
  severity: "high",
  category: "deployment",
  cwe: [1188, 693],
  since: "0.1.0",
  variants: VARIANTS,
  why: "Stored with a role, a database or the server, the setting holds for every session to come.",
  check(context) {
    for (const stored of storedSettings(context)) judge(context, stored);
    passwordsAsMd5(context);
  },
});

function judge(context: RuleContext<Variant>, { place, setting, of, reach }: StoredSetting): void {
  const value = setting.values.join(", ");
  const word = value.toLowerCase();
  const on = ["on", "true", "yes", "1"].includes(word);
  const say = (variant: Variant, severity: Severity, message: string): void => {
    context.report({
      variant,
      severity,
      confidence: "high",
      message: `${message} for ${of}`,
      label: setting.name,
      place,
      object: setting.name,
      reach,
      help: `ALTER … RESET ${setting.name};`,
    });
  };
  const reached = (base: Severity): Severity => context.access.severity(base, reach);
  switch (setting.name) {
    case "session_replication_role":
      if (word === "replica")
        say("replication-role", reached("high"), "triggers, foreign keys and rules are off");
      return;
    case "lo_compat_privileges":
      if (on) say("large-objects", reached("medium"), "every large object is open");
      return;
    case "password_encryption":
      if (word === "md5")
        say("password-encryption", "medium", "new passwords are stored as md5(password || name)");
      return;
    case "dynamic_library_path":
    case "session_preload_libraries":
    case "local_preload_libraries":
    case "shared_preload_libraries":
      // Names are looked for in the server's own directory; a path elsewhere is another matter.
      if (word.split(/[,:]\s*/).some((part) => part.includes("/") && !part.startsWith("$libdir")))
        say("preload-library", "medium", `libraries are loaded from ${setting.name}`);
      return;
    case "ssl":
      if (["off", "false", "no", "0"].includes(word)) say("ssl", "medium", "connections are not encrypted");
      return;
    case "ssl_min_protocol_version":
      if (word === "tlsv1" || word === "tlsv1.1") say("ssl", "medium", `connections may use ${value}`);
      return;
    case "log_min_messages":
    case "log_min_error_statement":
      if (word === "fatal" || word === "panic")
        say("logging", "medium", `errors are not logged below ${word}`);
      return;
    case "pgaudit.log":
      if (word === "none") say("logging", "medium", "nothing is audited");
      return;
    default:
      return;
  }
}

/** SET password_encryption = md5 in a session that then sets a password. */
function passwordsAsMd5(context: RuleContext<Variant>): void {
  const md5 = new Map<string, Place>();
  for (const { event, place } of ownStatements(context.catalog)) {
    const { path } = place.source;
    if (event.kind === "discard-all") md5.delete(path);
    if (event.kind === "set") {
      const { name, change, values } = event.setting;
      if (change === "reset-all" || name === "password_encryption") md5.delete(path);
      if (name === "password_encryption" && change === "set" && values[0]?.toLowerCase() === "md5")
        md5.set(path, { source: place.source, span: event.setting.span });
    }
    if (
      (event.kind !== "create-role" && event.kind !== "alter-role") ||
      typeof event.options.password?.value !== "string"
    )
      continue;
    const at = md5.get(path);
    if (at === undefined || /^(?:SCRAM-SHA-256\$|md5)/.test(event.options.password.value)) continue;
    md5.delete(path);
    context.report({
      variant: "password-encryption",
      severity: "medium",
      confidence: "high",
      message: "passwords set in this session are stored as md5(password || name)",
      label: "md5",
      place: at,
      object: "password_encryption",
      related: [{ place, message: "a password is set here" }],
      help: "SET password_encryption = 'scram-sha-256'; and set the passwords again",
    });
  }
}
