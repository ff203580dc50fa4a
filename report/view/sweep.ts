/** The table of a sweep. */
import { REPORT_QUANTITIES, type ReportQuantity } from '../reported.ts';
import { SWEEPS, type Sweep } from '../sweep.ts';
import { bytes, exact, short } from './numbers.ts';
import type { Section } from './section.ts';

/** A quantity in its unit, with three digits. */
export const shortly = ({ measures }: ReportQuantity, value: bigint): string =>
  measures === 'bytes' ? bytes(value) : short(value);

/** The quantities in the table of a sweep; `--json` contains all quantities. */
const SWEPT = [
  'selfAttention',
  'crossAttention',
  'encoderMacs',
  'decoderMacs',
  'macs',
  'peakActivationBytes',
];

export function sweepSection({ symbol, points }: Sweep): Section {
  const { about, changes } = SWEEPS[symbol];
  const columns = REPORT_QUANTITIES.filter(
    ({ name, count }) => SWEPT.includes(name) && points.some(({ report }) => count(report) !== null),
  );
  return {
    title: `By ${symbol}, ${about}`,
    head: [symbol, ...columns.map(({ title }) => title)],
    rows: points.map(({ value, report }) => [
      exact(value),
      ...columns.map((quantity) => {
        const one = quantity.count(report);
        return one === null ? '–' : shortly(quantity, one);
      }),
    ]),
    right: [...columns.keys(), columns.length],
    bars: points.map(({ report }) => report.macs.count),
    notes: [`What ${symbol} changes: ${changes}.`],
  };
}
