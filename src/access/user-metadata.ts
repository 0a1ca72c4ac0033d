/** Where code reads what users can write about themselves: `user_metadata` of the JWT, `raw_user_meta_data` of the account. */
import type { Body, Expr } from "../events/tree.ts";
import { walkBody, walkExpr } from "../events/walk.ts";
import type { Span } from "../text/span.ts";
import { sessionValue } from "./session-values.ts";

export function userMetadataIn(expr: Expr): Span | null {
  let found: Span | null = null;
  walkExpr(expr, {
    expr(inner) {
      if (reads(inner)) found ??= inner.span;
      return found === null;
    },
  });
  return found;
}

export function userMetadataInBody(body: Body): Span | null {
  let found: Span | null = null;
  walkBody(body, {
    expr(inner) {
      if (reads(inner)) found ??= inner.span;
      return found === null;
    },
  });
  return found;
}

function reads(expr: Expr): boolean {
  if (expr.kind === "column") return expr.name.at(-1) === "raw_user_meta_data";
  return sessionValue(expr)?.split(".")[0] === "claim:user_metadata";
}
