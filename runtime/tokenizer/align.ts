/**
 * Finds where each token lies in its text, for tokenizers that do not say. Tokens are the text's
 * characters in order, white space and normalisation aside; so text and tokens are compared without
 * white space, first as they are, then folded (compatibility forms, case, accents). An unknown token
 * takes whatever lies before the next known one. When they do not match there is no answer: a wrong
 * place is worse than none.
 */

/** The characters of one token; several tokens that make one character only together share a group. */
export interface TokenGroup {
  /** Undefined for an unknown token. */
  readonly text: string | undefined;
  readonly tokens: number;
}

/** How far an unknown token may reach: keeps hostile cases from a search over the whole text each. */
const REACH = 4096;

/** Two offsets per token, or undefined. */
export function align(text: string, groups: readonly TokenGroup[]): Uint32Array | undefined {
  return alignFolded(text, groups, (character) => character) ?? alignFolded(text, groups, foldCharacter);
}

function foldCharacter(character: string): string {
  return character.normalize('NFKD').toLowerCase().normalize('NFKD').replace(/\p{M}/gu, '');
}

type Fold = (character: string) => string;

function alignFolded(text: string, groups: readonly TokenGroup[], fold: Fold): Uint32Array | undefined {
  const { folded, starts, ends } = foldText(text, fold);
  const spans = new Uint32Array(2 * groups.reduce((sum, group) => sum + group.tokens, 0));
  let token = 0;
  let at = 0;
  let unknown: { first: number; at: number } | undefined;

  const mark = (from: number, to: number, first: number, last: number): void => {
    // An empty range stands where the next character does.
    const begin = starts[from] ?? text.length;
    const end = to > from ? ends[to - 1]! : begin;
    for (let i = first; i < last; i++) spans.set([begin, end], 2 * i);
  };

  for (const group of groups) {
    const wanted = group.text === undefined ? '' : foldText(group.text, fold).folded;
    if (group.text === undefined) {
      unknown ??= { first: token, at };
    } else if (wanted !== '') {
      const found = unknown
        ? folded.slice(at, at + REACH).indexOf(wanted)
        : folded.startsWith(wanted, at)
          ? 0
          : -1;
      if (found < 0) return undefined;
      if (unknown) mark(unknown.at, at + found, unknown.first, token);
      unknown = undefined;
      mark(at + found, at + found + wanted.length, token, token + group.tokens);
      at += found + wanted.length;
    } else if (!unknown) {
      mark(at, at, token, token + group.tokens);
    }
    token += group.tokens;
  }
  if (unknown) mark(unknown.at, folded.length, unknown.first, token);
  else if (at < folded.length) return undefined;
  return spans;
}

/** The text without white space, folded, and for each of its code units where it came from. */
function foldText(
  text: string,
  fold: Fold,
): { folded: string; starts: readonly number[]; ends: readonly number[] } {
  const pieces: string[] = [];
  const starts: number[] = [];
  const ends: number[] = [];
  let start = 0;
  for (const character of text) {
    const end = start + character.length;
    // U+2581 is how sentencepiece writes a space.
    const piece = /^[\s\u2581]$/u.test(character) ? '' : fold(character).replace(/\s/gu, '');
    pieces.push(piece);
    for (let i = 0; i < piece.length; i++) {
      starts.push(start);
      ends.push(end);
    }
    start = end;
  }
  return { folded: pieces.join(''), starts, ends };
}
