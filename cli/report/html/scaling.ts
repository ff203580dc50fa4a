/** The data of the scaling curves: what a model costs for longer and shorter documents. */
import { evaluatePolynomial } from '../../../compiler/cost/polynomial.ts';
import { type Counted, type ModelReport, reportOf } from '../../../compiler/cost/report.ts';

export interface CurvePoint {
  /** Tokens of the document. */
  readonly length: number;
  readonly macs: bigint;
  readonly encoderAttention: bigint;
}

export type Curve = readonly CurvePoint[];

/** An eighth of the model's longest document to eight times as much, by doubling. */
export function sweepLengths({ spec }: ModelReport): readonly number[] {
  const longest = spec.encoder.length;
  return [1 / 8, 1 / 4, 1 / 2, 1, 2, 4, 8]
    .map((by) => longest * by)
    .filter((length) => Number.isInteger(length));
}

/**
 * The model at each length. Where its formulas hold they are evaluated, which gives the same numbers a hundred
 * times faster; shorter documents are counted one by one.
 */
export function curveOf(report: ModelReport, lengths: readonly number[] = sweepLengths(report)): Curve {
  const { from, unit } = report.formulas;
  const { target, batch } = report.lengths;
  return lengths.map((length) => {
    if (length < from || length % unit !== 0) {
      const { macs, encoder } = reportOf(report.spec, { length, target, batch });
      return { length, macs: macs.count, encoderAttention: encoder.macs.attention.count };
    }
    const symbols = new Map(Object.entries({ n: length, target, batch }));
    const at = ({ formula }: Counted): bigint => evaluatePolynomial(formula, symbols)!;
    return { length, macs: at(report.macs), encoderAttention: at(report.encoder.macs.attention) };
  });
}
