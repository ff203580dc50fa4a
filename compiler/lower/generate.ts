/**
 * Greedy search as a loop inside the graph, with fairseq's bookkeeping (SYSTEMS.md 5.2, one beam):
 * start from eos, at most `max_length` tokens and then eos, none before `min_length`, score = sum of
 * log-probabilities / length^penalty with the eos counted.
 */
import type { Value } from '../ir/build.ts';
import type { Dim } from '../ir/dim.ts';
import { type } from '../ir/graph.ts';
import { openMask } from '../ops/attention.ts';
import { add, and, div, equal, greater, less, maximum, or, pow } from '../ops/binary.ts';
import { cast } from '../ops/cast.ts';
import { iota, literal, scalar } from '../ops/constants.ts';
import { expand, squeeze, transpose, unsqueeze } from '../ops/layout.ts';
import { loop } from '../ops/loop.ts';
import { slice } from '../ops/pieces.ts';
import { argmax, reduceMax } from '../ops/reduce.ts';
import { logSoftmax } from '../ops/softmax.ts';
import { isNan, not } from '../ops/unary.ts';
import { where } from '../ops/where.ts';
import { decodeOne, type LayerCache, projectMemory } from './decoder.ts';
import type { Lowering } from './lowering.ts';

export interface Limits {
  /** Most and fewest tokens before the final eos, i64[]. */
  readonly max: Value;
  readonly min: Value;
  /** Exponent of the length in the score, f32[]. */
  readonly penalty: Value;
}

/** bool [V]: words that may not come now. Past `max` only eos may; before `min` it may not. */
function forbiddenWords(l: Lowering, round: Value, { max, min }: Limits): Value {
  const { b, spec, ids } = l;
  const words = b.add(iota, [], { n: spec.vocabulary });
  const is = (id: number): Value => b.add(equal, [words, scalar(b, 'i64', id)]);
  const full = b.add(not, [b.add(less, [round, max])]);
  const early = b.add(and, [b.add(less, [round, min]), b.add(not, [full])]);
  const noEnd = b.add(and, [is(ids.eos), early]);
  const onlyEnd = b.add(and, [b.add(not, [is(ids.eos)]), full]);
  return b.add(or, [is(ids.pad), b.add(or, [noEnd, onlyEnd])]);
}

/** sequences i64 [B, 1, steps] and scores f32 [B, 1]. */
export function greedy(
  l: Lowering,
  memory: Value,
  mask: Value | null,
  limits: Limits,
): { readonly sequences: Value; readonly scores: Value } {
  const { b, spec, ids } = l;
  const batch: Dim = memory.type.shape[0]!;
  const cross = projectMemory(l, memory);
  const open = mask && openMask(b, mask);
  const size = spec.width / spec.heads;
  const filled = (dtype: 'i64' | 'f32' | 'bool', value: number, ...shape: readonly Dim[]): Value =>
    b.add(expand, [scalar(b, dtype, value)], { shape: [batch, ...shape] });
  const empty = (x: Value): Value => b.add(slice, [x], { axis: 2, start: 0, end: 0 });
  const start = cross.flatMap(({ key, value }) => [empty(key), empty(value)]);
  const growing = type('f32', batch, spec.heads, 'past', size);
  // At least one step, which may only end: without any, the outputs would have no batch to speak of.
  const max = b.add(maximum, [limits.max, scalar(b, 'i64', 0)]);
  const count = b.add(add, [max, scalar(b, 'i64', 1)]);
  const { state, scans } = b.loop(loop, {
    count,
    rounds: 'steps',
    state: [
      { init: filled('i64', ids.eos, 1) },
      { init: filled('bool', 0) },
      { init: filled('f32', 0) },
      { init: filled('f32', 0) },
      ...start.map((init) => ({
        init,
        inside: growing,
        after: type('f32', batch, spec.heads, 'steps', size),
      })),
    ],
    body: (round, [token, done, score, length, ...pasts]) => {
      const caches: readonly LayerCache[] = cross.map((encoder, i) => ({
        encoder,
        decoder: { key: pasts[2 * i]!, value: pasts[2 * i + 1]! },
      }));
      const step = decodeOne(l, token!, round, caches, open);
      return b.within('search', () => {
        const logits = b.add(squeeze, [step.logits], { axis: 1 });
        const likely = b.add(logSoftmax, [logits]);
        const barred = b.add(or, [b.add(isNan, [likely]), forbiddenWords(l, round, { ...limits, max })]);
        const allowed = b.add(where, [barred, literal(b, 'f32', [], [-Infinity]), likely]);
        const next = b.add(where, [done!, scalar(b, 'i64', ids.pad), b.add(argmax, [allowed])]);
        const best = b.add(squeeze, [b.add(reduceMax, [allowed], { axis: -1 })], { axis: -1 });
        const unless = (value: Value): Value => b.add(where, [done!, scalar(b, 'f32', 0), value]);
        const finished = b.add(or, [done!, b.add(equal, [next, scalar(b, 'i64', ids.eos)])]);
        const running = b.add(cast, [b.add(not, [finished])], { to: 'f32' });
        const any = b.add(squeeze, [b.add(reduceMax, [running], { axis: 0 })], { axis: 0 });
        return {
          again: b.add(greater, [any, scalar(b, 'f32', 0.5)]),
          state: [
            b.add(unsqueeze, [next], { axis: 1 }),
            finished,
            b.add(add, [score!, unless(best)]),
            b.add(add, [length!, unless(scalar(b, 'f32', 1))]),
            ...step.caches.flatMap(({ decoder }) => [decoder.key, decoder.value]),
          ],
          scans: [next],
        };
      });
    },
  });
  const sequences = b.add(unsqueeze, [b.add(transpose, [scans[0]!], { order: [1, 0] })], { axis: 1 });
  const mean = b.add(div, [state[2]!, b.add(pow, [state[3]!, limits.penalty])]);
  return { sequences, scores: b.add(unsqueeze, [mean], { axis: 1 }) };
}
