export interface HostileInput {
  readonly name: string;
  /** File name to content; written beside `good.sql`, whose finding must still be reported. */
  readonly files: () => Readonly<Record<string, string | Buffer>>;
  /** What must be among the findings' rules besides that of good.sql; null: nothing is demanded. */
  readonly rule: string | null;
}

/** A text again and again. */
export const times = (count: number, text: string | ((index: number) => string)): string =>
  Array.from({ length: count }, (_, index) => (typeof text === "string" ? text : text(index))).join("");

/** A file alone. */
export const one = (
  name: string,
  content: () => string | Buffer,
  rule: string | null = null,
): HostileInput => ({
  name,
  files: () => ({ "hostile.sql": content() }),
  rule,
});
