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
  for (const script of planScripts(text)) {
    const file = join(top, "deploy", ...script.split("/"));
    if (scripts.delete(file)) files.push(file);
    else if (!files.includes(file))
      problems.push({ file: plan, message: `names a change without its script deploy/${script}` });
  }
  const kind = plan.endsWith("sqitch.plan") ? "Sqitch" : "pgpm";
  return drafts([{ kind, root: top, files }, ...alone([...scripts].sort(compareText))], new Map(), problems);
}

/** The deploy scripts of a plan in order. A change that is reworked later has its first script under `name@tag`. */
function planScripts(text: string): readonly string[] {
  const changes: { name: string; script: string }[] = [];
  /** Per name, its latest change. */
  const latest = new Map<string, { index: number; change: { name: string; script: string } }>();
  /** Tags with the number of changes before them. */
  const tags: { name: string; after: number }[] = [];
  for (const line of text.split(/\r?\n/)) {
    const word = /^\s*([^\s#%]\S*)/.exec(line.replace(/^\s*\+\s*/, ""))?.[1];
    if (word === undefined || /^\s*-\s/.test(line)) continue;
    if (word.startsWith("@")) {
      tags.push({ name: word, after: changes.length });
      continue;
    }
    const change = { name: word, script: `${word}.sql` };
    const earlier = latest.get(word);
    if (earlier !== undefined) {
      const tag = tags.find((one) => one.after > earlier.index);
      if (tag !== undefined) earlier.change.script = `${word}${tag.name}.sql`;
    }
    latest.set(word, { index: changes.length, change });
    changes.push(change);
  }
  return changes.map((change) => change.script);
}
