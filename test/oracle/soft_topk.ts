// SoftTopK by successive halving, in float64, in its two forms (SYSTEMS.md 2.2 and 2.5).
import { type Matrix, sigmoid } from './math.ts';

export interface SoftTopKOptions {
  readonly k: number;
  /** 2.3: base of the peaked softmax; 20 in the code. */
  readonly base?: number;
  /** 2.6: 'position' is sort_back on, 'score' is sort_back off. Default 'position'. */
  readonly order?: 'position' | 'score';
  /** 2.6: 'best_worst' is flip_right on, 'shifted' is off. Default 'best_worst'. */
  readonly pair?: 'best_worst' | 'shifted';
  /** 2.3: g(v) = base^v ('power', default) or g(v) = v ('plain', Eq. 6 of the paper). */
  readonly weighting?: 'power' | 'plain';
  /** 2.7: slots added up to k·2^p are masked (default), or rows E = 0 with v = 1e-5 as in the code. */
  readonly padding?: 'masked' | 'zero';
}

/** 2.3, 2.7: the code adds this number to every score. It is also the score of an appended row. */
export const SCORE_FLOOR = 1e-5;

/** g of 2.3. */
export function transform(score: number, options: SoftTopKOptions): number {
  return options.weighting === 'plain' ? score : (options.base ?? 20) ** score;
}

/** g' of 2.8. */
export function transformSlope(score: number, options: SoftTopKOptions): number {
  const base = options.base ?? 20;
  return options.weighting === 'plain' ? 1 : Math.log(base) * base ** score;
}

/** 2.7: n padded up to k·2^p with p = ceil(log2(n/k)). Fewer inputs than k are rejected. */
export function paddedSize(n: number, k: number): number {
  if (!Number.isInteger(k) || k < 1 || n < k) throw new RangeError(`oracle: cannot keep ${k} of ${n}`);
  let size = k;
  while (size < n) size *= 2;
  return size;
}

function check(scores: number[], mask: boolean[]): void {
  if (mask.length !== scores.length) throw new Error('oracle: mask and scores differ in length');
  scores.forEach((score, i) => {
    if (mask[i] && !Number.isFinite(score)) throw new Error(`oracle: score ${i} is ${score}`);
  });
}

// ---------------------------------------------------------------- form 1: rounds on embeddings (2.2)

export interface Slot {
  readonly row: number[];
  readonly score: number;
  readonly valid: boolean;
}

/** A new slot: the winner a and the loser z, both slots of the previous round, and the weight w of the winner. */
export interface Pairing {
  readonly a: number;
  readonly z: number;
  readonly w: number;
}

export interface HalvingRounds {
  /** The slots before round 0, before round 1, ..., and at the end. */
  readonly states: Slot[][];
  /** For each round, the pairing that made each slot of the next state. */
  readonly pairings: Pairing[][];
}

/** Runs Algorithm 1 and keeps all intermediate states. */
export function halvingRounds(
  rows: Matrix,
  scores: number[],
  options: SoftTopKOptions,
  mask: boolean[] = scores.map(() => true),
): HalvingRounds {
  check(scores, mask);
  const width = rows[0]!.length;
  let slots: Slot[] = rows.map((row, i) => ({ row, score: scores[i]!, valid: mask[i]! }));
  const size = paddedSize(rows.length, options.k);
  while (slots.length < size) {
    const row = new Array<number>(width).fill(0);
    slots.push({ row, score: SCORE_FLOOR, valid: options.padding === 'zero' });
  }
  const states: Slot[][] = [slots];
  const pairings: Pairing[][] = [];
  while (slots.length > options.k) {
    const current = slots;
    // 1. Sort: valid first, descending score, ties by lower index.
    const ranked = current
      .map((_, index) => index)
      .sort((x, y) => {
        const a = current[x]!;
        const b = current[y]!;
        if (a.valid !== b.valid) return a.valid ? -1 : 1;
        if (a.valid && a.score !== b.score) return b.score - a.score;
        return x - y;
      });
    // 2. Pair rank i with rank N+1-i, or with rank i + N/2.
    const half = current.length / 2;
    const pairs: Pairing[] = [];
    for (let i = 0; i < half; i++) {
      const a = ranked[i]!;
      const z = ranked[options.pair === 'shifted' ? i + half : current.length - 1 - i]!;
      // A masked partner never mixes in: weight exactly 1.
      const w = current[z]!.valid
        ? sigmoid(transform(current[a]!.score, options) - transform(current[z]!.score, options))
        : 1;
      pairs.push({ a, z, w });
    }
    // sort_back puts the new slots in the order of their winners' slots.
    if (options.order !== 'score') pairs.sort((x, y) => x.a - y.a);
    // 3. Combine.
    slots = pairs.map(({ a, z, w }) => {
      const winner = current[a]!;
      const loser = current[z]!;
      if (!loser.valid) return winner;
      return {
        row: winner.row.map((value, j) => w * value + (1 - w) * loser.row[j]!),
        score: w * winner.score + (1 - w) * loser.score,
        valid: true,
      };
    });
    pairings.push(pairs);
    states.push(slots);
  }
  return { states, pairings };
}

