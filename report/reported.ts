/** The quantities that a report shows: integers, for float32, from the report alone. */
import { QUANTITY_TABLE } from './budgets/quantities.ts';
import type { QuantityRow } from './budgets/quantity_rows.ts';
import type { Footprint, Held } from './memory/held.ts';
import type { ModelReport } from './report.ts';

export interface ReportQuantity extends Pick<QuantityRow, 'title' | 'measures' | 'formula'> {
  /** The name in `--json`. */
  readonly name: string;
  /** The value; null if the model lacks the quantity, or it was not requested. */
  readonly count: (report: ModelReport) => bigint | null;
}

/** A peak without its layer, which a report does not keep. */
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

/** The quantities that are integers. Others stand elsewhere in a report, such as effective layers in Table 1. */
export const REPORT_QUANTITIES: readonly ReportQuantity[] = Object.values(QUANTITY_TABLE).flatMap(
  ({ json, of, ...row }): readonly ReportQuantity[] => {
    if (json === null) return [];
    const count: ReportQuantity['count'] = (report) =>
      of({ report, precision: 'fp32', footprint: footprintIn(report) })?.total.numerator ?? null;
    return [{ ...row, name: json, count }];
  },
);
