/**
 * Finds the position of each token in its text, for tokenizers that give no offsets. Tokens are the characters of the
 * text in order, apart from white space and normalisation. Therefore text and tokens are compared without white space,
 * first unchanged and then folded (compatibility forms, case, accents). An unknown token covers everything before the
 * next known one. If text and tokens do not match, there is no result, because a wrong position is worse than none.
 */

/** The text of one token, or of several tokens whose bytes form a character only together. */
export interface TokenGroup {
  /** Undefined for an unknown token. */
  readonly text: string | undefined;
  /** The number of tokens. */
  readonly tokens: number;
}

/** The maximum number of characters that an unknown token covers. It bounds the time of a search in a hostile text. */
const REACH = 4096;

/** The start and end offset of each token (UTF-16), or undefined if they cannot be found. */
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
    // An empty range is at the position of the next character.
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

/** The text without white space, folded, and the original range of each of its code units. */
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
    // sentencepiece writes a space as U+2581.
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
