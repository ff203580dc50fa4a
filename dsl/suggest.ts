/** Suggests the known word that is most similar to a misspelled one, if they are similar enough. */

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

/**
 * Returns "did you mean `heads`?" if a known word is similar, or else `otherwise` followed by the list of known words.
 */
export function suggestOrList(word: string, known: readonly string[], otherwise: string): string {
  const near = suggest(word, known);
  if (near !== undefined) return `did you mean \`${near}\`?`;
  return known.length === 0 ? otherwise : `${otherwise}: ${known.map((k) => `\`${k}\``).join(', ')}`;
}
