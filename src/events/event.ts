import type { Span } from "../text/span.ts";

/** What one statement does to the catalog. */
export interface Event {
  readonly kind: string;
  readonly span: Span;
}
