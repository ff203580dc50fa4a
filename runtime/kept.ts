/**
 * Which words of a document the memory is made of: every token's share of the slot it went into, and
 * words (runs between white space) by the largest share among their tokens.
 */
import type { Encoded } from './tokenizer/tokenizer.ts';

export interface KeptWord {
  readonly text: string;
  /** UTF-16 offsets in the document. */
  readonly start: number;
  readonly end: number;
  /** 0: gone; 1: alone in its slot. */
  readonly weight: number;
}

/** Two flat lists of one length: positions in the token sequence, and their coefficients. */
export interface Origins {
  readonly index: ArrayLike<number | bigint>;
  readonly weight: ArrayLike<number | bigint>;
}

/** The coefficient of each token in the memory; a token is in one slot at most (SYSTEMS.md 2.5). */
export function tokenWeights(tokens: number, origins: Origins): Float64Array {
  const weights = new Float64Array(tokens);
  for (let i = 0; i < origins.index.length; i++) {
    const token = Number(origins.index[i]);
    if (token < tokens) weights[token]! += Number(origins.weight[i]);
  }
  return weights;
}

/** Empty when the tokenizer cannot tell where its tokens stand in the text. */
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