export interface SoftTopKRows {
  readonly rows: Matrix;
  readonly scores: number[];
  readonly mask: boolean[];
}

/** Y [k,d] and v' [k] of 2.1 by rounds on embeddings. */
export function softTopKRounds(
  rows: Matrix,
  scores: number[],
  options: SoftTopKOptions,
  mask?: boolean[],
): SoftTopKRows {
  const last = halvingRounds(rows, scores, options, mask).states.at(-1)!;
  return {
    rows: last.map((slot) => slot.row),
    scores: last.map((slot) => slot.score),
    mask: last.map((slot) => slot.valid),
  };
}

// ------------------------------------------------------------------------- form 2: scores only (2.5)

export interface SoftTopKGroups {
  /** k groups of 2^p input indices, champion first; an index >= n is appended padding. */
  readonly groups: number[][];
  readonly coefficients: number[][];
  readonly scores: number[];
  readonly mask: boolean[];
}

/** The groups and coefficients, from the scores alone. */
export function softTopKScores(
  scores: number[],
  options: SoftTopKOptions,
  mask: boolean[] = scores.map(() => true),
): SoftTopKGroups {
  check(scores, mask);
  const padding = new Array<number>(paddedSize(scores.length, options.k) - scores.length).fill(SCORE_FLOOR);
  let v = [...scores, ...padding];
  let valid = [...mask, ...padding.map(() => options.padding === 'zero')];
  let I = v.map((_, index) => [index]);
  let C = v.map(() => [1]);
  for (let n = v.length; n > options.k; n /= 2) {
    // The rank of a slot is the number of slots that come before it.
    const atRank = new Array<number>(n);
    for (let slot = 0; slot < n; slot++) {
      let rank = 0;
      for (let other = 0; other < n; other++) {
        if (other === slot) continue;
        if (valid[other] && !valid[slot]) rank++;
        if (valid[other] !== valid[slot]) continue;
        const tied = !valid[slot] || v[other] === v[slot];
        if (tied ? other < slot : v[other]! > v[slot]!) rank++;
      }
      atRank[rank] = slot;
    }
    const left = atRank.slice(0, n / 2);
    const right = atRank.slice(n / 2);
    if (options.pair !== 'shifted') right.reverse();
    const w = left.map((l, i) => {
      const r = right[i]!;
      return valid[r] ? sigmoid(transform(v[l]!, options) - transform(v[r]!, options)) : 1;
    });
    // Sort-back permutes the new slots by their winner's slot.
    const order = left.map((_, i) => i);
    if (options.order !== 'score') order.sort((x, y) => left[x]! - left[y]!);
    const mix = (i: number) => {
      const loser = valid[right[i]!] ? (1 - w[i]!) * v[right[i]!]! : 0;
      return w[i]! * v[left[i]!]! + loser;
    };
    const joined = {
      v: order.map(mix),
      I: order.map((i) => [...I[left[i]!]!, ...I[right[i]!]!]),
      C: order.map((i) => [
        ...C[left[i]!]!.map((c) => w[i]! * c),
        ...C[right[i]!]!.map((c) => (1 - w[i]!) * c),
      ]),
      valid: order.map((i) => valid[left[i]!]! || valid[right[i]!]!),
    };
    ({ v, I, C, valid } = joined);
  }
  return { groups: I, coefficients: C, scores: v, mask: valid };
}

/** The one weighted gather of 2.5: Y_r = sum over group r of c_j·E_j; appended rows are zero. */
export function gatherGroups(rows: Matrix, groups: number[][], coefficients: number[][]): Matrix {
  return groups.map((group, r) => {
    const y = new Array<number>(rows[0]!.length).fill(0);
    group.forEach((input, s) => {
      const c = coefficients[r]![s]!;
      if (input >= rows.length || c === 0) return;
      for (let j = 0; j < y.length; j++) y[j]! += c * rows[input]![j]!;
    });
    return y;
  });
}
