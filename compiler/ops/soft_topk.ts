/**
 * SoftTopK by successive halving (Pietruszka et al. 2022, Algorithm 1): n scored rows become k rows,
 * each a convex combination of 2^p inputs, p = ceil(log2(n/k)). A round sorts by score, pairs the best with the
 * worst, and mixes each pair (a, z) with w = sigmoid(b^v_a − b^v_z), where v are scores and b is the attribute `base`.
 *
 * x is [B, n, d], score [B, n], mask bool [B, n] (true: a real row). With `at` i64 [B, n] the rows of x may be in
 * any order: x is [..., d], and position i of document j is its row at[j, i]. The op gives y [B, s, d] with s =
 * min(n, k), its mask, and the composition of every slot: index [B, s, 2^p] into x and weight [B, s, 2^p].
 *
 * It has two forms, which compute the same function:
 * - `rounds` is the definition: every round mixes embeddings.
 * - `tournament`: pairing and weights depend on the scores alone. So the rounds run on scores and
 *   carry (index, weight) pairs, and one weighted gather reads the embeddings once.
 *
 * x may be f16, but scores and weights are always f32, because b^v is far too steep for f16.
 *
 * Rules:
 * - A masked row is never mixed into a kept row (the weight of its partner is exactly 1), so a document has the same
 *   memory alone and in a padded batch. A row with the score NaN counts as masked.
 * - If n ≤ k, no rows are mixed.
 * - Scores are padded to k·2^p: by masked rows if there is a mask, else by rows of zeros with the score 1e-5, as in
 *   the published code.
 * - Equal scores keep their order.
 * - A slot that consists only of masked rows is zero.
 * - Scores are clipped where b^v would exceed float32.
 */

import type { Builder, Value } from '../ir/build.ts';
import { ceilDiv, type Dim, log2Ceil, min, mul, pow2Ceil, sub } from '../ir/dim.ts';
import { type Attrs, type } from '../ir/graph.ts';
import type { Composite, Sample } from '../ir/op.ts';
import { times as count, constant as number, product, scale, sum, ZERO } from '../ir/polynomial.ts';
import { type Cost, each, together } from '../ir/work.ts';
import { add, div, minimum, sub as minus, pow, mul as times } from './binary.ts';
import { cast, castTo } from './cast.ts';
import { dimAsValue, floatAttr, iota, scalar } from './constants.ts';
import { gatherElements, gatherRows } from './gather.ts';
import { expand, reverse, unsqueeze } from './layout.ts';
import { loop } from './loop.ts';
import { concat, pad, slice } from './pieces.ts';
import { isReal, MASKED, type Ranking, ranking } from './ranking.ts';
import { topK } from './reduce.ts';
import { dim, expectDType, expectRank, present, text } from './shapes.ts';
import { log, sigmoid } from './unary.ts';
import { expectPlaces, rowsAt, weightedRows } from './weighted_rows.ts';
import { where } from './where.ts';

/** The score that the published code gives to the rows that it appends. */
const PADDING_SCORE = 1e-5;

interface State {
  readonly score: Value;
  readonly index: Value;
  readonly weight: Value;
  /** The embeddings, which only the form `rounds` carries. */
  readonly rows: Value | null;
}

const asList = (s: State): readonly Value[] => [s.score, s.index, s.weight, ...(s.rows ? [s.rows] : [])];
const asState = ([score, index, weight, rows]: readonly Value[]): State => ({
  score: score!,
  index: index!,
  weight: weight!,
  rows: rows ?? null,
});

/** The largest score v for which base^v is finite in float32. */
const highestScore = (b: Builder, base: Value): Value =>
  b.add(div, [scalar(b, 'f32', 88), b.add(log, [base])]);

const column = (b: Builder, x: Value): Value => b.add(unsqueeze, [x], { axis: -1 });

/** Picks the same slots of every part of the state. */
const pick = (b: Builder, s: State, slots: Value): State => ({
  score: b.add(gatherElements, [s.score, slots], { axis: 1 }),
  index: b.add(gatherRows, [s.index, slots]),
  weight: b.add(gatherRows, [s.weight, slots]),
  rows: s.rows && b.add(gatherRows, [s.rows, slots]),
});

