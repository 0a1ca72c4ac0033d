/** Choices while a history is generated, from fast-check's source of randomness. */
import type * as fc from "fast-check";

/** Thrown when a statement needs an object and there is none: another statement is generated instead. */
export class NothingToDraw extends Error {}

export interface Draw {
  /** True in so many of a hundred cases. */
  chance(percent: number): boolean;
  /** From `from` to `to`, both included. */
  between(from: number, to: number): number;
  /** One of them; throws NothingToDraw of none. */
  of<T>(list: readonly T[]): T;
  /** One that satisfies the condition. */
  where<T>(list: readonly T[], test: (each: T) => boolean): T;
  /** At least one, at most `most`, in random order. */
  some<T>(list: readonly T[], most?: number): readonly T[];
  /** The text in so many of a hundred cases, otherwise nothing. */
  maybe(text: string, percent?: number): string;
  /** One of the alternatives, by weight; those that have nothing to draw from fall out. */
  one(alternatives: readonly (readonly [weight: number, make: () => string])[]): string;
}

export function drawFrom(random: fc.Random): Draw {
  const between = (from: number, to: number) => random.nextInt(from, to);
  const of = <T>(list: readonly T[]): T => {
    if (list.length === 0) throw new NothingToDraw();
    const index = between(0, list.length - 1);
    const found = list[index];
    if (found === undefined) throw new NothingToDraw();
    return found;
  };
  const chance = (percent: number) => between(1, 100) <= percent;
  const draw: Draw = {
    chance,
    between,
    of,
    where: (list, test) => of(list.filter(test)),
    some(list, most = list.length) {
      const rest = [...list];
      const taken = [];
      for (let n = between(1, Math.max(1, Math.min(most, list.length))); n > 0; n--) {
        const each = of(rest);
        rest.splice(rest.indexOf(each), 1);
        taken.push(each);
      }
      return taken;
    },
    maybe: (text, percent = 50) => (chance(percent) ? text : ""),
    one(alternatives) {
      const rest = [...alternatives];
      for (;;) {
        let at = between(
          1,
          Math.max(
            1,
            rest.reduce((sum, [weight]) => sum + weight, 0),
          ),
        );
        const index = rest.findIndex(([weight]) => {
          at -= weight;
          return at <= 0;
        });
        const [found] = rest.splice(index, 1);
        if (found === undefined) throw new NothingToDraw();
        try {
          return found[1]();
        } catch (error) {
          if (!(error instanceof NothingToDraw)) throw error;
        }
      }
    },
  };
  return draw;
}
