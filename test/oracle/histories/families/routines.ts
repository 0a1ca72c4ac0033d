import type { Draw } from "../draw.ts";
import type { Family } from "../family.ts";
import { FUNCTIONS, isSame, type Model, type Routine, ref, relation, role, schema } from "../model.ts";

const ARGS: readonly (readonly string[])[] = [
  [],
  [],
  ["integer"],
  ["integer"],
  ["text"],
  ["integer", "text"],
  ["bigint"],
  ["text[]"],
  ["boolean", "integer"],
];

const SETTINGS = [
  "search_path = ''",
  "search_path = s1, pg_temp",
  "search_path TO s1",
  "work_mem = '4MB'",
  "row_security = off",
  "role = 'r1'",
  "search_path FROM CURRENT",
] as const;

function attributes(draw: Draw, procedure: boolean): string {
  const taken = [
    draw.maybe(
      draw.of([" SECURITY DEFINER", " SECURITY DEFINER", " SECURITY INVOKER", " EXTERNAL SECURITY DEFINER"]),
      40,
    ),
    procedure ? "" : draw.maybe(draw.of([" STABLE", " IMMUTABLE", " VOLATILE"]), 30),
    procedure
      ? ""
      : draw.maybe(draw.of([" STRICT", " CALLED ON NULL INPUT", " RETURNS NULL ON NULL INPUT"]), 15),
    procedure ? "" : draw.maybe(draw.of([" LEAKPROOF", " NOT LEAKPROOF"]), 5),
    procedure ? "" : draw.maybe(draw.of([" PARALLEL SAFE", " COST 10"]), 5),
    // Under another role the body's names need rights that only PostgreSQL's parser of bodies asks for.
    draw.maybe(` SET ${draw.where(SETTINGS, (each) => !each.startsWith("role"))}`, 30),
  ];
  return taken.join("");
}

/** Input parameters with names, modes and defaults now and then. */
function parameters(draw: Draw, args: readonly string[], named: boolean): string {
  const defaultsFrom = draw.chance(15) ? draw.between(0, args.length) : args.length;
  return args
    .map((type, i) => {
      const mode =
        type.endsWith("[]") && i === args.length - 1 ? draw.maybe("VARIADIC ", 30) : draw.maybe("IN ", 5);
      const name = named ? `p${i + 1} ` : "";
      return `${mode}${name}${type}${i >= defaultsFrom && !mode.startsWith("V") ? ` DEFAULT NULL` : ""}`;
    })
    .join(", ");
}

function typeOf(draw: Draw, model: Model): string {
  if (draw.chance(12) && model.types.length > 0) {
    const type = draw.of(model.types);
    return `${type.schema}.${type.name}`;
  }
  if (draw.chance(6)) {
    const table = relation(draw, model, "table", "view", "partitioned");
    return `${table.schema === "pg_temp" ? "" : `${table.schema}.`}${table.name}`;
  }
  return draw.of(["integer", "text", "boolean", "bigint", "uuid"]);
}

function newRoutine(draw: Draw, model: Model): { routine: Routine; again: boolean } {
  if (model.routines.length > 0 && draw.chance(25)) return { routine: draw.of(model.routines), again: true };
  let args = draw.of(ARGS);
  if (draw.chance(8)) args = [typeOf(draw, model)];
  const routine: Routine = {
    schema: schema(draw, model),
    name: draw.of(FUNCTIONS),
    kind: "function",
    args,
    returns: "void",
  };
  return {
    routine,
    again: model.routines.some((each) => isSame(each, routine) && each.args.join() === args.join()),
  };
}

