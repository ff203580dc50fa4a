/**
 * Finds the lengths of documents for which the encoder's attention is more work than the encoder's projections and
 * feed-forward networks together. The work comes from the graph's costs, which are exact for every length and include
 * padding to whole blocks.
 */
import type { Bindings } from '../compiler/ir/dim.ts';
import { evaluatePolynomial, type Polynomial, scale, sum } from '../compiler/ir/polynomial.ts';
import { OPS } from '../compiler/ops/index.ts';
import { workOf } from './algebra/fold.ts';
import { placeOf } from './algebra/parts.ts';
import { type Rational, rational } from './algebra/rational.ts';
import type { Measured } from './measured.ts';

/** Lengths in tokens, both ends included. */
export interface Range {
  readonly from: number;
  /** Null if the range has no end. */
  readonly until: number | null;
}

export interface BreakEven {
  /**
   * The ranges of lengths for which attention is more work, the shortest lengths first. There can be several ranges:
   * layers after a pooling may read a fixed number of rows, while the first layers read more rows of a longer document.
   */
  readonly more: readonly Range[];
  /** The longest document that was considered. */
  readonly most: number;
  /** The work of attention divided by the work of projections and FFNs, for a document of `length` tokens. */
  readonly share: Rational;
  readonly length: number;
}

/** The longest document that the language allows. */
const MOST = 2 ** 24;

const OTHERS: readonly string[] = ['projections', 'ffn'];
const COMPARED: readonly string[] = ['attention', ...OTHERS];

/** The least n in (low, high] for which `holds(n)` is true. `holds` must be true at `high` and false at `low`. */
function least(low: number, high: number, holds: (n: number) => boolean): number {
  let [no, yes] = [low, high];
  while (yes - no > 1) {
    const middle = Math.floor((no + yes) / 2);
    if (holds(middle)) yes = middle;
    else no = middle;
  }
  return yes;
}

/**
 * The break-even of a model's attention. `share` is computed for a document of `length` tokens, by default the
 * schedule's first length.
 */
export function breakEvenOf({ spec, graph }: Measured, length = spec.encoder.length): BreakEven {
  const wanted = graph.nodes.filter((node) => {
    const place = placeOf({ node });
    return OPS[node.op]!.wholeLength || (place?.side === 'encoder' && COMPARED.includes(place.part));
  });
  const nodes = workOf({ ...graph, nodes: wanted }, OPS);
  const of = (some: readonly string[]): Polynomial =>
    sum(...nodes.filter((node) => some.includes(placeOf(node)?.part ?? '')).map(({ work }) => work.macs));
  const [attention, others] = [of(['attention']), of(OTHERS)];
  const at = (n: number): Bindings => new Map([...Object.entries({ length: n, batch: 1 })]);
  const difference = sum(attention, scale(others, -1));
  const dearer = (n: number): boolean => evaluatePolynomial(difference, at(n))! > 0n;
  const { length: longest, layers } = spec.encoder;
  const powers = Array.from({ length: Math.log2(MOST) + 1 }, (_, i) => 2 ** i);
  const points = [...new Set([...powers, longest, ...layers.map(({ emits }) => emits)])].sort(
    (a, b) => a - b,
  );
  const share = rational(evaluatePolynomial(attention, at(length))!, evaluatePolynomial(others, at(length))!);
  return { more: rangesOf(points, dearer), most: MOST, share, length };
}

/** The ranges in which `holds` is true, if it changes at most once between neighbouring points. */
function rangesOf(points: readonly number[], holds: (n: number) => boolean): readonly Range[] {
  const found: { from: number; until: number | null }[] = [];
  let open = false;
  points.forEach((point, i) => {
    if (holds(point) === open) return;
    const change = least(points[i - 1] ?? 0, point, (n) => holds(n) !== open);
    open = !open;
    if (open) found.push({ from: change, until: null });
    else found.at(-1)!.until = change - 1;
  });
  return found;
}
