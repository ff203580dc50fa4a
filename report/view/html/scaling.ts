/** The data of the scaling curves: costs at several values of a symbol, by default the length of the document. */

import { evaluatePolynomial } from '../../../compiler/ir/polynomial.ts';
import { formulasHold } from '../../algebra/symbols.ts';
import type { ReportedModel } from '../../document.ts';
import { type Measured, measure } from '../../measured.ts';
import { type Counted, type ModelReport, reportAt } from '../../report.ts';
import type { SweepSymbol } from '../../sweep.ts';

export interface CurvePoint {
  /** The value of the symbol. */
  readonly value: number;
  readonly macs: bigint;
  readonly encoderAttention: bigint;
}

export interface Curve {
  readonly name: string;
  readonly symbol: SweepSymbol;
  /** The model's own length, beyond which it would need another schedule; null if the symbol is not a length. */
  readonly longest: number | null;
  readonly points: readonly CurvePoint[];
}

const pointOf = (value: number, { macs, encoder }: ModelReport): CurvePoint => ({
  value,
  macs: macs.count,
  encoderAttention: encoder.macs.attention.count,
});

/** Lengths from an eighth of the model's longest document to eight times its length, by doubling. */
export function curveLengths({ spec }: ModelReport): readonly number[] {
  const longest = spec.encoder.length;
  return [1 / 8, 1 / 4, 1 / 2, 1, 2, 4, 8].map((by) => longest * by).filter(Number.isInteger);
}

/**
 * The model's costs at each length. At lengths for which the model's formulas hold, the formulas are evaluated. This
 * gives the same numbers as counting the graph again, a hundred times faster.
 */
export function lengthCurve(report: ModelReport, lengths: readonly number[]): readonly CurvePoint[] {
  const { target, batch } = report.lengths;
  let measured: Measured | undefined;
  return lengths.map((length) => {
    if (!formulasHold(report.formulas, length)) {
      measured ??= measure(report.spec);
      return pointOf(length, reportAt(measured, { length, target, batch }));
    }
    const symbols = new Map(Object.entries({ n: length, target, batch }));
    const at = ({ formula }: Counted): bigint => evaluatePolynomial(formula, symbols)!;
    return { value: length, macs: at(report.macs), encoderAttention: at(report.encoder.macs.attention) };
  });
}

/** The curve of the requested sweep, or else of lengths around the model's own length. */
export function curveOf({ report, sweep }: ReportedModel): Curve {
  const { name, spec } = report;
  const symbol = sweep?.symbol ?? 'n';
  const own: Readonly<Partial<Record<SweepSymbol, number>>> = {
    n: spec.encoder.length,
    ...(spec.decoder && { t: spec.decoder.target }),
  };
  const points = sweep
    ? sweep.points.map(({ value, report: at }) => pointOf(value, at))
    : lengthCurve(report, curveLengths(report));
  return { name, symbol, longest: own[symbol] ?? null, points };
}
