import { BODIES } from "./bodies.ts";
import { DEFINITIONS } from "./definitions.ts";
import { DEPLOYMENT } from "./deployment.ts";
import { LEXICAL } from "./lexical.ts";
import { PREDICATES } from "./predicates.ts";
import { PRIVILEGES } from "./privileges.ts";
import type { Transformation } from "./transformation.ts";

export const TRANSFORMATIONS: readonly Transformation[] = [
  ...LEXICAL,
  ...DEPLOYMENT,
  ...DEFINITIONS,
  ...PRIVILEGES,
  ...PREDICATES,
  ...BODIES,
];
