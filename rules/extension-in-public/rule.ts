import { isContrib } from "../../src/access/contrib.ts";
import { ownSources } from "../../src/rule/code.ts";
import { defineRule } from "../../src/rule/define.ts";

export default defineRule({
  title: "Extension in a schema where others may create objects",
  severity: "info",
  category: "deployment",
  cwe: [426],
  since: "0.1.0",
  variants: {},
  why: "Objects that somebody puts beside those of the extension, with the same name and other arguments, are taken in their place by callers that do not say which they mean.",
  check(context) {
    const { catalog, access } = context;
    const own = ownSources(context);
    for (const extension of catalog.state.extensions.all()) {
      if (extension.prelude || extension.assumed || !own.has(extension.place.source)) continue;
      const schema = catalog.schema(extension.schema);
      if (schema === undefined) continue;
      const creators = access.foreignCreators(schema, extension.owner);
      // What an unknown script does with such a schema while it is installed, extension-script-path says.
      if (creators.length === 0 || !isContrib(extension.name)) continue;
      const roles = creators.map(({ role }) => access.nameOf(role)).join(", ");
      context.report({
        variant: null,
        severity: "info",
        confidence: "high",
        message: `${roles} may create objects beside those of ${extension.name}, in schema ${schema.name}`,
        label: `in ${schema.name}`,
        place: extension.place,
        object: extension.name,
        reach: creators.map(({ role, held }) => ({ role: access.nameOf(role), via: held.steps })),
        help: `CREATE SCHEMA extensions; CREATE EXTENSION ${extension.name} SCHEMA extensions; or ALTER EXTENSION ${extension.name} SET SCHEMA extensions; or REVOKE CREATE ON SCHEMA ${schema.name} FROM ${roles};`,
      });
    }
  },
});
