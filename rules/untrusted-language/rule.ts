import { isOpenBuiltin, onlyComputes } from "../../src/access/untrusted-code.ts";
import { ownSources } from "../../src/rule/code.ts";
import { defineRule } from "../../src/rule/define.ts";

const UNTRUSTED: ReadonlySet<string> = new Set([
  "c",
  "internal",
  "plpython3u",
  "plpython2u",
  "plpythonu",
  "plperlu",
  "pltclu",
  "plsh",
  "plr",
  "pljavau",
  "pllua_u",
  "pllua",
]);

/** Types of functions that SQL cannot call. */
const NOT_CALLABLE: ReadonlySet<string> = new Set([
  "internal",
  "language_handler",
  "fdw_handler",
  "index_am_handler",
  "tsm_handler",
  "table_am_handler",
  "event_trigger",
]);

export default defineRule({
  title: "Function in an untrusted language that everybody may execute",
  severity: "high",
  category: "grants",
  cwe: [250, 732],
  since: "0.1.0",
  variants: {},
  why: "Code in an untrusted language runs as the server's operating system account, and a LANGUAGE internal alias of a built-in has privileges of its own: what PostgreSQL keeps from everybody is open again under the new name.",
  check(context) {
    const { catalog, access } = context;
    const own = ownSources(context);
    for (const routine of context.askedRoutines()) {
      if (
        routine.prelude ||
        routine.assumed ||
        routine.kind === "aggregate" ||
        routine.extension !== null ||
        !UNTRUSTED.has(routine.language)
      )
        continue;
      const { source } = routine.definitionPlace;
      // An extension's own script: its functions are written for everybody, in C as a rule.
      if (
        !own.has(source) ||
        /--[^/]*\.sql(?:\.in)?$/i.test(source.path) ||
        source.bytes.includes("MODULE_PATHNAME") ||
        (routine.language === "c" && source.bytes.includes("@extschema@"))
      )
        continue;
      const types = [
        ...routine.inputTypes.map((type) => catalog.typeName(type)),
        routine.returns?.name.at(-1) ?? "",
      ];
      if (types.some((type) => NOT_CALLABLE.has(type))) continue;
      if (!routine.acl.some((item) => item.privilege === "execute" && item.grantee === 0)) continue;
      const code = routine.source.kind === "text" ? routine.source.text.text : "";
      if (onlyComputes(routine.language, code)) continue;
      const reach = access.callers(routine);
      const trigger = routine.returnsTrigger !== null;
      const name = catalog.routineName(routine);
      context.report({
        variant: null,
        // An alias of what everybody may execute anyway opens nothing.
        severity: isOpenBuiltin(routine)
          ? "info"
          : access.severity(routine.language === "c" || trigger ? "medium" : "high", reach, {
              needsSql: trigger,
            }),
        confidence: routine.language === "internal" ? "high" : "medium",
        message: `everybody may execute ${name}, whose ${routine.language} code runs as the server's account`,
        label: `LANGUAGE ${routine.language}`,
        place:
          routine.definition?.kind === "create-routine" && routine.definition.languageSpan !== null
            ? { source, span: routine.definition.languageSpan }
            : routine.place,
        object: name,
        reach,
        help: `REVOKE EXECUTE ON FUNCTION ${name} FROM PUBLIC; and GRANT it to the roles that need it`,
      });
    }
  },
});
