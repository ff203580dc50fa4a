/**
 * The checks that lowering makes on kinds. A kind that contradicts itself is a mistake of its author, so the check
 * throws an IrError that names the kind.
 */
import type { EncoderLayerSpec } from '../../dsl/spec.ts';
import { type Dim, dimEquals, dimText, evaluate, symbolsOf } from '../ir/dim.ts';
import { require } from '../ir/op.ts';
import { KINDS, kindNamed } from './kinds/index.ts';
import type { Pooled } from './kinds/kind.ts';

/** The lengths at which two formulas are compared if their texts differ. */
const LENGTHS = [...Array.from({ length: 64 }, (_, i) => i + 1), 100, 511, 512, 513, 4096, 8191];

/** Whether two lengths are equal, by their formulas or at every tested length. */
function sameLength(a: Dim, b: Dim): boolean {
  if (dimEquals(a, b)) return true;
  const symbols = [...new Set([...symbolsOf(a), ...symbolsOf(b)])];
  return LENGTHS.every((n) => {
    const at = new Map(symbols.map((symbol) => [symbol, n]));
    return evaluate(a, at) === evaluate(b, at);
  });
}

/** Requires that all results of a pooling have the number of rows that `emitted` declares. */
export function requireEmitted(kind: string, emitted: Dim, { x, mask, index, weight }: Pooled): void {
  for (const [name, { type }] of Object.entries({ x, mask, index, weight }))
    require(sameLength(type.shape[1]!, emitted), () =>
      `the pooling ${kind} declares ${dimText(emitted)} rows, but its ${name} has ${dimText(type.shape[1]!)}`);
}

/** Requires that a pooling gives the number of rows that the schedule demands. */
export function requireSchedule({ pool, consumes, emits }: EncoderLayerSpec): void {
  if (!pool) return;
  const emitted = evaluate(kindNamed(KINDS.pool, pool.kind).emitted(consumes, emits, pool.args), new Map());
  require(emitted === emits, () =>
    `the pooling ${pool.kind} makes ${emitted} of ${consumes} rows, but the schedule demands ${emits}, so the \`check\` of the pooling must refuse this schedule`);
}

/** Requires that `multiple` is a multiple of the length of a run, because runs must divide the number of rows. */
export function requireRuns({ attention: { kind, args } }: EncoderLayerSpec): void {
  const { independent, multiple } = kindNamed(KINDS.attention, kind);
  if (!independent) return;
  const [run, unit] = [independent(args), multiple?.(args) ?? 1];
  require(unit % run === 0, () =>
    `the attention ${kind} declares runs of ${run} rows, but it accepts multiples of ${unit} rows, and ${unit} is not a multiple of ${run}`);
}