function createFunction(draw: Draw, model: Model): string {
  const { routine, again } = newRoutine(draw, model);
  if (routine.kind !== "function") return createProcedure(draw, model);
  const head = `CREATE ${again ? draw.maybe("OR REPLACE ", 90) : draw.maybe("OR REPLACE ", 30)}FUNCTION ${ref(draw, routine)}(`;
  const add = (returns: string) => {
    if (!again) model.routines.push({ ...routine, returns });
  };
  const named = draw.chance(40);
  return draw.one([
    [
      6,
      () => {
        const returns = again ? routine.returns : typeOf(draw, model);
        add(returns);
        const body = returns === "void" ? "" : `SELECT NULL::${returns}`;
        return `${head}${parameters(draw, routine.args, named)}) RETURNS ${returns} LANGUAGE sql${attributes(draw, false)} AS '${body}'`;
      },
    ],
    [
      3,
      () => {
        const returns = again ? routine.returns : "integer";
        add(returns);
        return `${head}${parameters(draw, routine.args, named)}) RETURNS ${returns} LANGUAGE plpgsql${attributes(draw, false)} AS $$BEGIN ${/^(void|event_trigger|SETOF|TABLE)/.test(returns) ? "" : "RETURN NULL; "}END$$`;
      },
    ],
    [
      2,
      () => {
        const from = relation(draw, model, "table", "view", "partitioned");
        add("void");
        return `${head}${parameters(draw, routine.args, named)}) RETURNS void LANGUAGE sql${attributes(draw, false)} BEGIN ATOMIC SELECT ${draw.of(from.columns).name} FROM ${ref(draw, from)}; END`;
      },
    ],
    [
      1,
      () => {
        add("integer");
        return `${head}${parameters(draw, routine.args, named)}) RETURNS integer LANGUAGE sql${attributes(draw, false)} RETURN 1`;
      },
    ],
    [
      1,
      () => {
        add("record");
        return `${head}${[parameters(draw, routine.args, true), "OUT x integer", "OUT y text"].filter((each) => each !== "").join(", ")}) LANGUAGE sql${attributes(draw, false)} AS 'SELECT 1, NULL::text'`;
      },
    ],
    [
      1,
      () => {
        add("TABLE(x integer)");
        return `${head}${parameters(draw, routine.args, true)}) RETURNS TABLE(x integer, y text) LANGUAGE sql${attributes(draw, false)} AS 'SELECT 1, NULL::text'`;
      },
    ],
    [
      1,
      () => {
        const type = typeOf(draw, model);
        add(`SETOF ${type}`);
        return `${head}${parameters(draw, routine.args, named)}) RETURNS SETOF ${type} LANGUAGE plpgsql${attributes(draw, false)} AS 'BEGIN RETURN; END'`;
      },
    ],
    [
      2,
      () => {
        const made = { ...routine, args: [], returns: draw.of(["trigger", "trigger", "event_trigger"]) };
        const again = model.routines.some((each) => isSame(each, made) && each.args.length === 0);
        if (!again) model.routines.push(made);
        return `${head}) RETURNS ${made.returns} LANGUAGE plpgsql${attributes(draw, false)} AS '${made.returns === "trigger" ? "BEGIN RETURN NEW; END" : "BEGIN END"}'`;
      },
    ],
  ]);
}

function createProcedure(draw: Draw, model: Model): string {
  const { routine, again } = newRoutine(draw, model);
  const made: Routine = { ...routine, kind: "procedure" };
  if (!again) model.routines.push(made);
  const extra = draw.chance(15) ? [draw.of(["INOUT x integer", "OUT x integer"])] : [];
  const list = [parameters(draw, made.args, extra.length > 0 || draw.chance(40)), ...extra].filter(
    (each) => each !== "",
  );
  const body =
    extra.length > 0
      ? "LANGUAGE plpgsql AS 'BEGIN END'"
      : draw.of(["LANGUAGE plpgsql AS 'BEGIN END'", "LANGUAGE sql AS ''"]);
  return `CREATE ${draw.maybe("OR REPLACE ", 40)}PROCEDURE ${ref(draw, made)}(${list.join(", ")})${attributes(draw, true)} ${body}`;
}

