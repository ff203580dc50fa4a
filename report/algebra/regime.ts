/**
 * Simplifies lengths for the formulas of a report. A graph has lengths such as
 * `ceildiv(max(length, 1), min(max(length, 1), 512))·…`, which are right for documents of any length. For documents of
 * whole blocks, this example is just n. A regime replaces each minimum and maximum by the operand that it takes at one
 * length. The resulting formulas hold for all lengths at which every minimum and maximum takes the same operand.
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
  /** Simplifies a length of the graph, and writes the document's length as a number of whole blocks (`units`). */
  readonly settle: (d: Dim) => Dim;
  /** Rewrites a polynomial of simplified lengths in terms of the document's length `n`. */
  readonly inTokens: (p: Polynomial) => Polynomial;
}

/** The symbol for the document's length divided by the unit, in simplified lengths. */
const UNITS = 'units';
const TOKENS = 'n';

/** The operand that a minimum or maximum takes at the point. If operands are equal, a number is preferred. */
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

/**
 * Rewrites a length that is inside another length. If u is the unit, u·units becomes n, and units alone becomes
 * `floordiv(n, u)`.
 */
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

/**
 * Rewrites a term. If u is the unit, u·units becomes n. If the coefficient is not divisible by u, units becomes
 * `floordiv(n, u)`.
 */
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

/** The regime at `length` tokens, a multiple of `unit`. `others` are the values of the other lengths. */
export function regimeAt(length: number, unit: number, others: Bindings): Regime {
  require(length % unit === 0, () => `${length} is not a multiple of ${unit}`);
  const at: Bindings = new Map([...others, [UNITS, length / unit]]);
  return {
    settle: (d) => settled(d, unit, at),
    // Costs may contain lengths that no type has, such as a number of iterations, so these lengths are simplified here.
    inTokens: (p) => sum(...mapped(p, (d) => settled(d, unit, at)).map((term) => inTokens(term, unit))),
  };
}