/** One round: `2·half` slots become `half` slots. */
function halve(b: Builder, s: State, half: Dim, base: Value, attrs: Attrs): State {
  const [sorted, order] = b.many(topK, [s.score], { k: mul(2, half) }) as readonly [Value, Value];
  const best = (x: Value): Value => b.add(slice, [x], { axis: 1, start: 0, end: half });
  const rest = (x: Value): Value => {
    const worst = b.add(slice, [x], { axis: 1, start: half, end: mul(2, half) });
    return text(attrs, 'pair') === 'best_worst' ? b.add(reverse, [worst], { axis: 1 }) : worst;
  };
  let [winner, loser] = [best(order), rest(order)];
  const va = best(sorted);
  const real = isReal(b, rest(sorted));
  const vz = b.add(where, [real, rest(sorted), va]);
  const difference = b.add(minus, [b.add(pow, [base, va]), b.add(pow, [base, vz])]);
  let w = b.add(where, [real, b.add(sigmoid, [difference]), scalar(b, 'f32', 1)]);
  const complement = (x: Value): Value => b.add(minus, [scalar(b, 'f32', 1), x]);
  let score = b.add(add, [b.add(times, [w, va]), b.add(times, [complement(w), vz])]);
  if (text(attrs, 'order') === 'position') {
    const [sortedWinner, back] = b.many(topK, [winner], { k: half, largest: false }) as readonly [
      Value,
      Value,
    ];
    const reorder = (x: Value): Value => b.add(gatherElements, [x, back], { axis: 1 });
    [winner, loser, w, score] = [sortedWinner, reorder(loser), reorder(w), reorder(score)];
  }
  const [a, z] = [pick(b, s, winner), pick(b, s, loser)];
  const [wa, wz] = [column(b, w), column(b, complement(w))];
  const weighted = (x: Value, y: Value): readonly [Value, Value] => [
    b.add(times, [x, castTo(b, wa, x.type.dtype)]),
    b.add(times, [y, castTo(b, wz, y.type.dtype)]),
  ];
  return {
    score,
    index: b.add(concat, [a.index, z.index], { axis: 2 }),
    weight: b.add(concat, weighted(a.weight, z.weight), { axis: 2 }),
    rows: a.rows && z.rows && b.add(add, weighted(a.rows, z.rows)),
  };
}

/** The state before the first round: k·2^p slots, of which the slots from n on are padding and contain no row. */
function seed(
  b: Builder,
  /** The embeddings in document order, for the form `rounds`. */
  x: Value | null,
  { score, real }: Ranking,
  filler: number,
  slots: Dim,
): State {
  const [batch, n] = score.type.shape as readonly [Dim, Dim];
  const after = sub(slots, n);
  const last = b.add(minus, [dimAsValue(b, n), scalar(b, 'i64', 1)]);
  const positions = b.add(minimum, [b.add(iota, [], { n: slots }), last]);
  const ones = column(b, b.add(cast, [real], { to: 'f32' }));
  const onlyReal = (rows: Value): Value => b.add(times, [rows, castTo(b, ones, rows.type.dtype)]);
  return {
    score: b.add(pad, [score], { axis: 1, after, value: filler }),
    index: column(b, b.add(expand, [positions], { shape: [batch, slots] })),
    weight: b.add(pad, [ones], { axis: 1, after }),
    rows: x && b.add(pad, [filler === MASKED ? onlyReal(x) : x], { axis: 1, after }),
  };
}

function body(b: Builder, ins: readonly (Value | null)[], attrs: Attrs): readonly Value[] {
  const [x, rawScore, mask, at = null] = ins as readonly [Value, Value, Value | null, (Value | null)?];
  const [batch, n] = rawScore.type.shape as readonly [Dim, Dim];
  const width = x.type.shape.at(-1)!;
  const k = dim(attrs, 'k');
  const [kept, group] = [min(n, k), pow2Ceil(ceilDiv(n, k))];
  const base = floatAttr(b, attrs.base!);
  const ranked = ranking(b, rawScore, mask, highestScore(b, base));
  const filler = mask ? MASKED : PADDING_SCORE;
  const everyRow = (): Value => {
    const order = b.add(expand, [b.add(iota, [], { n })], { shape: [batch, n] });
    return at ? rowsAt(b, x, order, at) : x;
  };
  const rows = text(attrs, 'form') === 'rounds' ? everyRow() : null;
  let start = seed(b, rows, ranked, filler, mul(kept, group));
  if (text(attrs, 'order') === 'score') {
    const order = b.many(topK, [start.score], { k: mul(kept, group) })[1]!;
    start = pick(b, start, order);
  }
  const inside = asList(start).map((v, i) => {
    const tail = i === 0 ? [] : [i === 3 ? width : 'group'];
    return type(v.type.dtype, batch, mul(2, 'half'), ...tail);
  });
  const after = asList(start).map((v, i) => {
    const tail = i === 0 ? [] : [i === 3 ? width : group];
    return type(v.type.dtype, batch, kept, ...tail);
  });
  const rounds = dimAsValue(b, log2Ceil(ceilDiv(n, k)));
  const end = b.loop(loop, {
    count: rounds,
    state: asList(start).map((init, i) => ({ init, inside: inside[i]!, after: after[i]! })),
    body: (_, state) => ({ state: asList(halve(b, asState(state), 'half', base, attrs)) }),
  });
  const last = asState(end.state);
  const y = last.rows ?? b.add(weightedRows, [x, last.index, last.weight, at]);
  return [y, isReal(b, last.score), last.index, last.weight];
}

