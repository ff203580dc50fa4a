/**
 * Finds the words of a document that the memory consists of. The weight of a token is its coefficient in the memory
 * slot that contains it. A word is a sequence of characters without white space. Its weight is the largest weight of
 * its tokens.
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

/** The coefficient of each token in the memory. A token is in at most one slot (SYSTEMS.md 2.5). */
export function tokenWeights(tokens: number, origins: Origins): Float64Array {
  const weights = new Float64Array(tokens);
  for (let i = 0; i < origins.index.length; i++) {
    const token = Number(origins.index[i]);
    if (token < tokens) weights[token]! += Number(origins.weight[i]);
  }
  return weights;
}

/** The words of a document with their weights, in order. Empty if the tokenizer gives no offsets. */
export function keptWords(text: string, encoded: Encoded, origins: Origins): readonly KeptWord[] {
  const { ids, spans } = encoded;
  if (!spans) return [];
  const weights = tokenWeights(ids.length, origins);
  const words: KeptWord[] = [];
  let token = 0;
  for (const match of text.matchAll(/\S+/gu)) {
    const [start, end] = [match.index, match.index + match[0].length];
    let weight = 0;
    let seen = false;
    while (token < ids.length && spans[2 * token]! < end) {
      if (spans[2 * token + 1]! > start) {
        weight = Math.max(weight, weights[token]!);
        seen = true;
      }
      if (spans[2 * token + 1]! > end) break;
      token++;
    }
    if (!seen) break;
    words.push({ text: match[0], start, end, weight });
  }
  return words;
}
