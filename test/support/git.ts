import { spawnSync } from "node:child_process";
import { repository } from "../project/files.ts";

/** Runs git in a directory, without the configuration of whoever runs the tests. */
export function git(cwd: string, ...args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync("git", args, {
    cwd,
    encoding: "utf8",
    env: {
      PATH: process.env["PATH"],
      HOME: cwd,
      GIT_CONFIG_NOSYSTEM: "1",
      GIT_AUTHOR_NAME: "a",
      GIT_AUTHOR_EMAIL: "a@example.org",
      GIT_COMMITTER_NAME: "a",
      GIT_COMMITTER_EMAIL: "a@example.org",
    },
  });
  if (status !== 0) throw new Error(`git ${args.join(" ")}: ${stderr}`);
  return stdout;
}

/** A temporary repository of git whose first commit holds these files. */
export function committed(files: Readonly<Record<string, string>>): string {
  const cwd = repository(files, { git: false });
  git(cwd, "init", "-q", "-b", "main");
  git(cwd, "add", "-A");
  git(cwd, "commit", "-q", "--allow-empty", "-m", "first");
  return cwd;
}
