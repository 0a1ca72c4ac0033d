import { bucketsOf, openBuckets } from "../../src/access/buckets.ts";
import { admitsAnonymous, type GuardedTable, guardedTables, placeOf } from "../../src/access/policies.ts";
import { ANONYMOUS, SIGNED_IN } from "../../src/access/predicates.ts";
import type { Policy } from "../../src/catalog/model.ts";
import { defineRule, type RuleContext } from "../../src/rule/define.ts";
import type { Severity } from "../../src/rule/finding.ts";

const VARIANTS = {
  read: "every client, or every signed-in user, reads all files of a bucket that is not public",
  list: "clients list all files of a public bucket",
  upload: "clients that never signed in upload files",
} as const;

type Variant = keyof typeof VARIANTS;

export default defineRule<Variant>({
  title: "Files of a storage bucket open to everybody",
  severity: "high",
  category: "row-security",
  cwe: [200, 863],
  since: "0.1.0",
  variants: VARIANTS,
  why: "Policies on storage.objects decide who sees, lists and uploads files. One that asks for the bucket alone opens all of its files, whoever put them there.",
  check(context) {
    for (const guarded of guardedTables(context)) {
      if (guarded.name !== "storage.objects") continue;
      for (const policy of guarded.policies) {
        if (policy.permissive && !policy.prelude) judge(context, guarded, policy);
      }
    }
  },
});

function judge(context: RuleContext<Variant>, guarded: GuardedTable, policy: Policy): void {
  const { command } = policy;
  // What may be changed or deleted is the business of rls-policy-any-user.
  if (command !== "select" && command !== "insert") return;
  const bound = command === "select" ? policy.using : policy.withCheck;
  const reach = guarded.users(policy, [command]);
  if (bound === null || reach.length === 0) return;
  const anonymous =
    admitsAnonymous(context.catalog, policy) && reach.some(({ role }) => role !== "authenticated");
  if (command === "insert" && !anonymous) return;
  const node = command === "select" ? guarded.oldRows(policy, command) : guarded.newRows(policy, command);
  const open = openBuckets(node, bound.expr, anonymous ? ANONYMOUS : [SIGNED_IN]);
  if (open?.length === 0) return;
  const found = command === "insert" ? "upload" : reading(context, open, anonymous);
  if (found === null) return;
  const roles = anonymous ? reach.map(({ role }) => role).join(", ") : "every signed-in user";
  const files =
    open === null ? "all buckets" : `${open.length === 1 ? "bucket" : "buckets"} ${open.join(", ")}`;
  const verb = { read: "read every file of", list: "list every file of", upload: "upload any file to" }[
    found
  ];
  context.report({
    variant: found,
    severity: context.access.severity(severityOf(policy, found, anonymous), reach),
    confidence: found === "read" && anonymous ? "high" : "medium",
    message: `policy ${policy.name} lets ${roles} ${verb} ${files}`,
    label: "asks for the bucket alone",
    place: placeOf(bound),
    object: guarded.name,
    reach,
    related: [{ place: policy.place, message: `policy FOR ${command.toUpperCase()}` }],
    help:
      found === "list"
        ? "files of a public bucket are fetched by URL without any policy: drop it, or let owners list their own files"
        : "tie the files to the user as well: (storage.foldername(name))[1] = (select auth.uid())::text",
  });
}

/** null: who may read is not known well enough. */
function reading(
  { catalog }: RuleContext<Variant>,
  open: readonly string[] | null,
  anonymous: boolean,
): "read" | "list" | null {
  if (open === null) return "read";
  const buckets = bucketsOf(catalog);
  if (open.some((name) => buckets.get(name) === false)) return "read";
  // A bucket that was made elsewhere is private or public: its files are read or listed.
  return anonymous || open.some((name) => buckets.get(name) === true) ? "list" : null;
}

/** That a policy itself says that everybody may read the files is a decision, though the bucket says otherwise. */
function severityOf({ name }: Policy, found: Variant, anonymous: boolean): Severity {
  if (found !== "read" || /public|any(?:one|body)|every(?:one|body)/i.test(name)) return "low";
  return anonymous ? "high" : "medium";
}