function createAggregate(draw: Draw, model: Model): string {
  const named = { schema: schema(draw, model), name: draw.of(FUNCTIONS) };
  const arg = draw.of(["integer", "bigint"]);
  if (!model.routines.some((each) => isSame(each, named) && each.args.join() === arg)) {
    model.routines.push({ ...named, kind: "aggregate", args: [arg], returns: arg });
  }
  return `CREATE ${draw.maybe("OR REPLACE ", 20)}AGGREGATE ${ref(draw, named)}(${arg}) (SFUNC = ${arg === "integer" ? "int4pl" : "int8pl"}, STYPE = ${arg}${draw.maybe(", INITCOND = '0'", 30)})`;
}

/** A routine as statements name it: with its arguments, now and then without, as ROUTINE or as the wrong kind. */
export function routineRef(draw: Draw, routine: Routine): string {
  const kind = draw.chance(3)
    ? draw.of(["function", "procedure", "aggregate"])
    : draw.chance(10)
      ? "routine"
      : routine.kind;
  return `${kind.toUpperCase()} ${routineName(draw, routine)}`;
}

export function routineName(draw: Draw, routine: Routine): string {
  return `${ref(draw, routine)}${draw.chance(8) && routine.kind !== "aggregate" ? "" : `(${routine.args.join(", ")})`}`;
}

export const routines: Family = {
  name: "routines",
  weight: 11,
  make: (draw, model) =>
    draw.one([
      [10, () => createFunction(draw, model)],
      [2, () => createProcedure(draw, model)],
      [1, () => createAggregate(draw, model)],
      [
        5,
        () => {
          const found = draw.of(model.routines);
          const what = draw.of([
            "SECURITY DEFINER",
            "SECURITY INVOKER",
            `SET ${draw.of(SETTINGS)}`,
            `SET ${draw.of(SETTINGS)}`,
            "RESET search_path",
            "RESET ALL",
            found.kind === "function" ? "STABLE" : "SECURITY DEFINER",
            found.kind === "function" ? "STRICT LEAKPROOF" : "RESET ALL",
          ]);
          return `ALTER ${routineRef(draw, found)} ${what}`;
        },
      ],
    ]),
};

export const casts: Family = {
  name: "operators-and-casts",
  weight: 1,
  make: (draw, model) =>
    draw.one([
      [
        2,
        () => {
          const type = draw.where(model.types, (each) => each.kind !== "range");
          const name = `${type.schema}.${type.name}`;
          const kind =
            type.kind === "composite" || type.kind === "enum" ? " WITH INOUT" : " WITHOUT FUNCTION";
          const functions = model.routines.filter(
            (each) => each.kind === "function" && each.returns === "text" && each.args.join() === name,
          );
          if (functions.length > 0)
            return `CREATE CAST (${name} AS text) WITH FUNCTION ${ref(draw, draw.of(functions))}(${name})`;
          return draw.of([
            `CREATE CAST (${name} AS text)${kind}${draw.maybe(" AS ASSIGNMENT", 30)}`,
            `DROP CAST IF EXISTS (${name} AS text)`,
          ]);
        },
      ],
      [
        1,
        () => {
          const found = draw.where(
            model.routines,
            (each) => each.kind === "function" && each.args.join() === "boolean,integer",
          );
          return `CREATE OPERATOR ${schema(draw, model)}.@@ (LEFTARG = boolean, RIGHTARG = integer, FUNCTION = ${found.schema}.${found.name})`;
        },
      ],
      [
        1,
        () =>
          `${draw.of([`ALTER OPERATOR ${schema(draw, model)}.@@ (boolean, integer) OWNER TO ${role(draw, model)}`, `ALTER OPERATOR ${schema(draw, model)}.@@ (boolean, integer) SET SCHEMA ${schema(draw, model)}`, `DROP OPERATOR IF EXISTS ${schema(draw, model)}.@@ (boolean, integer)`])}`,
      ],
    ]),
};
