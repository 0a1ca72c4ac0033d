/** `format()`: a template that PostgreSQL itself calls so. */
import type { Span } from "../text/span.ts";
import {
  derive,
  embed,
  limited,
  type Placed,
  quoteAsIdentifier,
  quoteAsLiteral,
  sliceLiteral,
} from "./text.ts";
import {
  choice,
  type Elements,
  type Literal,
  NULL_VALUE,
  type Piece,
  textValue,
  type Value,
} from "./value.ts";

/** Arguments after the format string; `rest`: a VARIADIC array whose elements are not known one by one. */
interface FormatArguments {
  readonly list: readonly Placed[];
  readonly rest: { readonly elements: Elements; readonly span: Span } | null;
}

/** The value of `format(template, …)`. */
export function format(template: Placed, args: FormatArguments, span: Span): Value {
  const { pieces } = template.value;
  if (pieces === null) return NULL_VALUE;
  const state: FormatState = { args, next: 0, span };
  const result = formatPieces(pieces, state, true);
  return { ...textValue(limited(result)), nullable: template.value.nullable };
}

interface FormatState {
  readonly args: FormatArguments;
  next: number;
  readonly span: Span;
}

/** `whole`: the pieces are all of the format string, not one way of a part of it. */
function formatPieces(pieces: readonly Piece[], state: FormatState, whole: boolean): readonly Piece[] {
  const result: Piece[] = [];
  for (let i = 0; i < pieces.length; i++) {
    const piece = pieces[i];
    if (piece === undefined) continue;
    switch (piece.kind) {
      case "literal": {
        // A placeholder split between two constants, as in '%' || 's', is put together first.
        const following = pieces[i + 1];
        if (/%[-\d$*]*$/.test(piece.text.replaceAll("%%", "")) && following?.kind === "literal") {
          const { map } = piece;
          const length = Buffer.byteLength(piece.text, "utf8");
          const shifted = following.map.map((offset, k) => (k % 2 === 0 ? offset + length : offset));
          const joined: Literal = {
            kind: "literal",
            text: piece.text + following.text,
            map: [...map, ...shifted],
          };
          result.push(...formatLiteral(joined, state));
          i++;
        } else result.push(...formatLiteral(piece, state));
        break;
      }
      case "choice": {
        const before = state.next;
        let after = before;
        const options = piece.options.map((option) => {
          state.next = before;
          const formatted = formatPieces(option, state, whole && pieces.length === 1);
          after = Math.max(after, state.next);
          return formatted;
        });
        state.next = after;
        result.push(choice(options));
        break;
      }
      case "hole":
        // Text that is itself part of a format string may hold placeholders: what they stand for is not known.
        result.push(...embed({ value: textValue([piece]), span: piece.span }));
        break;
      case "gap": {
        result.push(piece, ...unplaced(state));
        break;
      }
    }
  }
  if (whole && pieces.length === 1 && pieces[0]?.kind === "hole") result.push(...unplaced(state));
  return result;
}

/** Arguments of a format string that is not known: any of them may go in unquoted. */
function unplaced(state: FormatState): readonly Piece[] {
  return state.args.list
    .flatMap((argument) => embed({ value: derive(argument.span, [argument.value]), span: argument.span }))
    .filter((piece) => piece.kind === "hole" && piece.origins.some((origin) => origin.kind !== "constant"));
}

const SPECIFIER = /%(?:(\d+)\$)?(-?)(?:\*(?:(\d+)\$)?|(\d+))?([sIL%])/g;

function formatLiteral(piece: Literal, state: FormatState): readonly Piece[] {
  const result: Piece[] = [];
  let start = 0;
  for (const match of piece.text.matchAll(SPECIFIER)) {
    const [whole, position, , starPosition, , conversion] = match;
    if (match.index > start) result.push(sliceLiteral(piece, start, match.index));
    start = match.index + whole.length;
    if (conversion === "%") {
      result.push(sliceLiteral(piece, start - 1, start));
      continue;
    }
    if (whole.includes("*") && starPosition === undefined) state.next++;
    const index = position === undefined ? state.next : Number(position) - 1;
    state.next = index + 1;
    result.push(...converted(argumentAt(state, index), conversion));
  }
  if (start === 0) return [piece];
  if (start < piece.text.length) result.push(sliceLiteral(piece, start, piece.text.length));
  return result;
}

function argumentAt(state: FormatState, index: number): Placed {
  const known = state.args.list[index];
  if (known !== undefined) return known;
  const { rest } = state.args;
  if (rest === null) return { value: NULL_VALUE, span: state.span };
  const listed = rest.elements.list?.[index - state.args.list.length];
  return { value: listed ?? rest.elements.any, span: rest.span };
}

function converted(argument: Placed, conversion: string | undefined): readonly Piece[] {
  switch (conversion) {
    case "L":
      return embed({ value: quoteAsLiteral(argument, "%L"), span: argument.span });
    case "I":
      return embed({ value: quoteAsIdentifier(argument, "%I"), span: argument.span });
    default:
      return embed(argument);
  }
}
