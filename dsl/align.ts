/**
 * Aligns two sequences: finds a long common subsequence in bounded time. It splits the sequences at elements that are
 * unique in both (patience diff), and computes a table of longest common subsequences only for small parts.
 */

/** The indices of equal elements in the first and in the second sequence. */
export type Match = readonly [number, number];

/** The maximum number of table cells in one alignment, for all its tables together. */
const MOST_CELLS = 1 << 22;

/** The maximum depth of splitting at unique elements. */
const DEEPEST = 12;

interface Part {
  readonly a: readonly [from: number, to: number];
  readonly b: readonly [from: number, to: number];
  readonly depth: number;
}

/**
 * Finds pairs of equal elements with increasing indices in both sequences: as many pairs as the two limits above allow.
 */
export function align(first: readonly string[], second: readonly string[]): readonly Match[] {
  const ids = new Map<string, number>();
  const idOf = (text: string): number => {
    const known = ids.get(text);
    if (known === undefined) ids.set(text, ids.size);
    return known ?? ids.size - 1;
  };
  const [a, b] = [first.map(idOf), second.map(idOf)];
  const found: Match[] = [];
  let cells = MOST_CELLS;
  const parts: Part[] = [{ a: [0, a.length], b: [0, b.length], depth: 0 }];
  for (let part = parts.pop(); part; part = parts.pop()) {
    let [[a0, a1], [b0, b1]] = [part.a, part.b];
    while (a0 < a1 && b0 < b1 && a[a0] === b[b0]) found.push([a0++, b0++]);
    while (a0 < a1 && b0 < b1 && a[a1 - 1] === b[b1 - 1]) found.push([--a1, --b1]);
    if (a0 === a1 || b0 === b1) continue;
    const rest: Part = { a: [a0, a1], b: [b0, b1], depth: part.depth + 1 };
    const anchors = part.depth < DEEPEST ? anchorsOf(a, b, rest) : [];
    const size = (a1 - a0 + 1) * (b1 - b0 + 1);
    if (anchors.length > 0) {
      for (const anchor of anchors) found.push(anchor);
      for (const gap of between(anchors, rest)) parts.push(gap);
    } else if (size <= cells) {
      cells -= size;
      for (const match of longest(a, b, rest)) found.push(match);
    }
  }
  return found.sort(([x], [y]) => x - y);
}

/** Finds the longest increasing sequence of elements that are unique in both parts, by patience sorting. */
function anchorsOf(a: readonly number[], b: readonly number[], part: Part): readonly Match[] {
  const [inA, inB] = [once(a, part.a), once(b, part.b)];
  const pairs: Match[] = [];
  for (const [id, i] of inA) {
    const j = inB.get(id);
    if (i >= 0 && j !== undefined && j >= 0) pairs.push([i, j]);
  }
  // The first indices of `pairs` increase. This finds the longest subsequence whose second indices increase too.
  const tops: number[] = [];
  const before: number[] = [];
  for (const [k, [, j]] of pairs.entries()) {
    let [low, high] = [0, tops.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (pairs[tops[middle]!]![1] < j) low = middle + 1;
      else high = middle;
    }
    before.push(low > 0 ? tops[low - 1]! : -1);
    tops[low] = k;
  }
  const chain: Match[] = [];
  for (let k = tops.at(-1) ?? -1; k >= 0; k = before[k]!) chain.push(pairs[k]!);
  return chain.reverse();
}

/** The index of each element; -1 if it occurs more than once. */
function once(list: readonly number[], [from, to]: readonly [number, number]): Map<number, number> {
  const at = new Map<number, number>();
  for (let i = from; i < to; i++) at.set(list[i]!, at.has(list[i]!) ? -1 : i);
  return at;
}

/** The parts before, between and after the anchors. */
function between(anchors: readonly Match[], { a, b, depth }: Part): readonly Part[] {
  const ends: readonly Match[] = [...anchors, [a[1], b[1]]];
  return ends.map(([i, j], k): Part => {
    const [x, y] = k === 0 ? [a[0] - 1, b[0] - 1] : ends[k - 1]!;
    return { a: [x + 1, i], b: [y + 1, j], depth };
  });
}

/**
 * Finds a longest common subsequence by dynamic programming. The table is computed from the end, so that the result can
 * be read from the front.
 */
function longest(a: readonly number[], b: readonly number[], part: Part): readonly Match[] {
  const [[a0, a1], [b0, b1]] = [part.a, part.b];
  const width = b1 - b0 + 1;
  const table = new Uint32Array((a1 - a0 + 1) * width);
  for (let i = a1 - 1; i >= a0; i--) {
    for (let j = b1 - 1; j >= b0; j--) {
      const at = (i - a0) * width + (j - b0);
      table[at] = a[i] === b[j] ? table[at + width + 1]! + 1 : Math.max(table[at + width]!, table[at + 1]!);
    }
  }
  const found: Match[] = [];
  for (let [i, j] = [a0, b0]; i < a1 && j < b1; ) {
    const at = (i - a0) * width + (j - b0);
    if (a[i] === b[j]) found.push([i++, j++]);
    else if (table[at + width]! >= table[at + 1]!) i++;
    else j++;
  }
  return found;
}
