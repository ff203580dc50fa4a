/**
 * Packing: of a batch of unequal documents only the blocks that hold a token are computed. Blocks are
 * independent between poolings (SYSTEMS.md 1.2), so the T real blocks of m rows each, of whatever document, stand
 * one after the other, [T, m, d], and a layer costs the sum of the lengths. Indices tell where each position is kept.
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
  /** i64 [T]: which of all blocks of the batch, counted through, are kept. */
  readonly blocks: Value;
  /** Rows in a block, m = min(n, unit). */
  readonly length: Dim;
  /**
   * i64 [B, n]: the kept row that each position is, of T·m counted through. A position in a block left out has
   * the row of another, and whoever reads it knows by the mask that it means nothing.
   */
  readonly at: Value;
}

/**
 * The real blocks of `mask` bool [B, n], where n is a multiple of `unit` or below it. The first block of all
 * is kept in any case: a batch of empty documents is computed too. `as` names T.
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

/** [B, n, …] → [T, m, …]. */
export function pack(b: Builder, { blocks, length }: Packing, x: Value): Value {
  const [batch, n, ...rest] = x.type.shape as readonly [Dim, Dim, ...Dim[]];
  const shape = [mul(batch, floorDiv(n, length)), length, ...rest];
  return b.add(gather, [b.add(reshape, [x], { shape }), blocks]);
}

/** [T, m, …] → [B, n, …]. */
export function unpack(b: Builder, { at }: Packing, x: Value): Value {
  const [count, length, ...rest] = x.type.shape as readonly [Dim, Dim, ...Dim[]];
  return b.add(gather, [b.add(reshape, [x], { shape: [mul(count, length), ...rest] }), at]);
}
