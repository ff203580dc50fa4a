/** Bytes of the keys and values that decoding keeps. */
import type { BudgetPrecision } from '../../dsl/quantities.ts';
import { type Amount, part, sumOf } from '../algebra/amounts.ts';
import type { ModelReport } from '../report.ts';

/** Keys and values are halves in float16 alone: integers are for weights. */
const CACHE_BYTES: Readonly<Record<BudgetPrecision, bigint>> = { fp32: 4n, fp16: 2n, int8: 4n, int4: 4n };

/** Keys and values of the memory, and of the words written. */
export function kvCache(
  { spec, lengths, decoder }: Omit<ModelReport, 'memory' | 'execution'>,
  precision: BudgetPrecision,
): Amount | null {
  if (!decoder) return null;
  const width = BigInt(spec.width);
  // [B, slots, d]·[d, d] for keys and for values of every layer: their products tell how long the memory is.
  const rows = decoder.macs.memoryProjections.count / width / width;
  const words = 2n * BigInt(decoder.layers.length) * BigInt(lengths.target) * BigInt(lengths.batch);
  const size = width * CACHE_BYTES[precision];
  return sumOf([part('memoryCache', rows * size), part('wordCache', words * size)]);
}
