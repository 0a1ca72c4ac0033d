import { listed } from "../../src/access/actors.ts";
import { isContrib } from "../../src/access/contrib.ts";
import type { Extension, Oid } from "../../src/catalog/model.ts";
import { ownSources } from "../../src/rule/code.ts";
import { defineRule, type RuleOption } from "../../src/rule/define.ts";

const ALLOWED: RuleOption = {
  name: "allowed",
  describe: "Extensions that are wanted as they are.",
  default: [],
};

export default defineRule({
  title: "Extension in a schema where others may create objects",
  severity: "info",
  category: "deployment",
  cwe: [426],
  since: "0.1.0",
  variants: {},
  why: "Objects that somebody puts beside those of the extension, with the same name and other arguments, are taken in their place by callers that do not say which they mean.",
  options: [ALLOWED],
  check(context) {
    const allowed = new Set(context.option(ALLOWED));
    const { catalog, access } = context;
    const own = ownSources(context);
    const bySchema = new Map<Oid, Extension[]>();
    for (const extension of catalog.state.extensions.all()) {
      if (extension.prelude || extension.assumed || !own.has(extension.place.source)) continue;
      if (allowed.has(extension.name)) continue;
      // What an unknown script does with such a schema while it is installed, extension-script-path says.
      if (!isContrib(extension.name)) continue;
      const schema = catalog.schema(extension.schema);
      if (schema === undefined || access.foreignCreators(schema, extension.owner).length === 0) continue;
      bySchema.set(schema.oid, [...(bySchema.get(schema.oid) ?? []), extension]);
    }
    for (const [oid, extensions] of bySchema) {
      const schema = catalog.schema(oid);
      const [first] = extensions;
      if (schema === undefined || first === undefined) continue;
      const creators = access.foreignCreators(schema, first.owner);
      const roles = creators.map(({ role }) => access.nameOf(role)).join(", ");
      context.report({
        variant: null,
        severity: "info",
        confidence: "high",
        message: `${roles} may create objects beside those of ${listed(extensions.map(({ name }) => name))}, in schema ${schema.name}`,
        label: `in ${schema.name}`,
        place: first.place,
        object: first.name,
        reach: creators.map(({ role, held }) => ({ role: access.nameOf(role), via: held.steps })),
        help: `CREATE SCHEMA extensions; and CREATE EXTENSION … SCHEMA extensions, or ALTER EXTENSION … SET SCHEMA extensions; or REVOKE CREATE ON SCHEMA ${schema.name} FROM ${roles};`,
      });
    }
  },
});
