const RULES = "https://github.com/pgvet/pgvet/tree/main/rules";

/** The documentation page of a rule. */
export function ruleUrl(id: string): string {
  return `${RULES}/${id}`;
}
