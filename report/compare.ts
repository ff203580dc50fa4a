/** Compares two models by the numbers in their reports that a reviewer needs. */
import { DECODER_PARTS, ENCODER_PARTS } from './algebra/parts.ts';
import type { ModelReport } from './report.ts';
import { REPORT_QUANTITIES } from './reported.ts';

/** Costs by name, in the order of the report. */
export type Costs = ReadonlyMap<string, bigint>;

export interface CostChange {
  readonly name: string;
  /** Null if the model has no such part, or does not exist. */
  readonly before: bigint | null;
  readonly after: bigint | null;
}

/** `memoryProjections` → `memory projections`. */
const words = (part: string): string => part.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

/** The quantities of `REPORT_QUANTITIES` to compare, if the report contains them. */
const OTHERS: ReadonlySet<string> = new Set([
  'compiledMacs',
  'multiplies',
  'adds',
  'exps',
  'bytesRead',
  'bytesWritten',
  'weightBytes',
  'peakActivationBytes',
  'kvCacheBytes',
  'trainingMemoryBytes',
]);

export function costsOf(report: ModelReport): Costs {
  const { macs, encoder, decoder, parameters, entries } = report;
  const others = REPORT_QUANTITIES.filter(({ name }) => OTHERS.has(name));
  return new Map<string, bigint>([
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
    ...others.flatMap(({ title, measures, count }) => {
      const name = measures === 'bytes' && !title.startsWith('bytes') ? `bytes of ${title}` : title;
      const value = count(report);
      return value === null ? [] : [[name, value] as const];
    }),
  ]);
}

/** The costs of both models, including equal costs. A cost that is zero in both models is left out. */
export function compareCosts(before: Costs | null, after: Costs | null): readonly CostChange[] {
  const names = new Set([...(before?.keys() ?? []), ...(after?.keys() ?? [])]);
  return [...names]
    .map((name) => ({ name, before: before?.get(name) ?? null, after: after?.get(name) ?? null }))
    .filter(({ before, after }) => (before ?? 0n) !== 0n || (after ?? 0n) !== 0n);
}
