/** --since, --staged and --new-only of the built program, on real repositories. */
import { chmodSync, existsSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { repository } from "../project/files.ts";
import { committed, git } from "../support/git.ts";
import { pgvet } from "../support/program.ts";

const OLD = "CREATE SCHEMA old;\nGRANT CREATE ON SCHEMA old TO PUBLIC;\n";
const NEW = "CREATE SCHEMA fresh;\nGRANT CREATE ON SCHEMA fresh TO PUBLIC;\n";

/** The places that are reported, `file:line`. */
function places(cwd: string, ...args: string[]) {
  const run = pgvet(["--format", "concise", ...args], { cwd });
  expect(run.err).not.toContain("pgvet:");
  return run.out.split("\n").flatMap((line) => (line === "" ? [] : line.split(":", 2).join(":")));
}

describe("--since", () => {
  test("shows what is in changed statements, and counts the rest", () => {
    const cwd = committed({ "db/1.sql": OLD });
    writeFileSync(join(cwd, "db/2.sql"), NEW);
    expect(places(cwd, "--since", "HEAD", "db")).toEqual(["db/2.sql:2"]);
    const run = pgvet(["--since", "HEAD", "db"], { cwd });
    expect(run.code).toBe(1);
    expect(run.out).toContain("1 finding (1 in what did not change): ");
  });

  test("the whole project is replayed", () => {
    const cwd = committed({ "db/1.sql": "CREATE SCHEMA s;\nCREATE ROLE web;\n" });
    writeFileSync(
      join(cwd, "db/2.sql"),
      "CREATE TABLE s.t (a int);\nREVOKE ALL ON s.t FROM nobody_knows;\nGRANT CREATE ON SCHEMA s TO PUBLIC;\n",
    );
    expect(places(cwd, "--since", "main", "db/2.sql")).toContain("db/2.sql:3");
  });

  test("moving, formatting and commenting a statement, or renaming its file, changes nothing", () => {
    const cwd = committed({ "db/1.sql": OLD });
    renameSync(join(cwd, "db/1.sql"), join(cwd, "db/0001_first.sql"));
    writeFileSync(
      join(cwd, "db/0001_first.sql"),
      "-- words\n\n\ncreate schema old;\ngrant CREATE\n  on schema old /* all */ to public;\n",
    );
    expect(places(cwd, "--since", "HEAD", ".")).toEqual([]);
  });

  test("a changed word is a change", () => {
    const cwd = committed({ "db/1.sql": OLD });
    writeFileSync(join(cwd, "db/1.sql"), OLD.replace("GRANT CREATE", "GRANT CREATE, USAGE"));
    expect(places(cwd, "--since", "HEAD", ".")).toEqual(["db/1.sql:2"]);
  });

  test("since HEAD parted from the commit", () => {
    const cwd = committed({ "db/1.sql": OLD });
    git(cwd, "checkout", "-q", "-b", "topic");
    writeFileSync(join(cwd, "db/2.sql"), NEW);
    git(cwd, "add", "-A");
    git(cwd, "commit", "-q", "-m", "topic");
    git(cwd, "checkout", "-q", "main");
    rmSync(join(cwd, "db/1.sql"));
    git(cwd, "commit", "-q", "-a", "-m", "gone on main");
    git(cwd, "checkout", "-q", "topic");
    expect(places(cwd, "--since", "main", ".")).toEqual(["db/2.sql:2"]);
  });

  test("in a directory of the repository, and in another work tree of it", () => {
    const cwd = committed({ "a/db/1.sql": OLD });
    writeFileSync(join(cwd, "a/db/2.sql"), NEW);
    expect(places(join(cwd, "a"), "--since", "HEAD", "db")).toEqual(["db/2.sql:2"]);
    const other = join(repository({}), "other");
    git(cwd, "worktree", "add", "-q", other);
    writeFileSync(join(other, "a/db/3.sql"), NEW);
    expect(places(join(other, "a"), "--since", "main")).toEqual(["db/3.sql:2"]);
  });

  test.each(["no-such-branch", "--output=x", "HEAD..main", "HEAD:db/1.sql", "a b", ""])(
    "refuses %j",
    (ref) => {
      const cwd = committed({ "db/1.sql": OLD });
      const run = pgvet([`--since=${ref}`, "db"], { cwd });
      expect(run).toMatchObject({ code: 2, out: "" });
      expect(run.err).toMatch(ref === "" ? /needs a value/ : /git knows no such commit/);
      expect(existsSync(join(cwd, "x"))).toBe(false);
    },
  );

  test("needs a repository, and a history", () => {
    const outside = pgvet(["--since", "HEAD", "."], { cwd: repository({ "a.sql": OLD }, { git: false }) });
    expect(outside.code).toBe(2);
    expect(outside.err).toContain("--since, --staged and --new-only need a git repository");
    const stdin = pgvet(["--since", "HEAD", "-"], { cwd: committed({}), input: OLD });
    expect(stdin).toMatchObject({
      code: 2,
      err: "pgvet: -: standard input has no history\n  name files instead\n",
    });
  });
});

describe("--new-only", () => {
  test("shows what a change elsewhere brought about, and not what was there", () => {
    const cwd = committed({
      "db/1.sql":
        "CREATE SCHEMA s;\nGRANT CREATE ON SCHEMA s TO PUBLIC;\nREVOKE CREATE ON SCHEMA s FROM PUBLIC;\n",
      "db/2.sql": OLD,
    });
    writeFileSync(join(cwd, "db/1.sql"), "CREATE SCHEMA s;\nGRANT CREATE ON SCHEMA s TO PUBLIC;\n");
    expect(places(cwd, "--since", "HEAD", ".")).toEqual([]);
    expect(places(cwd, "--new-only", "--since", "HEAD", ".")).toEqual(["db/1.sql:2"]);
  });

  test("knows a finding again after its file was renamed", () => {
    const cwd = committed({ "db/1.sql": OLD });
    renameSync(join(cwd, "db/1.sql"), join(cwd, "db/7.sql"));
    expect(places(cwd, "--new-only", "--since", "HEAD", "db/7.sql")).toEqual([]);
  });

  test("one more of the same is new", () => {
    const grant = "GRANT CREATE ON SCHEMA public TO PUBLIC;\n";
    const cwd = committed({ "a/1.sql": grant });
    mkdirSync(join(cwd, "b"));
    writeFileSync(join(cwd, "b/1.sql"), grant);
    expect(places(cwd, "--new-only", "--since", "HEAD", ".")).toHaveLength(1);
  });
});

describe("--staged", () => {
  test("judges the index, not the work tree", () => {
    const cwd = committed({ "db/1.sql": OLD });
    writeFileSync(join(cwd, "db/2.sql"), NEW);
    git(cwd, "add", "db/2.sql");
    writeFileSync(join(cwd, "db/2.sql"), "SELECT 1;\n");
    writeFileSync(join(cwd, "db/3.sql"), NEW);
    const run = pgvet(["--staged", "--format", "concise"], { cwd });
    expect(run.code).toBe(1);
    expect(run.out).toMatch(/^db\/2\.sql:2:1: [^\n]*\n$/);
  });

  test("passes what is only in the work tree", () => {
    const cwd = committed({ "db/1.sql": OLD });
    writeFileSync(join(cwd, "db/2.sql"), NEW);
    expect(pgvet(["--staged", "--quiet"], { cwd })).toEqual({ code: 0, out: "", err: "" });
  });

  test("reads the configuration from the index too", () => {
    const cwd = committed({ "db/1.sql": OLD });
    writeFileSync(join(cwd, "pgvet.json"), '{"rules": {"grant-schema-create": "off"}}');
    writeFileSync(join(cwd, "db/2.sql"), NEW);
    git(cwd, "add", "db/2.sql");
    expect(places(cwd, "--staged")).toEqual(["db/2.sql:2"]);
    git(cwd, "add", "pgvet.json");
    expect(places(cwd, "--staged")).toEqual([]);
  });

  test("before the first commit everything is new", () => {
    const cwd = repository({ "db/1.sql": OLD }, { git: false });
    git(cwd, "init", "-q");
    git(cwd, "add", "-A");
    expect(places(cwd, "--staged", "db/1.sql")).toEqual(["db/1.sql:2"]);
  });

  test("a commit without SQL is fine", () => {
    const cwd = committed({ "README.md": "words\n" });
    expect(pgvet(["--staged", "--quiet", "README.md"], { cwd }).code).toBe(0);
  });

  test("from a directory of the repository, with paths of its own", () => {
    const cwd = committed({ "a/db/1.sql": OLD });
    writeFileSync(join(cwd, "a/db/2.sql"), NEW);
    git(cwd, "add", "-A");
    expect(places(join(cwd, "a"), "--staged", "db")).toEqual(["db/2.sql:2"]);
    expect(places(join(cwd, "a"), "--staged", join(cwd, "a/db/2.sql"))).toEqual(["db/2.sql:2"]);
    const run = pgvet(["--staged", "../.."], { cwd: join(cwd, "a") });
    expect(run).toMatchObject({ code: 2, err: "pgvet: ../..: lies outside of the repository\n" });
  });

  test("in a hook: the index that git is going to commit", () => {
    const cwd = committed({ "db/1.sql": OLD });
    const { hook } = { hook: join(cwd, ".git/hooks/pre-commit") };
    const program = new URL("../../dist/cli/pgvet.js", import.meta.url).pathname;
    writeFileSync(hook, `#!/bin/sh\nexec "${process.execPath}" "${program}" --staged --format concise\n`);
    chmodSync(hook, 0o755);
    writeFileSync(join(cwd, "db/1.sql"), `${OLD}${NEW}`);
    // `commit -a` uses an index of its own, and leaves the real one as it is.
    expect(() => git(cwd, "commit", "-q", "-a", "-m", "second")).toThrow(/grant-schema-create/);
    writeFileSync(join(cwd, "db/1.sql"), `${OLD}SELECT 1;\n`);
    git(cwd, "commit", "-q", "-a", "-m", "second");
  });

  test("a staged link that leads out of the project is not read", () => {
    const cwd = committed({ "db/1.sql": OLD });
    symlinkSync("/etc/hostname", join(cwd, "db/2.sql"));
    git(cwd, "add", "-A");
    const run = pgvet(["--staged"], { cwd });
    expect(run.code).toBe(2);
    expect(run.err).toContain("is a symbolic link that leads out of the project");
  });
});

describe("a repository of a stranger", () => {
  test("runs no program, whatever its configuration says", () => {
    const cwd = committed({ "db/1.sql": OLD, ".gitattributes": "*.sql filter=evil diff=evil\n" });
    const evil = join(cwd, "evil.sh");
    writeFileSync(evil, `#!/bin/sh\ntouch "${join(cwd, "ran")}"\nexit 0\n`);
    chmodSync(evil, 0o755);
    for (const setting of [
      "core.fsmonitor",
      "core.pager",
      "core.sshCommand",
      "core.alternateRefsCommand",
      "filter.evil.clean",
      "filter.evil.smudge",
      "diff.evil.command",
      "diff.evil.textconv",
      "diff.external",
      "alias.rev-parse",
      "alias.ls-tree",
    ]) {
      git(cwd, "config", setting, setting.startsWith("alias") ? `!${evil}` : evil);
    }
    git(cwd, "config", "core.hooksPath", cwd);
    writeFileSync(join(cwd, "db/2.sql"), NEW);
    git(cwd, "-c", "core.fsmonitor=false", "-c", "filter.evil.clean=cat", "add", "db/2.sql");
    rmSync(join(cwd, "ran"), { force: true });
    for (const args of [["--staged"], ["--since", "HEAD", "."], ["--new-only", "--since", "HEAD", "."]]) {
      expect(places(cwd, ...args)).toEqual(["db/2.sql:2"]);
    }
    expect(existsSync(join(cwd, "ran"))).toBe(false);
  });

  test("its own program named git is not run, wherever PATH looks", () => {
    const cwd = committed({ "db/1.sql": OLD });
    writeFileSync(join(cwd, "db/2.sql"), NEW);
    mkdirSync(join(cwd, "node_modules/.bin"), { recursive: true });
    for (const file of [join(cwd, "git"), join(cwd, "node_modules/.bin/git")]) {
      writeFileSync(file, `#!/bin/sh\ntouch "${join(cwd, "ran")}"\n`);
      chmodSync(file, 0o755);
    }
    const PATH = [
      ".",
      "",
      "node_modules/.bin",
      cwd,
      join(cwd, "node_modules/.bin"),
      process.env["PATH"],
    ].join(":");
    const run = pgvet(["--since", "HEAD", "--format", "concise", "db"], { cwd, env: { PATH } });
    expect(run.out).toMatch(/^db\/2\.sql:2:1: [^\n]*\n$/);
    expect(existsSync(join(cwd, "ran"))).toBe(false);
  });
});
