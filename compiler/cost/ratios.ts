/** One model against another: how many times as much the other takes, of everything that both have. */

import { type Rational, rational } from './rational.ts';
import type { ModelReport } from './report.ts';
import { REPORT_QUANTITIES, type ReportQuantity } from './reported.ts';

export interface Ratio {
  readonly quantity: ReportQuantity;
  readonly own: bigint;
  readonly others: bigint;
  /** The other's over this model's own; null where the own is 0. */
  readonly ratio: Rational | null;
}

export interface Ratios {
  /** Name of the other model. */
  readonly against: string;
  readonly ratios: readonly Ratio[];
}

export function ratiosOf(report: ModelReport, against: ModelReport): Ratios {
  const ratios = REPORT_QUANTITIES.flatMap((quantity): readonly Ratio[] => {
    const [own, others] = [quantity.count(report), quantity.count(against)];
    if (own === null || others === null || (own === 0n && others === 0n)) return [];
    return [{ quantity, own, others, ratio: own === 0n ? null : rational(others, own) }];
  });
  return { against: against.name, ratios };
}
