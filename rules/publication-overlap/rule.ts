import { type PublicationState, publicationsOf } from "../../src/access/publications.ts";
import { defineRule } from "../../src/rule/define.ts";
import type { Place } from "../../src/text/source.ts";

export default defineRule({
  title: "Column list or row filter that another publication undoes",
  severity: "medium",
  category: "grants",
  cwe: [668],
  since: "0.1.0",
  variants: {},
  why: "There are no privileges on publications: whoever may subscribe to one may subscribe to all. What one leaves out of a table another gives.",
  check({ catalog, report }) {
    const publications = publicationsOf(catalog);
    for (const limited of publications) {
      for (const { object, table, place } of limited.objects) {
        if (table === null || (object.columns === null && object.where === null)) continue;
        for (const other of publications) {
          if (other.name === limited.name) continue;
          const whole = carriesWhole(other, table);
          if (whole === null) continue;
          report({
            variant: null,
            severity: "medium",
            confidence: "high",
            message: `publication ${other.name} carries all of ${table}, of which ${limited.name} leaves out ${object.columns === null ? "rows" : "columns"}`,
            label: `all of ${table}`,
            place: whole,
            object: other.name,
            related: [{ place, message: `${limited.name} limits it here` }],
            help: `give ${other.name} the same column list and row filter, or leave ${table} out of it`,
          });
          return;
        }
      }
    }
  },
});

function carriesWhole(publication: PublicationState, table: string): Place | null {
  if (publication.allTables) return publication.place;
  const schema = table.includes(".") ? table.slice(0, table.indexOf(".")) : null;
  for (const one of publication.objects) {
    if (one.table === table && one.object.columns === null && one.object.where === null) return one.place;
    if (one.object.schema !== null && one.object.schema === schema) return one.place;
  }
  return null;
}
