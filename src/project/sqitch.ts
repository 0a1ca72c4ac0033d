import { join, relative, sep } from "node:path";
import { ancestors } from "../config/locate.ts";
import { alone, type Drafts, drafts } from "./draft.ts";
import { compareText } from "./natural-order.ts";
import type { FileTree } from "./tree.ts";

const PLANS = ["sqitch.plan", "pgpm.plan", "launchql.plan"];

/**
 * Sqitch and pgpm: a plan file names the changes in their order; each has a script in deploy/, a way back in revert/ and
 * a test in verify/. Scripts of deploy/ that the plan does not name are judged alone.
 */
export function sqitch(tree: FileTree, directory: string): Drafts | null {
  for (const top of ancestors(directory, tree.root)) {
    const plan = PLANS.map((name) => join(top, name)).find(
      (file) => tree.exists(file) && tree.confined(file),
    );
    if (plan === undefined) continue;
    const part = relative(top, directory).split(sep)[0];
    switch (part) {
      case "deploy":
        return deploy(tree, top, plan);
      case "revert":
        return leaveOut(tree, directory, "reverts a change");
      case "verify":
        return leaveOut(tree, directory, "verifies a change");
      default:
        return null;
    }
  }
  return null;
}

function leaveOut(tree: FileTree, directory: string, reason: string): Drafts {
  return drafts([], new Map(tree.list(directory).sql.map((name) => [join(directory, name), reason])));
}

function deploy(tree: FileTree, top: string, plan: string): Drafts {
  const text = tree.read(plan)?.toString("utf8") ?? "";
  const scripts = new Set<string>();
  const pending = [join(top, "deploy")];
  for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
    const { sql, directories } = tree.list(at);
    for (const name of sql) scripts.add(join(at, name));
    for (const name of directories) pending.push(join(at, name));
  }
  const files: string[] = [];
  const problems: { file: string; message: string }[] = [];
  const planned = new Set<string>();
  for (const change of planChanges(text)) {
    const names = scriptNames(change);
    const paths = names.map((name) => join(top, "deploy", ...name.split("/")));
    const file = paths.find((path) => scripts.has(path));
    if (file === undefined) {
      problems.push({ file: plan, message: `names a change without its script deploy/${names[0]}` });
    } else if (!planned.has(file)) {
      planned.add(file);
      files.push(file);
    }
  }
  for (const file of planned) scripts.delete(file);
  const kind = plan.endsWith("sqitch.plan") ? "Sqitch" : "pgpm";
  return drafts([{ kind, root: top, files }, ...alone([...scripts].sort(compareText))], new Map(), problems);
}

interface Change {
  readonly name: string;
  /** Tags by which its script may be kept once it is reworked: after it and before the rework, the last first. */
  readonly tags: readonly string[];
}

/** The script of a change, under the name that Sqitch looks for first. */
function scriptNames({ name, tags }: Change): readonly string[] {
  return tags.length === 0 ? [`${name}.sql`] : tags.map((tag) => `${name}${tag}.sql`);
}

/** The changes of a plan in order. */
function planChanges(text: string): readonly Change[] {
  const changes: { name: string; tags: readonly string[]; own: string[] }[] = [];
  /** Per name, the index of its latest change. */
  const latest = new Map<string, number>();
  for (const line of text.split(/\r?\n/)) {
    const word = /^\s*([^\s#%]\S*)/.exec(line.replace(/^\s*\+\s*/, ""))?.[1];
    if (word === undefined || /^\s*-\s/.test(line)) continue;
    if (word.startsWith("@")) {
      changes.at(-1)?.own.push(word);
      continue;
    }
    const earlier = latest.get(word);
    const reworked = earlier === undefined ? undefined : changes[earlier];
    if (earlier !== undefined && reworked !== undefined) {
      const between = changes.slice(earlier).reverse();
      reworked.tags = between.flatMap(({ own }) => own);
    }
    latest.set(word, changes.length);
    changes.push({ name: word, tags: [], own: [] });
  }
  return changes;
}
