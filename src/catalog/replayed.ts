import type { Event } from "../events/event.ts";
import type { Place } from "../text/source.ts";
import type { Oid } from "./model.ts";

/** A statement as it was replayed, also one inside a DO block or CREATE SCHEMA. */
export interface Replayed {
  /** Numbers are given in order: what it created has a higher one, what was there before it a lower one. */
  readonly oid: Oid;
  readonly event: Event;
  readonly place: Place;
  readonly prelude: boolean;
  /** current_user of the session, and whether that was a superuser then. */
  readonly role: Oid;
  readonly superuser: boolean;
  readonly searchPath: readonly string[];
}
