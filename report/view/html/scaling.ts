/** The data of the scaling curves: what a model costs along a symbol, the length of the document unless asked otherwise. */

import { evaluatePolynomial } from '../../../compiler/ir/polynomial.ts';
import { formulasHold } from '../../algebra/symbols.ts';
import type { ReportedModel } from '../../document.ts';
import { type Measured, measure } from '../../measured.ts';
import { type Counted, type ModelReport, reportAt } from '../../report.ts';
import type { SweepSymbol } from '../../sweep.ts';

export interface CurvePoint {
  /** Of the symbol. */
  readonly value: number;
  readonly macs: bigint;
  readonly encoderAttention: bigint;
}

export interface Curve {
  readonly name: string;
  readonly symbol: SweepSymbol;
  /** The largest value that the model as it stands has or reads; null: every value is another model. */
  readonly longest: number | null;
  readonly points: readonly CurvePoint[];
}

const pointOf = (value: number, { macs, encoder }: ModelReport): CurvePoint => ({
  value,
  macs: macs.count,
  encoderAttention: encoder.macs.attention.count,
});

/** An eighth of the model's longest document to eight times as much, by doubling. */
export function curveLengths({ spec }: ModelReport): readonly number[] {
  const longest = spec.encoder.length;
  return [1 / 8, 1 / 4, 1 / 2, 1, 2, 4, 8].map((by) => longest * by).filter(Number.isInteger);
}

/**
 * The model at each length. Where its formulas hold they are evaluated, which gives the same numbers a hundred
 * times faster; other lengths are counted one by one.
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

/** The sweep that was asked for, or else the lengths around the model's own. */
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
