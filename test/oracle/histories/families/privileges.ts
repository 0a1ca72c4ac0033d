import type { Draw } from "../draw.ts";
import type { Family } from "../family.ts";
import { grantee, type Model, ref, relation, role, schema } from "../model.ts";
import { grantedBy } from "./roles.ts";
import { routineName } from "./routines.ts";

const TABLE = [
  "SELECT",
  "INSERT",
  "UPDATE",
  "DELETE",
  "TRUNCATE",
  "REFERENCES",
  "TRIGGER",
  "MAINTAIN",
] as const;
const COLUMN = ["SELECT", "INSERT", "UPDATE", "REFERENCES"] as const;

const privileges = (draw: Draw, list: readonly string[]) =>
  draw.chance(30) ? draw.of(["ALL", "ALL PRIVILEGES"]) : draw.some(list, 3).join(", ");

/** Mostly one, now and then two. */
const several = (draw: Draw, one: () => string) => (draw.chance(12) ? `${one()}, ${one()}` : one());

/** `SELECT ON s1.t1` */
function granted(draw: Draw, model: Model): string {
  return draw.one([
    [
      8,
      () =>
        `${privileges(draw, TABLE)} ON ${draw.maybe("TABLE ", 30)}${several(draw, () => ref(draw, relation(draw, model, "table", "partitioned", "view", "matview", "foreign")))}`,
    ],
    [
      5,
      () => {
        const on = relation(draw, model, "table", "partitioned", "view");
        const columns = () =>
          draw
            .some(on.columns, 2)
            .map((each) => each.name)
            .join(", ");
        const parts = draw.chance(15)
          ? [`ALL (${columns()})`]
          : draw.some(COLUMN, 2).map((each) => `${each} (${columns()})`);
        if (draw.chance(10)) parts.push("DELETE");
        return `${parts.join(", ")} ON ${ref(draw, on)}`;
      },
    ],
    [
      3,
      () =>
        `${privileges(draw, ["USAGE", "SELECT", "UPDATE"])} ON ${draw.maybe("SEQUENCE ", 80)}${several(draw, () => ref(draw, relation(draw, model, "sequence")))}`,
    ],
    [
      6,
      () => {
        const routine = draw.of(model.routines);
        const word = draw.chance(12) ? "ROUTINE" : routine.kind === "procedure" ? "PROCEDURE" : "FUNCTION";
        const other = draw.chance(10) ? `, ${routineName(draw, draw.of(model.routines))}` : "";
        return `${draw.of(["EXECUTE", "ALL"])} ON ${word} ${routineName(draw, routine)}${other}`;
      },
    ],
    [5, () => `${privileges(draw, ["USAGE", "CREATE"])} ON SCHEMA ${draw.some(model.schemas, 2).join(", ")}`],
    [
      2,
      () => {
        const type = draw.of(model.types);
        return `${draw.of(["USAGE", "ALL"])} ON ${type.kind === "domain" ? draw.of(["DOMAIN", "TYPE"]) : "TYPE"} ${ref(draw, type)}`;
      },
    ],
    [1, () => `${privileges(draw, ["CONNECT", "CREATE", "TEMPORARY", "TEMP"])} ON DATABASE postgres`],
    [1, () => `USAGE ON LANGUAGE ${draw.of(["sql", "plpgsql", "plpgsql", "c", "l1"])}`],
    [
      1,
      () =>
        `${privileges(draw, ["SET", "ALTER SYSTEM"])} ON PARAMETER ${draw.of(["work_mem", "session_replication_role"])}`,
    ],
    [1, () => `USAGE ON FOREIGN SERVER ${draw.of(model.servers)}`],
    [1, () => `${draw.of(["USAGE", "ALL"])} ON FOREIGN DATA WRAPPER ${draw.of(model.wrappers)}`],
    [
      1,
      () =>
        `${privileges(draw, ["SELECT", "UPDATE"])} ON LARGE OBJECT ${several(draw, () => draw.of(model.largeObjects))}`,
    ],
    [
      1,
      () =>
        draw.of([
          "SELECT ON pg_catalog.pg_authid",
          "EXECUTE ON FUNCTION pg_catalog.pg_read_file(text)",
          "SELECT (rolname) ON pg_catalog.pg_authid",
          "USAGE ON TYPE pg_catalog.int4",
        ]),
    ],
    [
      5,
      () => {
        const [objects, list] = draw.of([
          ["TABLES", TABLE],
          ["TABLES", TABLE],
          ["SEQUENCES", ["USAGE", "SELECT", "UPDATE"]],
          ["FUNCTIONS", ["EXECUTE"]],
          ["ROUTINES", ["EXECUTE"]],
          ["PROCEDURES", ["EXECUTE"]],
        ] as const);
        return `${privileges(draw, list)} ON ALL ${objects} IN SCHEMA ${draw.some(model.schemas, 2).join(", ")}`;
      },
    ],
  ]);
}

