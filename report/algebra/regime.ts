/**
 * Lengths as a reader of tables wants them. The graph says `ceildiv(max(length, 1), min(max(length, 1), 512))·…`:
 * it knows documents of any length. Of whole blocks, and too long for every pooling, that is just n. A regime
 * settles each choice as it falls at one length: the same formulas hold for all documents on that side.
 */
import {
  type Bindings,
  type Dim,
  type DimExpr,
  evaluate,
  floorDiv,
  mul,
  withArgs,
} from '../../compiler/ir/dim.ts';
import { require } from '../../compiler/ir/op.ts';
import { mapped, type Polynomial, scale, sum, type Term, times } from '../../compiler/ir/polynomial.ts';

export interface Regime {
  /** A length of the graph, in `units` for the document's, which is that many whole blocks. */
  readonly settle: (d: Dim) => Dim;
  /** A polynomial of settled lengths, in `n` for the document's. */
  readonly inTokens: (p: Polynomial) => Polynomial;
}

/** The document's length divided by the unit, while lengths are settled. */
const UNITS = 'units';
const TOKENS = 'n';

/** The operand that decides a minimum or maximum at the point; a number where two are equal. */
function decide(d: DimExpr, at: Bindings): Dim {
  const values = d.args.map((arg) => evaluate(arg, at));
  require(!values.includes(undefined), () => `an operand of ${d.op} has no value`);
  const best = (d.op === 'min' ? Math.min : Math.max)(...(values as number[]));
  const ties = d.args.filter((_, i) => values[i] === best);
  return ties.find((arg) => typeof arg === 'number') ?? ties[0]!;
}

function settled(d: Dim, unit: number, at: Bindings): Dim {
  if (d === 'length') return mul(unit, UNITS);
  if (typeof d !== 'object') return d;
  const next = withArgs(
    d,
    d.args.map((arg) => settled(arg, unit, at)),
  );
  const chooses = typeof next === 'object' && (next.op === 'min' || next.op === 'max');
  return chooses ? decide(next, at) : next;
}

/** Inside of other lengths: u·units is n, and a lone one `floordiv(n, u)`. */
function written(d: Dim, unit: number): Dim {
  if (d === UNITS) return floorDiv(TOKENS, unit);
  if (typeof d !== 'object') return d;
  const [coefficient, ...rest] = d.args;
  const at = rest.indexOf(UNITS);
  if (d.op === 'mul' && at >= 0 && typeof coefficient === 'number' && coefficient % unit === 0)
    return mul(coefficient / unit, TOKENS, ...rest.filter((_, i) => i !== at).map((r) => written(r, unit)));
  return withArgs(
    d,
    d.args.map((arg) => written(arg, unit)),
  );
}

/** u·units is n; what is no whole number of units stays a number of blocks, `floordiv(n, u)`. */
function inTokens({ coefficient, factors }: Term, unit: number): Polynomial {
  const others = factors.filter((factor) => factor !== UNITS).map((factor) => written(factor, unit));
  let left = coefficient;
  const lengths = factors
    .filter((factor) => factor === UNITS)
    .map((): Dim => {
      if (left % BigInt(unit) !== 0n) return floorDiv(TOKENS, unit);
      left /= BigInt(unit);
      return TOKENS;
    });
  return scale(times(...others, ...lengths), left);
}

/** The regime of documents of `length` tokens, a multiple of `unit`; `others` are lengths besides. */
export function regimeAt(length: number, unit: number, others: Bindings): Regime {
  require(length % unit === 0, () => `${length} is no multiple of ${unit}`);
  const at: Bindings = new Map([...others, [UNITS, length / unit]]);
  return {
    settle: (d) => settled(d, unit, at),
    // What an op costs may hold lengths that its types do not: the number of its rounds.
    inTokens: (p) => sum(...mapped(p, (d) => settled(d, unit, at)).map((term) => inTokens(term, unit))),
  };
}
