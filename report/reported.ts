/** The quantities as a report tells them: whole numbers in float32, of what it knows itself. */

import { QUANTITY_TABLE } from './budgets/quantities.ts';
import type { QuantityRow } from './budgets/quantity_rows.ts';
import type { Footprint, Held } from './memory/held.ts';
import type { ModelReport } from './report.ts';

export interface ReportQuantity extends Pick<QuantityRow, 'title' | 'measures' | 'formula'> {
  /** As `--json` has it. */
  readonly name: string;
  /** Null: the model has no such thing, or nobody asked for it. */
  readonly count: (report: ModelReport) => bigint | null;
}

/** A report keeps how much, and not where. */
const held = (bytes: bigint | null): Held | null =>
  bytes === null ? null : { bytes, side: null, layer: null };

const FLOAT32 = 4n;

const knownTo = ({ parameters, memory, execution }: ModelReport): Footprint => ({
  weights: () =>
    Object.fromEntries(Object.entries(parameters.groups).map(([group, size]) => [group, FLOAT32 * size])),
  activations: () => held(memory.peakActivationBytes),
  training: () => held(memory.trainingActivationBytes),
  execution: () => execution,
  time: () => null,
});

/** Whole numbers; what stands elsewhere in a report, effective layers in Table 1 for one, is not among them. */
export const REPORT_QUANTITIES: readonly ReportQuantity[] = Object.values(QUANTITY_TABLE).flatMap(
  ({ json, of, ...row }): readonly ReportQuantity[] => {
    if (json === null) return [];
    const count: ReportQuantity['count'] = (report) =>
      of({ report, precision: 'fp32', footprint: knownTo(report) })?.total.numerator ?? null;
    return [{ ...row, name: json, count }];
  },
);
