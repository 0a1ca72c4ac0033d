import type { Severity } from "../rule/finding.ts";

type Paint = (text: string) => string;

/** How parts of the output are coloured. Every function gets text that is already safe for a terminal. */
export interface Style {
  readonly severity: Readonly<Record<Severity, Paint>>;
  /** Line numbers, arrows and bars. */
  readonly frame: Paint;
  /** Underlines and labels of related places. */
  readonly related: Paint;
  readonly strong: Paint;
  readonly faint: Paint;
  /** A text that opens an address when it is clicked at. */
  readonly link: (text: string, url: string) => string;
}

const same: Paint = (text) => text;

/** No colour at all. */
export const plain: Style = {
  severity: { info: same, low: same, medium: same, high: same, critical: same },
  frame: same,
  related: same,
  strong: same,
  faint: same,
  link: same,
};

/** OSC 8, which terminals that do not know it pass over. */
const clickable = (text: string, url: string): string => `\u001b]8;;${url}\u001b\\${text}\u001b]8;;\u001b\\`;

/**
 * The style for a terminal with colours, or `plain`; the colour library is loaded only when it is needed. `links`: whether
 * it really is a terminal, in which texts can be clicked at.
 */
export async function loadStyle(colour: boolean, links = false): Promise<Style> {
  if (!colour) return plain;
  const { default: picocolors } = await import("picocolors");
  const c = picocolors.createColors(true);
  return {
    severity: {
      info: c.blue,
      low: c.cyan,
      medium: c.yellow,
      high: c.red,
      critical: (text) => c.bold(c.magenta(text)),
    },
    frame: c.blue,
    related: c.cyan,
    strong: c.bold,
    faint: c.dim,
    link: links ? clickable : same,
  };
}
