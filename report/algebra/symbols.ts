/** The symbols that formulas use for the lengths of a graph. */
import { type Dim, dimText, substitute } from '../../compiler/ir/dim.ts';
import { type Polynomial, polynomialText } from '../../compiler/ir/polynomial.ts';
import type { ModelReport } from '../report.ts';

/** The symbols, by the name that a length has in the graph. `regime.ts` introduces `n`. */
export const FORMULA_SYMBOLS: Readonly<Record<string, { readonly symbol: string; readonly about: string }>> =
  {
    n: { symbol: 'n', about: 'tokens of a document' },
    target: { symbol: 't', about: 'tokens of an output' },
    batch: { symbol: 'B', about: 'documents at once' },
  };

/** A length with its symbols: `n`, `floordiv(n, 512)`. */
export const symbolText = (factor: Dim): string =>
  dimText(substitute(factor, (name) => FORMULA_SYMBOLS[name]?.symbol));

/** A formula as text: `9_216·B·n·t + 4_608·B·t²`. */
export const formulaText = (p: Polynomial): string => polynomialText(p, symbolText);

/** Whether a report's formulas hold for documents of this length. */
export const formulasHold = ({ from, to, unit }: ModelReport['formulas'], length: number): boolean =>
  length >= from && (to === null || length <= to) && length % unit === 0;
