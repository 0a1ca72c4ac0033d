import type { Draw } from "./draw.ts";
import type { Model } from "./model.ts";

/** Statements about one kind of thing. */
export interface Family {
  readonly name: string;
  readonly weight: number;
  /** One statement without a semicolon; changes the model as if it were accepted. Throws NothingToDraw. */
  make(draw: Draw, model: Model): string;
}
