import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { RULES } from "../../rules/index.ts";
import type { Finding } from "../../src/rule/finding.ts";
import { loadProofs, type Proof } from "../proofs/proofs.ts";
import { lintTexts } from "../support/lint.ts";

// Proofs that pgvet does not get right yet, by id. One that has become right must leave the list.
const pending: ReadonlySet<string> = new Set(
  readFileSync(new URL("../../fixtures/rules/pending.txt", import.meta.url), "utf8")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#")),
);
const proofs = loadProofs();

async function findingsOf(proof: Proof, file: "vulnerable" | "fixed"): Promise<readonly Finding[]> {
  const { findings } = await lintTexts(
    [
      { path: "setup.sql", text: proof.setup },
      { path: `${file}.sql`, text: proof[file] },
    ],
    {
      untrusted: ["attacker", "anon", "authenticated"],
      admins: proof.admins,
      exposedSchemas: proof.exposed,
      directSql: proof.exposed.length === 0,
      postgresVersion: Math.max(...proof.versions),
    },
  );
  return findings.filter(({ severity }) => severity !== "info");
}

/** What is wrong with pgvet's verdict on a proof; empty: nothing. */
async function mistakes(proof: Proof): Promise<readonly string[]> {
  const nameOf = ({ rule, variant }: Finding) => (variant === null ? rule : `${rule}/${variant}`);
  const isOwn = ({ rule, variant }: Finding) =>
    rule === proof.rule && (proof.variant === null || variant === proof.variant);
  const rule = RULES.find(({ id }) => id === proof.rule);
  if (rule === undefined) return ["there is no such rule"];
  if (proof.variant !== null && !(proof.variant in rule.variants)) return ["the rule has no such variant"];
  if (!proof.isStatic) return [];
  const vulnerable = await findingsOf(proof, "vulnerable");
  const fixed = await findingsOf(proof, "fixed");
  const wrong: string[] = [];
  if (!vulnerable.some(isOwn))
    wrong.push(`not reported; but ${vulnerable.map(nameOf).join(", ") || "nothing"}`);
  if (fixed.some(isOwn)) wrong.push("fixed.sql is reported too");
  for (const finding of fixed) {
    const grave = finding.severity === "high" || finding.severity === "critical";
    if (grave && !isOwn(finding) && !proof.deserved.has(nameOf(finding)))
      wrong.push(`fixed.sql has ${nameOf(finding)} (${finding.severity}): ${finding.message}`);
  }
  return wrong;
}

describe("proofs", () => {
  it("on the list of pending ones exist", () => {
    const ids = new Set(proofs.map(({ id }) => id));
    expect([...pending].filter((id) => !ids.has(id))).toEqual([]);
  });
});

describe.each(proofs)("fixtures/rules/$id", (proof) => {
  if (pending.has(proof.id))
    it("is pending", async () => {
      const wrong = (await mistakes(proof)).join("\n");
      expect(wrong, `remove ${proof.id} from fixtures/rules/pending.txt`).not.toBe("");
    });
  else
    it(`vulnerable.sql is reported, fixed.sql is not: ${proof.title}`, async () => {
      expect((await mistakes(proof)).join("\n")).toBe("");
    });
});
