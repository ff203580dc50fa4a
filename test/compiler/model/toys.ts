/** Kinds that a newcomer might write, to test that the compiler handles kinds that it has never seen. */
import { onTestFinished } from 'vitest';
import { ceilDiv, mul, sub } from '../../../compiler/ir/dim.ts';
import { someHeads } from '../../../compiler/model/kinds/heads.ts';
import { KINDS } from '../../../compiler/model/kinds/index.ts';
import type { AttentionKind, PoolKind, ScorerKind } from '../../../compiler/model/kinds/kind.ts';
import { add, div, maximum, minimum, mul as times } from '../../../compiler/ops/binary.ts';
import { cast } from '../../../compiler/ops/cast.ts';
import { dimAsValue, iota, scalar } from '../../../compiler/ops/constants.ts';
import { expand, reshape, squeeze } from '../../../compiler/ops/layout.ts';
import { matmul } from '../../../compiler/ops/matmul.ts';
import { concat, pad } from '../../../compiler/ops/pieces.ts';
import { reduceMax, reduceSum } from '../../../compiler/ops/reduce.ts';
import { relu, sigmoid } from '../../../compiler/ops/unary.ts';

/** `pool mean(4)`: the mean of the real rows of each window of 4 rows. */
export const meanPool: PoolKind = {
  name: 'mean',
  doc: 'Mean of windows.',
  params: [{ name: 'stride', doc: 'Rows in a window.', type: 'integer', default: 2, min: 2, max: 64 }],
  check: ({ stride }, { length, emits }) =>
    emits === Math.ceil(length / Number(stride))
      ? undefined
      : {
          message: `windows of ${stride} rows do not give ${emits} rows for ${length}`,
          help: 'change the schedule',
        },
  emitted: (n, _, { stride }) => ceilDiv(n, Number(stride)),
  lower: ({ b, n, rows, mask, width }, { stride }) => {
    const x = rows();
    const [batch, s] = [x.type.shape[0]!, Number(stride)];
    const k = ceilDiv(n, s);
    const after = sub(mul(k, s), n);
    const shape = [batch, k, s];
    const known = mask ?? b.add(expand, [scalar(b, 'bool', 1)], { shape: [batch, n] });
    const real = b.add(reshape, [b.add(pad, [known], { axis: 1, after })], { shape });
    const ones = b.add(cast, [real], { to: 'f32' });
    const count = b.add(maximum, [b.add(reduceSum, [ones], { axis: 2 }), scalar(b, 'f32', 1)]);
    const weight = b.add(div, [ones, count]);
    const windows = b.add(reshape, [b.add(pad, [x], { axis: 1, after })], { shape: [batch, k, s, width] });
    const mean = b.add(matmul, [b.add(reshape, [weight], { shape: [batch, k, 1, s] }), windows]);
    const last = dimAsValue(b, sub(n, 1));
    const at = b.add(minimum, [b.add(iota, [], { n: mul(k, s) }), last]);
    const any = b.add(reduceMax, [b.add(cast, [real], { to: 'i64' })], { axis: 2 });
    return {
      x: b.add(reshape, [mean], { shape: [batch, k, width] }),
      mask: b.add(cast, [b.add(squeeze, [any], { axis: 2 })], { to: 'bool' }),
      index: b.add(expand, [b.add(reshape, [at], { shape: [1, k, s] })], { shape }),
      weight,
    };
  },
};

/** `by two_linears`: a scorer with a hidden layer. */
export const twoLinears: ScorerKind = {
  name: 'two_linears',
  doc: 'Two linears with a ReLU between them.',
  params: [],
  lower: ({ b, x, linear }) => {
    const logit = linear('score', b.add(relu, [linear('hidden', x, 8)]), 1);
    const score = b.add(sigmoid, [b.add(squeeze, [logit], { axis: -1 })]);
    return b.add(add, [score, b.add(times, [scalar(b, 'f32', 1e-5), scalar(b, 'f32', 1)])]);
  },
};

/**
 * Adds a kind to a table of the language until the test has finished. Meanwhile the table has no other kind of the same
 * name.
 */
export function registered<Slot extends keyof typeof KINDS>(
  slot: Slot,
  kind: (typeof KINDS)[Slot][number],
): void {
  const table = KINDS[slot] as (typeof kind)[];
  const before = [...table];
  const fill = (kinds: readonly (typeof kind)[]): void => void table.splice(0, table.length, ...kinds);
  fill([...before.filter(({ name }) => name !== kind.name), kind]);
  onTestFinished(() => fill(before));
}

/** `by power`: the attention that each row received in its layer. */
export const power: ScorerKind = {
  name: 'power',
  doc: 'The attention that each row received.',
  params: [],
  check: (_, { received }) =>
    received
      ? undefined
      : { message: 'this attention does not give what each row received', help: 'use another attention' },
  lower: ({ received }) => received!(),
};

/** `attention halves`: full attention, computed separately for each half of the heads. */
export const halves: AttentionKind = {
  ...KINDS.attention.find(({ name }) => name === 'full')!,
  name: 'halves',
  received: null,
  lower: (place, args) => {
    const { lower } = KINDS.attention.find(({ name }) => name === 'full')!;
    const half = place.heads / 2;
    const parts = [0, half].map((first) => lower(someHeads(place, first, half), args));
    return place.b.add(concat, parts, { axis: -1 });
  },
};
