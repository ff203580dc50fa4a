/** The quantities that a report shows. They are integers, for float32, and are computed from the report alone. */
import { QUANTITY_TABLE } from './budgets/quantities.ts';
import type { QuantityRow } from './budgets/quantity_rows.ts';
import type { Footprint, Held } from './memory/held.ts';
import type { ModelReport } from './report.ts';

export interface ReportQuantity extends Pick<QuantityRow, 'title' | 'measures' | 'formula'> {
  /** The name in `--json`. */
  readonly name: string;
  /** The value; null if the model lacks the quantity, or if the quantity was not requested. */
  readonly count: (report: ModelReport) => bigint | null;
}

/** A peak without its layer, because a report does not contain the layer. */
const heldOf = (bytes: bigint | null): Held | null =>
  bytes === null ? null : { bytes, side: null, layer: null };

const FLOAT32 = 4n;

/** The footprint that a report contains already. */
const footprintIn = ({ parameters, memory, execution }: ModelReport): Footprint => ({
  weights: () =>
    Object.fromEntries(Object.entries(parameters.groups).map(([group, size]) => [group, FLOAT32 * size])),
  activations: () => heldOf(memory.peakActivationBytes),
  training: () => heldOf(memory.trainingActivationBytes),
  execution: () => execution,
  time: () => null,
});

/**
 * The quantities that are integers. The other quantities are elsewhere in a report; for example, the effective layers
 * are in Table 1.
 */
export const REPORT_QUANTITIES: readonly ReportQuantity[] = Object.values(QUANTITY_TABLE).flatMap(
  ({ json, of, ...row }): readonly ReportQuantity[] => {
    if (json === null) return [];
    const count: ReportQuantity['count'] = (report) =>
      of({ report, precision: 'fp32', footprint: footprintIn(report) })?.total.numerator ?? null;
    return [{ ...row, name: json, count }];
  },
);
