/** Random histories of DDL as a fast-check arbitrary: mostly accepted statements, shrunk by leaving statements out. */
import * as fc from "fast-check";
import { type Draw, drawFrom, NothingToDraw } from "./draw.ts";
import { createRole, grantMembership } from "./families/roles.ts";
import { createSchema } from "./families/schemas.ts";
import { createTable } from "./families/tables.ts";
import { FAMILIES } from "./families.ts";
import type { Family } from "./family.ts";
import { emptyModel, ROLES, SCHEMAS } from "./model.ts";

export interface HistoryStatement {
  readonly family: string;
  readonly sql: string;
}

export type History = readonly HistoryStatement[];

class Histories extends fc.Arbitrary<History> {
  readonly #from: number;
  readonly #to: number;
  readonly #families: readonly Family[];

  constructor(from: number, to: number, families: readonly Family[]) {
    super();
    this.#from = from;
    this.#to = to;
    this.#families = families;
  }

  override generate(random: fc.Random): fc.Value<History> {
    const draw = drawFrom(random);
    return new fc.Value(generate(draw, draw.between(this.#from, this.#to), this.#families), undefined);
  }

  override canShrinkWithoutContext(value: unknown): value is History {
    return Array.isArray(value);
  }

  /** Histories without a run of statements: long runs first, then ever shorter ones. */
  override shrink(value: History): fc.Stream<fc.Value<History>> {
    return fc.stream(shorter(value));
  }
}

function* shorter(history: History): IterableIterator<fc.Value<History>> {
  for (let size = history.length >> 1; size > 0; size >>= 1) {
    for (let end = history.length; end > 0; end -= size) {
      const start = Math.max(0, end - size);
      yield new fc.Value([...history.slice(0, start), ...history.slice(end)], undefined);
    }
  }
}

/** Histories of so many statements, over all families or some. */
export function histories(from = 10, to = 40, families: readonly Family[] = FAMILIES): fc.Arbitrary<History> {
  return new Histories(from, to, families);
}

function generate(draw: Draw, length: number, families: readonly Family[]): History {
  const model = emptyModel();
  const history: HistoryStatement[] = [];
  const add = (family: string, make: () => string) => {
    // A statement that could not be finished may have changed the model: that is one more thing it is wrong about.
    try {
      history.push({ family, sql: make() });
    } catch (error) {
      if (!(error instanceof NothingToDraw)) throw error;
    }
  };
  for (const _ of ROLES) if (draw.chance(75)) add("roles", () => createRole(draw, model));
  for (const _ of SCHEMAS) if (draw.chance(70)) add("schemas", () => createSchema(draw, model));
  if (draw.chance(70) && model.roles.length > 0)
    add(
      "grants",
      () =>
        `GRANT ALL ON SCHEMA ${model.schemas.join(", ")} TO ${draw.of(["PUBLIC", model.roles.join(", ")])}`,
    );
  if (draw.chance(40)) add("memberships", () => grantMembership(draw, model));
  add("tables", () => createTable(draw, model));
  while (history.length < length) {
    const family = pick(draw, families);
    add(family.name, () => family.make(draw, model));
  }
  return history;
}

function pick(draw: Draw, families: readonly Family[]): Family {
  let at = draw.between(
    1,
    families.reduce((sum, each) => sum + each.weight, 0),
  );
  for (const family of families) {
    at -= family.weight;
    if (at <= 0) return family;
  }
  throw new NothingToDraw();
}

/** Histories with transactions of their own: BEGIN, COMMIT and ROLLBACK among the statements. */
export function sessions(from = 10, to = 40): fc.Arbitrary<History> {
  return new Histories(from, to, [...FAMILIES, transactions]);
}

const transactions: Family = {
  name: "transactions",
  weight: 12,
  make(draw, model) {
    model.savepoints = [];
    return draw.of(["BEGIN", "BEGIN", "COMMIT", "COMMIT", "ROLLBACK"]);
  },
};
