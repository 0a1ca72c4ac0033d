import type { Draw } from "../draw.ts";
import type { Family } from "../family.ts";
import { type Model, ROLES, role, schema } from "../model.ts";

const ATTRIBUTES = [
  "LOGIN",
  "NOLOGIN",
  "CREATEROLE",
  "NOCREATEROLE",
  "CREATEDB",
  "NOCREATEDB",
  "INHERIT",
  "NOINHERIT",
  "REPLICATION",
  "NOREPLICATION",
  "BYPASSRLS",
  "NOBYPASSRLS",
  "CONNECTION LIMIT 5",
  "CONNECTION LIMIT -1",
  "PASSWORD NULL",
  "VALID UNTIL 'infinity'",
  "VALID UNTIL '2031-02-03 04:05:06+00'",
] as const;

function attributes(draw: Draw): string {
  if (draw.chance(6)) return draw.of(["SUPERUSER", "NOSUPERUSER"]);
  const keys = new Set<string>();
  const taken = draw.some(ATTRIBUTES, 3).filter((each) => {
    const key = each.replace(/^NO|[ ].*$/g, "");
    return !keys.has(key) && keys.add(key) !== undefined;
  });
  return taken.join(" ");
}

export function createRole(draw: Draw, model: Model): string {
  const free = ROLES.filter((each) => !model.roles.includes(each));
  const name = draw.chance(4) ? draw.of(ROLES) : draw.of(free);
  const others = model.roles.filter((each) => each !== name);
  if (!model.roles.includes(name)) model.roles.push(name);
  const options = [
    draw.maybe(` ${attributes(draw)}`, 40),
    others.length > 0 ? draw.maybe(` IN ROLE ${draw.some(others, 2).join(", ")}`, 15) : "",
    others.length > 0 ? draw.maybe(` ROLE ${draw.of(others)}`, 8) : "",
    others.length > 0 ? draw.maybe(` ADMIN ${draw.of(others)}`, 8) : "",
  ];
  return `CREATE ${draw.of(["ROLE", "ROLE", "USER"])} ${name}${options.join("")}`;
}

const SETTINGS = [
  "search_path = s1, public",
  "search_path TO ''",
  'search_path = "$user", pg_temp',
  "work_mem = '8MB'",
  "row_security = off",
  "statement_timeout = 1000",
  "TimeZone = 'UTC'",
  "enable_seqscan = on",
  "work_mem TO DEFAULT",
] as const;

export const roles: Family = {
  name: "roles",
  weight: 7,
  make: (draw, model) =>
    draw.one([
      [6, () => createRole(draw, model)],
      [5, () => `ALTER ROLE ${role(draw, model)} ${attributes(draw)}`],
      [3, () => `ALTER ROLE ${role(draw, model)} SET ${draw.of(SETTINGS)}`],
      [1, () => `ALTER ROLE ${role(draw, model)} IN DATABASE postgres SET ${draw.of(SETTINGS)}`],
      [1, () => `ALTER ROLE ALL SET ${draw.of(SETTINGS)}`],
      [1, () => `ALTER DATABASE postgres SET ${draw.of(SETTINGS)}`],
      [1, () => `ALTER DATABASE postgres OWNER TO ${role(draw, model)}`],
      [1, () => `ALTER ROLE ${role(draw, model)} RESET ${draw.of(["ALL", "search_path", "work_mem"])}`],
      [1, () => `ALTER DATABASE postgres RESET ${draw.of(["ALL", "search_path", "work_mem"])}`],
      [
        2,
        () => {
          const from = role(draw, model);
          const to = draw.of(ROLES);
          model.roles = [...new Set(model.roles.map((each) => (each === from ? to : each)))];
          return `ALTER ROLE ${from} RENAME TO ${to}`;
        },
      ],
      [
        3,
        () => {
          const gone = draw.some(model.roles, draw.chance(20) ? 2 : 1);
          // Most of them own something or are granted something: refused.
          if (draw.chance(30)) model.roles = model.roles.filter((each) => !gone.includes(each));
          return `DROP ROLE ${draw.maybe("IF EXISTS ", 30)}${gone.join(", ")}`;
        },
      ],
    ]),
};

