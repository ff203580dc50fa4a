/**
 * Finds the words of a document that the memory consists of. The weight of a token is its coefficient in the memory
 * slot that contains it. The weight of a word is the largest weight of its tokens. Words are found by the rules of
 * Unicode, and with dictionaries for languages that are written without spaces.
 */
import type { Encoded } from './tokenizer/tokenizer.ts';

export interface KeptWord {
  readonly text: string;
  /** UTF-16 offsets in the document. */
  readonly start: number;
  readonly end: number;
  /** The weight, from 0 (the memory contains nothing of the word) to 1 (a token of the word fills a slot alone). */
  readonly weight: number;
}

/** The tokens that memory slots are made of, as two flat lists of the same length. */
export interface Origins {
  /** Positions in the token sequence. */
  readonly index: ArrayLike<number | bigint>;
  /** The coefficients of these tokens. */
  readonly weight: ArrayLike<number | bigint>;
}

/** The coefficient of each token in the memory. A token is in at most one slot. */
export function tokenWeights(tokens: number, origins: Origins): Float64Array {
  const weights = new Float64Array(tokens);
  for (let i = 0; i < origins.index.length; i++) {
    const token = Number(origins.index[i]);
    if (token < tokens) weights[token]! += Number(origins.weight[i]);
  }
  return weights;
}

/** A fixed language, so that results do not depend on the settings of the machine. */
const segmenter = new Intl.Segmenter('en', { granularity: 'word' });

/**
 * The words of the part of a document that was read, in order, with their weights. Empty if the tokenizer gives no
 * offsets. A word without tokens, because the tokenizer leaves it out, has weight 0.
 */
export function keptWords(text: string, encoded: Encoded, origins: Origins): readonly KeptWord[] {
  const { ids, spans } = encoded;
  if (!spans) return [];
  const words = wordsUntil(text, spans[spans.length - 1] ?? 0);
  const weights = tokenWeights(ids.length, origins);
  const strongest = new Float64Array(words.length);
  for (let token = 0; token < ids.length; token++) {
    const [start, end] = [spans[2 * token]!, spans[2 * token + 1]!];
    for (let i = firstAfter(words, start); i < words.length && words[i]!.start < end; i++)
      strongest[i] = Math.max(strongest[i]!, weights[token]!);
  }
  return words.map((word, i) => ({ ...word, weight: strongest[i]! }));
}

type Word = Omit<KeptWord, 'weight'>;

/** The lengths of the pieces that are segmented at once. The time grows with the square of the length. */
const PIECE = 256;
const LONGEST_PIECE = 8192;

/** The words that begin before `end`. A word longer than the longest piece counts as several. */
function wordsUntil(text: string, end: number): readonly Word[] {
  const words: Word[] = [];
  let length = PIECE;
  for (let at = 0; at < end; ) {
    const segments = [...segmenter.segment(text.slice(at, at + length))];
    // The last segment may continue in the next piece.
    const whole = at + length >= text.length ? segments : segments.slice(0, -1);
    if (whole.length === 0 && length < LONGEST_PIECE) {
      length *= 2;
      continue;
    }
    const taken = whole.length === 0 ? segments : whole;
    for (const { segment, index, isWordLike } of taken) {
      const start = at + index;
      if (isWordLike && start < end) words.push({ text: segment, start, end: start + segment.length });
    }
    at += taken.reduce((sum, { segment }) => sum + segment.length, 0);
    length = PIECE;
  }
  return words;
}

/** The place of the first word that ends after `start`. */
function firstAfter(words: readonly Word[], start: number): number {
  let [low, high] = [0, words.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (words[middle]!.end > start) high = middle;
    else low = middle + 1;
  }
  return low;
}
