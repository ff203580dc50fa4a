// One pooling between encoder layers, which turns the slots of one document into fewer slots.
import type { OraclePool } from './config.ts';
import type { Matrix } from './math.ts';
import { type SoftTopKOptions, softTopKRounds, softTopKScores } from './soft_topk.ts';

/** The input tokens that a slot is made of, without those of weight 0 and appended rows. */
export interface Origin {
  readonly index: number[];
  readonly weight: number[];
}

export interface Slots {
  readonly rows: Matrix;
  readonly mask: boolean[];
  readonly origins: Origin[];
}

/** The origins of the new slots. A slot whose contributors are all masked has no origins. */
function originsOf(old: Origin[], mask: boolean[], groups: number[][], coefficients: number[][]): Origin[] {
  return groups.map((group, slot) => {
    const index: number[] = [];
    const weight: number[] = [];
    group.forEach((source, s) => {
      const c = coefficients[slot]![s]!;
      if (source >= old.length || c === 0 || !mask[source]) return;
      const from = old[source]!;
      index.push(...from.index);
      weight.push(...from.weight.map((value) => c * value));
    });
    return { index, weight };
  });
}

/** The slots by descending score, masked ones last, ties by lower index. */
function ranking(scores: number[], mask: boolean[]): number[] {
  const key = (slot: number) => (mask[slot] ? scores[slot]! : Number.NEGATIVE_INFINITY);
  const order = scores.map((_, slot) => slot);
  return order.sort((a, b) => (key(a) === key(b) ? a - b : key(b) - key(a)));
}

function pick(slots: Slots, chosen: number[]): Slots {
  return {
    rows: chosen.map((slot) => slots.rows[slot]!),
    mask: chosen.map((slot) => slots.mask[slot]!),
    origins: chosen.map((slot) => slots.origins[slot]!),
  };
}

/**
 * Keeps k slots. With n <= k they pass through: as they are ('position'), or by descending score
 * ('score'). If n > k but at most k slots are valid, the halving itself passes the valid slots through:
 * in every round the partner of a valid slot is masked, so the valid slot has weight 1.
 */
export function pool(slots: Slots, scores: number[], k: number, pooling: OraclePool, paper: boolean): Slots {
  const n = slots.rows.length;
  if (n <= k) {
    if (paper || pooling.order === 'position') return slots;
    return pick(slots, ranking(scores, slots.mask));
  }
  if (pooling.kind === 'hard_topk') {
    const chosen = ranking(scores, slots.mask).slice(0, k);
    if (pooling.order === 'position') chosen.sort((a, b) => a - b);
    return pick(slots, chosen);
  }
  const { base, order, pair } = pooling;
  const options: SoftTopKOptions = { k, base, order, pair, padding: paper ? 'zero' : 'masked' };
  // The rows come from Algorithm 1, the origins from the scores-only form, which is separate code.
  const pooled = softTopKRounds(slots.rows, scores, options, slots.mask);
  const { groups, coefficients } = softTopKScores(scores, options, slots.mask);
  return {
    rows: pooled.rows,
    mask: pooled.mask,
    origins: originsOf(slots.origins, slots.mask, groups, coefficients),
  };
}

/** Origins as dense rows over n tokens, for comparisons that do not depend on their order. */
export function denseOrigins(origins: readonly Origin[], n: number): Matrix {
  return origins.map(({ index, weight }) => {
    const row = new Array<number>(n).fill(0);
    index.forEach((token, s) => {
      row[token]! += weight[s]!;
    });
    return row;
  });
}