const grantees = (draw: Draw, model: Model) =>
  [grantee(draw, model), ...(draw.chance(20) ? [grantee(draw, model)] : [])].join(", ");

function grant(draw: Draw, model: Model): string {
  const to = grantees(draw, model);
  const option = draw.chance(to.includes("PUBLIC") ? 3 : 25);
  return `GRANT ${granted(draw, model)} TO ${to}${option ? " WITH GRANT OPTION" : ""}${grantedBy(draw, model, 5)}`;
}

function revoke(draw: Draw, model: Model): string {
  return `REVOKE ${draw.maybe("GRANT OPTION FOR ", 15)}${granted(draw, model)} FROM ${grantees(draw, model)}${grantedBy(draw, model, 5)}${draw.of(["", "", " CASCADE"])}`;
}

export const grants: Family = {
  name: "grants",
  weight: 18,
  make: (draw, model) =>
    draw.one([
      [3, () => grant(draw, model)],
      [2, () => revoke(draw, model)],
    ]),
};

const DEFAULTS = [
  ["TABLES", TABLE],
  ["TABLES", TABLE],
  ["SEQUENCES", ["USAGE", "SELECT", "UPDATE"]],
  ["FUNCTIONS", ["EXECUTE"]],
  ["FUNCTIONS", ["EXECUTE"]],
  ["ROUTINES", ["EXECUTE"]],
  ["TYPES", ["USAGE"]],
  ["SCHEMAS", ["USAGE", "CREATE"]],
  ["LARGE OBJECTS", ["SELECT", "UPDATE"]],
] as const;

export const defaultPrivileges: Family = {
  name: "default-privileges",
  weight: 6,
  make: (draw, model) => {
    const [objects, list] = draw.of(DEFAULTS);
    const scope = [
      draw.maybe(
        ` FOR ${draw.of(["ROLE", "USER"])} ${draw.some([...model.roles, "postgres"], 2).join(", ")}`,
        50,
      ),
      draw.maybe(
        ` IN SCHEMA ${schema(draw, model)}`,
        objects === "SCHEMAS" || objects === "LARGE OBJECTS" ? 5 : 40,
      ),
    ].join("");
    const what = draw.one([
      [
        3,
        () =>
          `GRANT ${privileges(draw, list)} ON ${objects} TO ${grantees(draw, model)}${draw.maybe(" WITH GRANT OPTION", 10)}`,
      ],
      [
        2,
        () =>
          `REVOKE ${draw.maybe("GRANT OPTION FOR ", 10)}${privileges(draw, list)} ON ${objects} FROM ${draw.chance(40) ? "PUBLIC" : draw.chance(30) ? "postgres" : role(draw, model)}${draw.maybe(" CASCADE", 15)}`,
      ],
    ]);
    return `ALTER DEFAULT PRIVILEGES${scope} ${what}`;
  },
};
