/**
 * Prints the words that the encoder kept: their share of the document, and an excerpt. The excerpt has the words with
 * the largest weights in the document's order, and `…` in place of the words between them.
 */

import { wrap } from '../report/view/table.ts';
import type { KeptWord } from '../runtime/kept_words.ts';
import { printable } from './io.ts';
import { count, counted, percent } from './spelling.ts';

/** The number of words in an excerpt. */
const SHOWN = 60;
/** A word counts as kept when one of its tokens has at least this share of a memory slot. */
const KEPT = 0.5;
const LONGEST_WORD = 40;

const clip = (word: string): string => {
  const letters = [...word];
  return letters.length > LONGEST_WORD ? `${letters.slice(0, LONGEST_WORD - 1).join('')}…` : word;
};

export const isKept = ({ weight }: KeptWord): boolean => weight >= KEPT;

/** The words with the largest weights, in the document's order. If weights are equal, the earlier word is chosen. */
export function strongest(words: readonly KeptWord[], shown = SHOWN): readonly KeptWord[] {
  const ranked = words
    .filter(({ weight }) => weight > 0)
    .toSorted((a, b) => b.weight - a.weight || a.start - b.start);
  return ranked.slice(0, shown).sort((a, b) => a.start - b.start);
}

export function excerpt(words: readonly KeptWord[], shown = SHOWN): string {
  const places = new Map(words.map((word, place) => [word, place]));
  let last = -1;
  const parts = strongest(words, shown).map((word) => {
    const place = places.get(word)!;
    const gap = place === last + 1 ? '' : '… ';
    last = place;
    return gap + clip(printable(word.text));
  });
  return parts.join(' ') + (parts.length > 0 && last < words.length - 1 ? ' …' : '');
}

/** One line that says how many tokens were read and how many words were kept. */
export function summary(words: readonly KeptWord[], tokens: number, slots: number): string {
  const memory = `${counted(tokens, 'token')} in ${counted(slots, 'memory slot')}`;
  if (words.length === 0) return memory;
  const kept = words.filter(isKept).length;
  return `${memory}; ${count(kept)} of ${counted(words.length, 'word')} (${percent(kept, words.length)}) kept, each with at least half of a slot`;
}

export function keptText(words: readonly KeptWord[], columns: number): string {
  if (words.length === 0)
    return '  (no words: the document has none, or the tokenizer does not record the positions of tokens in the text)';
  return wrap(excerpt(words), columns, '  ');
}
