/** The bytes of the keys and values that decoding keeps. */
import type { BudgetPrecision } from '../../dsl/quantities.ts';
import { type Amount, part, sumOf } from '../algebra/amounts.ts';
import type { ModelReport } from '../report.ts';

/** Bytes of a number in each precision. int8 and int4 quantise only weights, so keys and values stay in float32. */
const CACHE_BYTES: Readonly<Record<BudgetPrecision, bigint>> = { fp32: 4n, fp16: 2n, int8: 4n, int4: 4n };

/** The keys and values of the memory and of the written words; null without a decoder. */
export function kvCache(
  { spec, lengths, decoder }: Omit<ModelReport, 'memory' | 'execution'>,
  precision: BudgetPrecision,
): Amount | null {
  if (!decoder) return null;
  const width = BigInt(spec.width);
  // Every layer multiplies [B, slots, d]·[d, d] for keys and for values, so the number of rows follows from the count.
  const rows = decoder.macs.memoryProjections.count / width / width;
  const words = 2n * BigInt(decoder.layers.length) * BigInt(lengths.target) * BigInt(lengths.batch);
  const size = width * CACHE_BYTES[precision];
  return sumOf([part('memoryCache', rows * size), part('wordCache', words * size)]);
}
