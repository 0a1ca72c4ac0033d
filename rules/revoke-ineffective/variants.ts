export const VARIANTS = {
  "default-privileges-in-schema": "default privileges of a schema cannot take away PostgreSQL's own defaults",
  "default-privileges-other-role": "default privileges cover only what the role that set them creates",
  "public-remains": "revoked from a role that still has the privilege as everybody has it",
  procedures: "ALL FUNCTIONS leaves procedures out",
  "later-objects": "ALL … IN SCHEMA means what exists when it runs",
  column: "a column cannot be taken out of a privilege on the whole table",
} as const;

export type Variant = keyof typeof VARIANTS;
