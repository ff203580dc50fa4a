/** Compares two models by the numbers in their reports that a reviewer needs. */
import { DECODER_PARTS, ENCODER_PARTS } from './algebra/parts.ts';
import type { Counted, ModelReport } from './report.ts';
import { REPORT_QUANTITIES, type ReportQuantity } from './reported.ts';

/** The unit of a cost. */
export type CostMeasure = ReportQuantity['measures'];

export interface Cost {
  readonly measures: CostMeasure;
  readonly count: bigint;
}

/** Costs by name, in the order of the report. */
export type Costs = ReadonlyMap<string, Cost>;

export interface CostChange {
  readonly name: string;
  readonly measures: CostMeasure;
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
  const cost = (measures: CostMeasure, name: string, count: bigint): readonly [string, Cost] => [
    name,
    { measures, count },
  ];
  const products = (name: string, { count }: Counted) => cost('multiplications', name, count);
  return new Map<string, Cost>([
    products('multiplications', macs),
    products('encoder', encoder.macs.total),
    ...ENCODER_PARTS.map((part) => products(`encoder ${words(part)}`, encoder.macs[part])),
    ...(decoder
      ? [
          products('decoder', decoder.macs.total),
          ...DECODER_PARTS.map((part) => products(`decoder ${words(part)}`, decoder.macs[part])),
        ]
      : []),
    cost('entries', 'attention entries', entries.count),
    cost('parameters', 'parameters', parameters.total),
    ...others.flatMap(({ title, measures, count }) => {
      const name = measures === 'bytes' && !title.startsWith('bytes') ? `bytes of ${title}` : title;
      const value = count(report);
      return value === null ? [] : [cost(measures, name, value)];
    }),
  ]);
}

/** The costs of both models, including equal costs. A cost that is zero in both models is left out. */
export function compareCosts(before: Costs | null, after: Costs | null): readonly CostChange[] {
  const names = new Set([...(before?.keys() ?? []), ...(after?.keys() ?? [])]);
  return [...names]
    .map((name) => {
      const [old, now] = [before?.get(name), after?.get(name)];
      const { measures } = (now ?? old)!;
      return { name, measures, before: old?.count ?? null, after: now?.count ?? null };
    })
    .filter(({ before, after }) => (before ?? 0n) !== 0n || (after ?? 0n) !== 0n);
}
