/** What two models cost, side by side: the numbers of their reports that a reviewer asks for. */
import { DECODER_PARTS, ENCODER_PARTS } from './parts.ts';
import type { ModelReport } from './report.ts';

/** By name, in the order of the report. */
export type Costs = ReadonlyMap<string, bigint>;

export interface CostChange {
  readonly name: string;
  /** Null: the model has no such part, or there is no such model. */
  readonly before: bigint | null;
  readonly after: bigint | null;
}

/** `memoryProjections` → `memory projections`. */
const words = (part: string): string => part.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

export function costsOf({ macs, encoder, decoder, parameters, entries }: ModelReport): Costs {
  return new Map([
    ['multiplications', macs.count],
    ['encoder', encoder.macs.total.count],
    ...ENCODER_PARTS.map((part) => [`encoder ${words(part)}`, encoder.macs[part].count] as const),
    ...(decoder
      ? ([
          ['decoder', decoder.macs.total.count],
          ...DECODER_PARTS.map((part) => [`decoder ${words(part)}`, decoder.macs[part].count] as const),
        ] as const)
      : []),
    ['attention entries', entries.count],
    ['parameters', parameters.total],
  ]);
}

/** Every quantity that either has any of, those that are equal too. */
export function compareCosts(before: Costs | null, after: Costs | null): readonly CostChange[] {
  const names = new Set([...(before?.keys() ?? []), ...(after?.keys() ?? [])]);
  return [...names]
    .map((name) => ({ name, before: before?.get(name) ?? null, after: after?.get(name) ?? null }))
    .filter(({ before, after }) => (before ?? 0n) !== 0n || (after ?? 0n) !== 0n);
}