/**
 * The n rows are padded to N = s·2^p slots, and p halvings reduce the slots to s. All rounds together have N − s pairs,
 * each with two powers and one sigmoid, and every round multiplies the N weights that it carries. Rows are mixed pair
 * by pair in 2(N − s)·d multiplications, or once at the end in N·d.
 */
const cost: Cost = ([x, score, mask], _, attrs) => {
  const [batch, n] = score!.shape as readonly [Dim, Dim];
  const [width, k] = [x!.shape.at(-1)!, dim(attrs, 'k')];
  const kept = min(n, k);
  const slots = mul(kept, pow2Ceil(ceilDiv(n, k)));
  const pairs = count(batch, sub(slots, kept));
  const rows = product(pairs, count(width));
  // In document order the weights are sorted before rows are mixed, and 1 − w is then computed again.
  const sorted = text(attrs, 'order') === 'position' ? 1 : 0;
  const pairing = each(pairs, { exps: 3, adds: 4 + sorted, multiplies: 3 });
  const carried = each(count(batch, slots, log2Ceil(ceilDiv(n, k))), { multiplies: 1 });
  const once = each(number(1), { exps: 1, multiplies: 1, adds: 1 });
  if (text(attrs, 'form') !== 'rounds')
    return together([pairing, carried, once, { macs: count(batch, slots, width) }]);
  const masked = mask ? count(batch, n, width) : ZERO;
  return together([pairing, carried, once, { multiplies: sum(masked, scale(rows, 2)), adds: rows }]);
};

const sample = (n: number, k: number, mask: boolean, attrs: Attrs = {}): Sample => ({
  ins: [`f32[2, ${n}, 3]`, `f32[2, ${n}] in 0..1`, mask ? `bool[2, ${n}]` : null],
  attrs: { k, ...attrs },
});

/** A sample with `at`: twelve rows in any order, of which each document names seven. */
const kept = (form: string): Sample => ({
  ins: ['f32[3, 4, 3]', 'f32[2, 7] in 0..1', 'bool[2, 7]', 'i64[2, 7] < 12'],
  attrs: { k: 3, form },
});

const halves = (form: string): Sample => ({
  ins: ['f16[2, 7, 3]', 'f32[2, 7] in 0..1', 'bool[2, 7]'],
  attrs: { k: 3, form },
});

export const softTopk: Composite = {
  name: 'soft_topk',
  doc: 'Makes k convex combinations of n scored rows by successive halving.',
  float16: 'rows',
  pooling: 'mixes',
  ins: ['x', 'score', 'mask?', 'at?'],
  outs: ['y', 'y_mask', 'index', 'weight'],
  attrs: {
    k: { kind: 'dim' },
    base: { kind: 'float', default: 20 },
    order: { kind: 'string', default: 'position' },
    pair: { kind: 'string', default: 'best_worst' },
    form: { kind: 'string', default: 'rounds', hint: true },
  },
  samples: [
    sample(8, 2, true),
    sample(8, 4, false, { form: 'tournament' }),
    sample(7, 3, true, { form: 'tournament', order: 'score' }),
    sample(12, 3, true, { form: 'tournament', pair: 'shifted' }),
    sample(3, 4, true, { form: 'tournament' }),
    sample(9, 2, false, { order: 'score' }),
    kept('rounds'),
    kept('tournament'),
    halves('rounds'),
    halves('tournament'),
  ],
  infer: ([x, score, mask, at], attrs) => {
    const [t, s] = [present(x, 'x'), present(score, 'score')];
    expectDType(t, 'x', 'f32', 'f16');
    expectDType(s, 'score', 'f32');
    expectRank(s, 'score', 2);
    const [batch, n] = s.shape as readonly [Dim, Dim];
    expectPlaces(t, at ?? null, batch, n);
    const width = t.shape.at(-1)!;
    if (mask) expectDType(mask, 'mask', 'bool');
    const k = dim(attrs, 'k');
    const [kept, group] = [min(n, k), pow2Ceil(ceilDiv(n, k))];
    return [
      type(t.dtype, batch, kept, width),
      type('bool', batch, kept),
      type('i64', batch, kept, group),
      type('f32', batch, kept, group),
    ];
  },
  cost,
  body,
  onnxFunction: 'SoftTopK',
};