export const owned: Family = {
  name: "owned",
  weight: 3,
  make: (draw, model) =>
    draw.one([
      [
        3,
        () =>
          `REASSIGN OWNED BY ${draw.chance(5) ? "CURRENT_USER" : draw.some(model.roles, 2).join(", ")} TO ${draw.chance(15) ? "CURRENT_USER" : role(draw, model)}`,
      ],
      [
        2,
        () =>
          `DROP OWNED BY ${draw.chance(5) ? "CURRENT_USER" : draw.some(model.roles, 2).join(", ")}${draw.of(["", " CASCADE", " CASCADE"])}`,
      ],
    ]),
};

const OPTIONS = ["ADMIN", "INHERIT", "SET"] as const;

export function grantMembership(draw: Draw, model: Model): string {
  const options = draw.some(OPTIONS, 2).map((each) => `${each} ${draw.of(["TRUE", "FALSE", "OPTION"])}`);
  const granted = draw.chance(8)
    ? draw.of(["pg_read_all_data", "pg_monitor", "pg_write_all_data"])
    : role(draw, model);
  // In one direction only, mostly: circles are refused.
  const members = draw.chance(8)
    ? model.roles
    : model.roles.filter((each) => each > granted || granted.startsWith("pg_"));
  return `GRANT ${granted}${draw.maybe(`, ${role(draw, model)}`, 4)} TO ${draw.some(members, 2).join(", ")}${draw.maybe(` WITH ${options.join(", ")}`, 45)}${grantedBy(draw, model, 15)}`;
}

export function grantedBy(draw: Draw, model: Model, percent: number): string {
  return draw.maybe(
    ` GRANTED BY ${draw.of(["CURRENT_USER", "SESSION_USER", "postgres", role(draw, model)])}`,
    percent,
  );
}

export const memberships: Family = {
  name: "memberships",
  weight: 6,
  make: (draw, model) =>
    draw.one([
      [5, () => grantMembership(draw, model)],
      [
        2,
        () =>
          `REVOKE ${draw.maybe(`${draw.of(OPTIONS)} OPTION FOR `, 35)}${role(draw, model)} FROM ${draw.some(model.roles, 2).join(", ")}${grantedBy(draw, model, 15)}${draw.of(["", " CASCADE"])}`,
      ],
    ]),
};

export const session: Family = {
  name: "session",
  weight: 6,
  make: (draw, model) =>
    draw.one([
      [6, () => `SET ${draw.maybe("LOCAL ", 15)}ROLE ${role(draw, model)}`],
      [5, () => draw.of(["RESET ROLE", "SET ROLE NONE", "SET ROLE postgres", "RESET ROLE"])],
      [2, () => `SET ${draw.maybe("LOCAL ", 15)}SESSION AUTHORIZATION ${role(draw, model)}`],
      [3, () => draw.of(["RESET SESSION AUTHORIZATION", "SET SESSION AUTHORIZATION DEFAULT"])],
      [
        5,
        () =>
          `SET ${draw.maybe("LOCAL ", 15)}search_path ${draw.of(["=", "TO"])} ${draw.of([schema(draw, model), `${schema(draw, model)}, public`, `${schema(draw, model)}, ${schema(draw, model)}`, '"$user", public', "pg_catalog, public", `${schema(draw, model)}, pg_temp`, "''", "DEFAULT"])}`,
      ],
      [2, () => draw.of(["RESET search_path", "RESET ALL"])],
      [
        1,
        () =>
          `SELECT set_config('search_path', '${schema(draw, model)}, public', ${draw.of(["true", "false"])})`,
      ],
      [1, () => `SET row_security = ${draw.of(["off", "on"])}`],
    ]),
};
