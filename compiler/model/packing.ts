/**
 * Packing: only the blocks of a batch that contain a token are computed. Between poolings, blocks are independent
 *. So the blocks with tokens of all documents can form one tensor [T, m, d]: T blocks of m rows. The
 * cost of a layer is then proportional to the sum of the lengths. Indices map each position to its packed row.
 */
import type { Builder, Value } from '../ir/build.ts';
import { type Dim, floorDiv, min, mul } from '../ir/dim.ts';
import { add, equal, maximum, sub, mul as times } from '../ops/binary.ts';
import { cast } from '../ops/cast.ts';
import { dimAsValue, iota, scalar } from '../ops/constants.ts';
import { gather } from '../ops/gather.ts';
import { reshape, squeeze, unsqueeze } from '../ops/layout.ts';
import { nonzero } from '../ops/nonzero.ts';
import { cumsum, reduceMax } from '../ops/reduce.ts';

export interface Packing {
  /** i64 [T]: the indices of the blocks that are kept, among all blocks of the batch. */
  readonly blocks: Value;
  /** The number of rows of a block, m = min(n, unit). */
  readonly length: Dim;
  /**
   * i64 [B, n]: the index of each position's row among the T·m packed rows. A position of a block that is left out has
   * the index of another position's row, but the mask excludes such positions.
   */
  readonly at: Value;
}

/**
 * Packs the blocks in which `mask`, bool [B, n], is true somewhere; n is a multiple of `unit` or less than `unit`. The
 * first block of the batch is always kept, so that even a batch of empty documents has a block. `as` is the symbol for
 * T.
 */
export function packingOf(b: Builder, mask: Value, unit: number, as: string): Packing {
  const [batch, n] = mask.type.shape as readonly [Dim, Dim];
  const length = min(n, unit);
  const count = mul(batch, floorDiv(n, length));
  const flags = b.add(reshape, [b.add(cast, [mask], { to: 'i64' })], { shape: [count, length] });
  const real = b.add(squeeze, [b.add(reduceMax, [flags], { axis: 1 })], { axis: 1 });
  const first = b.add(cast, [b.add(equal, [b.add(iota, [], { n: count }), scalar(b, 'i64', 0)])], {
    to: 'i64',
  });
  const kept = b.add(maximum, [real, first]);
  const before = b.add(sub, [b.add(cumsum, [kept], { axis: 0 }), scalar(b, 'i64', 1)]);
  const start = b.add(unsqueeze, [b.add(times, [before, dimAsValue(b, length)])], { axis: 1 });
  const rows = b.add(add, [start, b.add(iota, [], { n: length })]);
  return {
    blocks: b.add(nonzero, [kept], { as }),
    length,
    at: b.add(reshape, [rows], { shape: [batch, n] }),
  };
}

/** Packs rows: [B, n, …] → [T, m, …]. */
export function pack(b: Builder, { blocks, length }: Packing, x: Value): Value {
  const [batch, n, ...rest] = x.type.shape as readonly [Dim, Dim, ...Dim[]];
  const shape = [mul(batch, floorDiv(n, length)), length, ...rest];
  return b.add(gather, [b.add(reshape, [x], { shape }), blocks]);
}

/** Unpacks rows: [T, m, …] → [B, n, …]. */
export function unpack(b: Builder, { at }: Packing, x: Value): Value {
  const [count, length, ...rest] = x.type.shape as readonly [Dim, Dim, ...Dim[]];
  return b.add(gather, [b.add(reshape, [x], { shape: [mul(count, length), ...rest] }), at]);
}
