import { isPlaceholder, isPutIn } from "../../src/access/secrets.ts";
import type { ForeignOption } from "../../src/events/object-events.ts";
import { ownStatements, rawText } from "../../src/rule/code.ts";
import { defineRule } from "../../src/rule/define.ts";
import type { Place } from "../../src/text/source.ts";

const SECRET =
  /(?:^|_)(?:password|passwd|pwd|passphrase|secret|token|api_?key|access_?key|private_?key|secret_?(?:access_)?key|service_?account_?key|credentials?)$/i;

export default defineRule({
  title: "Secret in options that every role can read",
  severity: "high",
  category: "secrets",
  cwe: [522, 798],
  since: "0.1.0",
  variants: {},
  why: "Options of foreign-data wrappers, servers and foreign tables stand in catalogs that every role can read. Those of user mappings do not.",
  aboutSecrets: true,
  check(context) {
    const { access, catalog } = context;
    const found = new Map<
      string,
      { readonly option: ForeignOption; readonly place: Place; readonly of: string }
    >();
    for (const { event, place } of ownStatements(catalog)) {
      let of: string;
      let options: readonly ForeignOption[];
      if (event.kind === "create-foreign-server" || event.kind === "alter-foreign-server") {
        [of, options] = [`server ${event.name}`, event.options];
      } else if (
        event.kind === "create-foreign-data-wrapper" ||
        event.kind === "alter-foreign-data-wrapper"
      ) {
        [of, options] = [`foreign-data wrapper ${event.name}`, event.options];
      } else if (event.kind === "create-table" && event.relationKind === "foreign-table") {
        of = `foreign table ${event.name.name.join(".")}`;
        options = event.options.map(({ name, value, span }) => ({
          action: "add" as const,
          name,
          value: value ?? "",
          span,
        }));
      } else if (event.kind === "drop" && event.objectKind === "foreign-server") {
        for (const { name } of event.objects)
          for (const key of found.keys()) if (key.startsWith(`server ${name.at(-1)}/`)) found.delete(key);
        continue;
      } else continue;
      for (const option of options) {
        const key = `${of}/${option.name}`;
        if (option.action === "drop") found.delete(key);
        else found.set(key, { option, place: { source: place.source, span: option.span }, of });
      }
    }
    for (const { option, place, of } of found.values()) {
      if (
        !SECRET.test(option.name) ||
        isPlaceholder(option.value) ||
        option.value.length < 3 ||
        isPutIn(rawText(place.source, place.span.end))
      )
        continue;
      const reach = [{ role: "PUBLIC", via: [{ place: null, text: "every role can read these options" }] }];
      context.report({
        variant: null,
        severity: access.severity("high", reach, { needsSql: true }),
        confidence: "high",
        message: `every role can read ${option.name} of ${of}`,
        label: "readable by every role",
        place,
        object: of,
        reach,
        help: `give ${option.name} in CREATE USER MAPPING … OPTIONS (which only the mapped role can read), or its id in a vault; and replace it: it was readable`,
      });
    }
  },
});
