import { ruleUrl } from "../../report/rule-url.ts";
import { didYouMean } from "../../text/did-you-mean.ts";
import { UsageError } from "../../text/usage-error.ts";
import type { Io } from "../io.ts";
import type { RuleInfo } from "./rules.ts";

/**
 * Prints the documentation page of a rule, named by its id, with or without a variant. `page` gives the Markdown of
 * an id. Throws `UsageError` for a name that no rule has.
 */
export async function explain(
  name: string,
  rules: readonly RuleInfo[],
  page: (id: string) => Promise<string>,
  io: Io,
): Promise<number> {
  const [id = "", variant] = name.split("/", 2);
  const rule = rules.find((candidate) => candidate.id === id);
  if (rule === undefined) {
    const meant = didYouMean(
      id,
      rules.map((candidate) => candidate.id),
    );
    throw new UsageError(
      `there is no rule ${id}`,
      meant === null ? "pgvet rules lists all" : `did you mean ${meant}?`,
    );
  }
  const variants = Object.keys(rule.variants);
  if (variant !== undefined && !variants.includes(variant)) {
    const meant = didYouMean(variant, variants);
    throw new UsageError(
      `rule ${id} has no variant ${variant}`,
      meant !== null
        ? `did you mean ${id}/${meant}?`
        : variants.length === 0
          ? "it has none at all"
          : `it has ${variants.join(", ")}`,
    );
  }
  io.stdout.write(`${(await page(id)).trimEnd()}\n\n${ruleUrl(id)}\n`);
  return 0;
}
