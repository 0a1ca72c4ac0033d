/**
 * A mistake in how pgvet is called or configured, or a file that cannot be read: the command line prints message and
 * hint on standard error and exits with 2. The message may have several lines, one per mistake.
 */
export class UsageError extends Error {
  readonly hint: string | null;
  /** What to show under each line of the message: a line of a file, with a caret. Safe for a terminal. */
  readonly frames: readonly (readonly string[])[];

  constructor(message: string, hint: string | null = null, frames: readonly (readonly string[])[] = []) {
    super(message);
    this.name = "UsageError";
    this.hint = hint;
    this.frames = frames;
  }
}
