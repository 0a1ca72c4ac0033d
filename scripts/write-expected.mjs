// Writes expected.txt in fixtures/projects/* and fixtures/hostile/* from what the built command prints now: read the difference before committing it.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../", import.meta.url));
const cases = ["projects", "hostile"].flatMap((group) =>
  readdirSync(`${root}fixtures/${group}`)
    .sort()
    .map((name) => `${group}/${name}`),
);
for (const name of cases) {
  const file = `${root}fixtures/${name}/expected.txt`;
  // The first line of an existing transcript says with which arguments it was made.
  const first = existsSync(file) ? readFileSync(file, "utf8").split("\n", 1)[0] : `$ pgvet fixtures/${name}`;
  const { stdout, status } = spawnSync(
    process.execPath,
    ["dist/cli/pgvet.js", ...first.split(" ").slice(2)],
    {
      cwd: root,
      encoding: "utf8",
      env: { PATH: process.env.PATH, NO_COLOR: "1" },
    },
  );
  writeFileSync(file, `${first}\n${stdout}exit code ${status}\n`);
}
