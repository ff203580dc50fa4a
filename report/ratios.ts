/**
 * Compares a model with another model: for every quantity that at least one of them has, how many times as much the
 * other model takes.
 */
import { type Rational, rational } from './algebra/rational.ts';
import type { ModelReport } from './report.ts';
import { REPORT_QUANTITIES, type ReportQuantity } from './reported.ts';

export interface Ratio {
  readonly quantity: ReportQuantity;
  /** Null if the model lacks the quantity, for example without a decoder. */
  readonly own: bigint | null;
  readonly others: bigint | null;
  /** `others / own`; null if `own` is 0, or if one of the two values is null. */
  readonly ratio: Rational | null;
}

export interface Ratios {
  /** The name of the other model. */
  readonly against: string;
  readonly ratios: readonly Ratio[];
}

export function ratiosOf(report: ModelReport, against: ModelReport): Ratios {
  const ratios = REPORT_QUANTITIES.flatMap((quantity): readonly Ratio[] => {
    const [own, others] = [quantity.count(report), quantity.count(against)];
    if (!own && !others) return [];
    return [{ quantity, own, others, ratio: own && others !== null ? rational(others, own) : null }];
  });
  return { against: against.name, ratios };
}
