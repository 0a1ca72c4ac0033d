import type { Unseen } from "./types.ts";

const LISTED = 1000;

/** Adds to a file's list; past a thousand entries one last entry says that there are more. */
export function addUnseen(list: Unseen[], unseen: Unseen): void {
  if (list.length < LISTED) list.push(unseen);
  else if (list.length === LISTED) list.push({ span: unseen.span, message: "and more that is not listed" });
}
