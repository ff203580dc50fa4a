/** Suggests the known word that is most similar to a misspelled one, if they are similar enough. */
import { orList } from './problem.ts';
import { SYNONYMS, type Synonym, type SynonymPlace } from './synonyms.ts';

/** The Damerau–Levenshtein distance, in which a swap of neighbours counts once. Case is ignored. */
export function distance(a: string, b: string): number {
  const s = a.toLowerCase();
  const t = b.toLowerCase();
  let beforeLast: number[] = [];
  let last = Array.from({ length: t.length + 1 }, (_, j) => j);
  for (let i = 1; i <= s.length; i++) {
    const row = [i];
    for (let j = 1; j <= t.length; j++) {
      const changed = s[i - 1] === t[j - 1] ? 0 : 1;
      let best = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + changed);
      if (i > 1 && j > 1 && s[i - 1] === t[j - 2] && s[i - 2] === t[j - 1]) {
        best = Math.min(best, beforeLast[j - 2]! + 1);
      }
      row.push(best);
    }
    [beforeLast, last] = [last, row];
  }
  return last[t.length]!;
}

/** Longer words are not compared, because the comparison takes quadratic time. */
const MAX_WORD = 64;

export function suggest(word: string, known: readonly string[]): string | undefined {
  if (word.length > MAX_WORD) return undefined;
  let nearest: string | undefined;
  let least = (word.length < 3 ? 0 : Math.max(1, Math.floor(word.length / 3))) + 1;
  for (const candidate of known) {
    if (candidate === word || candidate.length > MAX_WORD) continue;
    const d = distance(word, candidate);
    if (d < least) [nearest, least] = [candidate, d];
  }
  return nearest ?? known.find((k) => word.length >= 3 && k.length > word.length && k.startsWith(word));
}

/** The greatest number of names that are suggested for one word. */
const MAX_SUGGESTED = 3;

/** Names that contain the word, or one of whose parts it begins: `time` in `predicted_time`. */
const containing = (word: string, known: readonly string[]): readonly string[] =>
  word.length < 3
    ? []
    : known.filter((name) => name.split('_').some((part) => part === word || part === `${word}s`));

/** Writes names as in "`a`, `b` or `c`". */
export const quoted = (names: readonly string[]): string => orList(names.map((name) => `\`${name}\``));

/** What the known names are called together, and the page that lists them all if there are too many for a message. */
export interface Known {
  readonly names: readonly string[];
  /** The beginning of the sentence that lists all names: `the units are`. */
  readonly listed: string;
  readonly place?: SynonymPlace;
  /** For long lists: the names that a newcomer needs most, and where all are listed. */
  readonly some?: { readonly names: readonly string[]; readonly page: string };
}

/**
 * Returns help for a word that is not a known name. It suggests the synonym, or else similar names (three at most), or
 * else lists the known names, or some of them if there are many.
 */
export function helpFor(word: string, { names, listed, place, some }: Known): string {
  const row = place && synonymOf(word, place);
  const there = (text = '') => text.split(' ').filter((name) => names.includes(name));
  const meant = there(row?.means).slice(0, MAX_SUGGESTED);
  const [nearest] = there(row?.nearest);
  if (meant.length > 0) {
    const why = row?.because && row.nearest === undefined ? ` (${row.because})` : '';
    return `did you mean ${quoted(meant)}?${why}`;
  }
  if (nearest !== undefined) return `the nearest is \`${nearest}\`${row?.because ? `: ${row.because}` : ''}`;
  if (row?.because && row.nearest === undefined) return row.because;
  const near = suggest(word, names);
  const parts = containing(plain(word), names);
  const close = [...new Set([...(near === undefined ? [] : [near]), ...parts])].slice(0, MAX_SUGGESTED);
  if (close.length > 0) return `did you mean ${quoted(close)}?`;
  if (names.length === 0) return listed;
  if (!some) return `${listed}: ${names.map((name) => `\`${name}\``).join(', ')}`;
  return `${listed} ${some.names.map((name) => `\`${name}\``).join(', ')} and others; ${some.page}`;
}

/** The spelling by which synonyms are compared. */
const plain = (word: string): string => word.toLowerCase().replaceAll(/[_-]/g, '');

export const hasWord = (words: string, word: string): boolean => words.split(' ').includes(plain(word));

/** The row of the table for a word that users of other tools write. */
export const synonymOf = (word: string, place: SynonymPlace): Synonym | undefined =>
  SYNONYMS[place].find(({ words }) => hasWord(words, word));

/**
 * Returns "did you mean `heads`?" if a known word is similar, or else `otherwise` followed by the list of known words.
 */
export const suggestOrList = (word: string, known: readonly string[], otherwise: string): string =>
  helpFor(word, { names: known, listed: otherwise });
