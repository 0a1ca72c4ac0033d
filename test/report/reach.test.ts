/** Who reaches a weakness, as people read it. */
import { expect, it } from "vitest";
import { reachLines } from "../../src/report/reach.ts";

const via = (text: string) => [{ place: null, text }];

it("roles that come the same way share a line, and of many ways the others are named", () => {
  const reach = ["a", "b", "c", "d", "e", "f"].map((role) => ({
    role,
    via: via(role < "c" ? "owner" : `member of ${role}`),
  }));
  expect(reachLines({ reach, reachMore: 0 })).toEqual([
    "a, b → owner",
    "c → member of c",
    "d → member of d",
    "e → member of e",
    "and f",
  ]);
});

it("roles that are not listed are counted", () => {
  const reach = [{ role: "a", via: via("owner") }];
  expect(reachLines({ reach, reachMore: 1 })).toEqual(["a → owner", "and 1 more role"]);
  expect(reachLines({ reach, reachMore: 12 })).toEqual(["a → owner", "and 12 more roles"]);
});
